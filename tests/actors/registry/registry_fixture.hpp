#pragma once

#include "actors/registry/registry.hpp"
#include "config/log.hpp"
#include "storage/memory/memory_store.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/scripted_transport.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herald::test {

/// The value of a query parameter, the last of its name, not decoded.
std::string parameter(const std::string& path, const std::string& name);

/// A callback that confirms everything.
std::optional<fetch_reply> echo(const fetch_request& request);

/// What a registry tells its spreader, in order.
struct heard {
  std::vector<std::string> news; ///< "ended ID", "changed ID SECRET".
  std::vector<match_result> matches;
  std::vector<replay_result> replays;
};

/// One registry over a memory store and a scripted network. Time starts at
/// `epoch_ms`; `subscribe("t", "c")` and friends are the language of the tests.
class registry_test : public deterministic {
protected:
  static constexpr unix_ms epoch_ms = 1'000'000'000'000;
  static constexpr int64_t lease = 1000;

  registry_test();
  ~registry_test() override;

  /// Spawns the registry without starting it.
  void make();

  caf::expected<atom::done> start();

  void boot();

  void restart();

  unix_ms wall() { return time->at(now()); }

  static intent_request wish(const std::string& topic_text,
                             const std::string& callback,
                             const std::string& secret = {});

  static subscription_id id_of(const std::string& topic_text,
                               const std::string& callback);

  /// Asks; the result takes the answer, which must have come by then.
  std::function<caf::expected<atom::done>()> request(intent_request what);

  caf::expected<atom::done> send(intent_request what);

  caf::expected<atom::done> subscribe(const std::string& topic_text,
                                      const std::string& callback,
                                      const std::string& secret = {});

  caf::expected<atom::done> unsubscribe(const std::string& topic_text,
                                        const std::string& callback);

  caf::expected<atom::done> remove(const subscription_id& of);
  caf::expected<atom::done> deny(const subscription_id& of, std::string reason);
  uint64_t count(const std::string& topic_text);

  // Nobody asks: these are handled when the scheduler runs next.
  void tell(intent_request what);
  void tell_remove(const subscription_id& of);
  void tell(match_request what);
  void tell(replay_request what);
  void tell_match(event_ptr what);
  void tell_sweep();

  /// The row as it is stored.
  std::optional<subscription> stored(const subscription_id& of);

  /// The secret that deliveries are signed with, or "-" if there are none.
  std::string active_secret(const subscription_id& of);

  /// Appends an event to log 0.
  event_ptr publish(const std::string& topic_text);

  match_result match(std::vector<event_ptr> events, size_t max = 1000);

  /// Who gets an event that is published now.
  std::vector<std::string> receivers(const std::string& topic_text);

  std::vector<std::string> take_news();

  /// Makes the next `count` calls of `name` fail.
  void fail_calls(const std::string& name, size_t count, errc code,
                  fault_at when = fault_at::before);

  std::shared_ptr<memory_disk> disk
    = std::make_shared<memory_disk>(store_shape{2, 1});
  std::shared_ptr<store> db = make_memory_store(disk);
  std::shared_ptr<const wall_clock> time
    = std::make_shared<const wall_clock>(now(), epoch_ms);
  std::shared_ptr<heard> spreader = std::make_shared<heard>();
  std::shared_ptr<match_desk> desk; ///< Null: matches are messages.
  std::shared_ptr<topic_marks> marks;
  std::shared_ptr<registry_counters> counters
    = std::make_shared<registry_counters>();
  scripted_transport net{sys};
  storekeeper_actor keeper;
  registry_limits limits;
  topics_config topics;
  registry_actor aut;
  size_t changes = 0; ///< Calls of `change` so far.
  sequence appended_so_far = 0;
};

inline const std::string feed = "http://pub/feed?x=1&y";
inline const std::string callback = "http://sub/cb";

/// A registry that has started.
class a_registry : public registry_test {
protected:
  subscription_id id = id_of(feed, callback);

  a_registry();
  ~a_registry() override;

  /// An active subscription with the secret "old".
  void have_subscription();

  void expect_unchanged();

  void answer_with(fetch_reply reply);

  void hold() { net.on_fetch = nullptr; }

  std::string last_path() const;

  std::string challenge(size_t index) const;

  void confirm(size_t index);
};

} // namespace herald::test
