#pragma once

#include "http/front_end/front_end.hpp"
#include "storage/memory/memory_store.hpp"
#include "tests/http/front_end/front_end_fixture.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace herald::test {

/// A front end before a store in memory, of two logs and three partitions, and
/// spreaders that answer as they are told.
class a_reading_front_end : public deterministic {
protected:
  static constexpr size_t logs = 2;
  static constexpr size_t partitions = 3;

  a_reading_front_end();
  ~a_reading_front_end() override;

  void start();

  /// Sends a request and handles every message.
  recorded get(const std::string& target);

  /// The same, before anything is handled.
  recorded ask(const std::string& target);

  /// Stores an event, accepted `at` ms after the start; shows the head.
  event store(const std::string& topic, std::string body = "{}",
              unix_ms at = 0);
  event store(event what);

  /// As when the publisher has not come to it yet.
  void hide_heads();
  void show_heads();

  /// An active subscription; the caller may change it and `put` it again.
  subscription subscribe(const std::string& topic, const std::string& callback);
  void put(const subscription& what);
  void end(const subscription& what);

  void give_up(const subscription& sub, const event& what, uint32_t attempts);

  /// A timer runs.
  bool is_anything_due() const;

  /// The members `name` of the items of a page.
  static std::vector<std::string> all(const json& page, const char* name);

  static json body_of(const recorded& x);

  /// How often the store was called.
  size_t calls(const std::string& name) { return called[name]; }

  std::shared_ptr<memory_disk> disk
    = std::make_shared<memory_disk>(store_shape{logs, partitions});
  std::shared_ptr<class store> db = make_memory_store(disk);
  std::map<std::string, size_t> called;
  std::map<std::pair<subscription_id, sequence>, delivery_fate> fates;
  std::vector<size_t> asked_fates; ///< How many at once.
  std::shared_ptr<health> node = std::make_shared<health>();
  std::shared_ptr<log_heads> heads = std::make_shared<log_heads>(logs);
  engine handles;
  front_end_options options;
  front_end_actor aut;
};

} // namespace herald::test
