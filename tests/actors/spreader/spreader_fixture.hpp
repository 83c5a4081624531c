#pragma once

#include "actors/spreader/spreader.hpp"
#include "tests/actors/engine_fixture.hpp"
#include "tests/support/scripted_transport.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace herald::test {

/// One spreader of one log before a registry in which everybody wants
/// everything. The whole engine under faults is simulated elsewhere.
class a_spreader : public with_store {
protected:
  a_spreader();
  ~a_spreader() override;

  /// A life of the spreader; its predecessor, if any, has ended.
  void make();
  bool try_to_make(); ///< False if it does not start.

  /// The process is gone; the next one begins with what the store knows.
  void restart();

  /// Only 'a' is there, and is served like this. Before `make`.
  void have_only_a(const delivery_policy& policy = {}, bool paused = false);

  /// As by the registry: from now on this subscriber is served otherwise.
  void change(uint8_t letter, const std::function<void(subscription&)>& how);
  void pause(uint8_t letter, bool paused = true);

  void answer_all(uint16_t status);
  void answer(uint8_t letter, uint16_t status); ///< And 200 for the others.
  void hold_all() { net.on_post = nullptr; }

  /// Answers what is held, in the order in which it came.
  void release_all(uint16_t status);

  /// An event is stored and, as by the publisher, made known.
  sequence append(bool tell = true);
  void append_many(size_t count);

  /// As by the publisher: the log goes until `until`, and these may be wanted.
  void tell_appended(sequence after, const std::vector<sequence>& what,
                     sequence until);

  /// As by the registry: this subscriber is gone.
  void tell_ended(uint8_t letter);

  /// As by the registry: this is how the subscription is from now on.
  void tell_changed(subscription now_it_is);

  /// Asks for the drain and handles every message; the result takes the answer,
  /// which must have come by then.
  std::function<bool()> ask_to_drain();

  /// True if it runs no more.
  bool has_ended();

  std::vector<subscriber_status> status(std::vector<subscription_id> of);

  /// Lets time pass in small steps, as it does.
  void pass(milliseconds d);

  /// Lets time pass by milliseconds; how many messages were handled.
  size_t messages_within(milliseconds d);

  sequence cursor() { return disk->partitions[0].cursors[0]; }
  size_t rows() { return disk->partitions[0].jobs.size(); }

  /// The row that serves this subscriber from the log.
  std::optional<lag> lag_of(uint8_t letter);

  /// What is known of a subscriber that fails.
  std::optional<condition> condition_of(uint8_t letter);

  /// All that were given up, in the order of the log.
  std::vector<dead_letter> letters();

  std::vector<sequence> posted_to(uint8_t letter);

  /// What Herald-Attempt said of this event, in order.
  std::vector<uint32_t> attempts_at(uint8_t letter, sequence seq);

  scripted_transport net{sys};
  std::shared_ptr<registry_notes> registry = std::make_shared<registry_notes>();
  registry_actor registry_handle = spawn_registry(registry);
  std::shared_ptr<match_desk> desk; ///< Null: matches are messages.
  std::shared_ptr<engine_counters> counters
    = std::make_shared<engine_counters>(1, 1);
  spreader_limits limits;
  delivery_options deliveries; ///< But for posters and time.
  spreader_actor aut;
  sequence head = 0;
};

} // namespace herald::test
