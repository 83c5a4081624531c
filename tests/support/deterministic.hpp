#pragma once

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>
#include <caf/timespan.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

namespace herald::test {

/// An actor system without threads and with a clock that moves only when told.
/// `run()` handles every message, `advance(d)` lets time pass. Tests that
/// choose the order of messages by a seed call `run_shuffled`.
///
/// This header is cheap to compile. Whoever spawns actors, asks them or sends
/// to them includes deterministic_actors.hpp, best in a fixture's .cpp that
/// gives its tests words for it.
class deterministic : public ::testing::Test {
  struct machine;
  std::unique_ptr<machine> machine_;

protected:
  deterministic();

  /// Without this, ~actor_system waits forever: no thread runs the actors that
  /// a pending timeout still holds.
  ~deterministic() override;

  caf::actor_system& sys;
  caf::scheduler::test_coordinator& sched;
  caf::scoped_actor& self;

  /// Spawns an actor that ends with the test.
  template <class F, class... Ts>
  auto spawn(F f, Ts&&... xs);

  /// Ends an actor that was spawned elsewhere with the test.
  template <class Handle>
  void keep(const Handle& handle) {
    spawned_.push_back(caf::actor_cast<caf::strong_actor_ptr>(handle));
  }

  template <class Handle>
  void kill(const Handle& handle) {
    end(caf::actor_cast<caf::strong_actor_ptr>(handle));
  }

  /// Handles every message.
  void run();

  /// Handles the next message. False: there is none.
  bool run_next();

  /// Handles a message that `rng` chooses. False: there is none.
  bool run_any(std::mt19937& rng);

  /// Handles every message, in an order that `rng` chooses. Messages from one
  /// actor to another stay in order.
  void run_shuffled(std::mt19937& rng);

  /// Handles every message of this actor, and all that comes of it, before
  /// those that wait for others.
  template <class Handle>
  void run_first(const Handle& handle) {
    prefer(caf::actor_cast<caf::strong_actor_ptr>(handle));
  }

  /// Lets time pass and handles what became due, timer by timer.
  void advance(caf::timespan d);

  /// Lets time pass and leaves what became due to others.
  void move_clock(caf::timespan d);

  caf::actor_clock::time_point now() const;

  /// True if an answer to `self` has come.
  bool has_answer() const;

  /// The answer to a request of `self`, which must have come.
  template <class Result, class Response>
  caf::expected<Result> outcome(Response& response);

  /// Asks, handles every message and returns the answer.
  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask(const Handle& dest, Ts&&... xs);

private:
  void end(const caf::strong_actor_ptr& who);
  void prefer(const caf::strong_actor_ptr& who);

  std::vector<caf::strong_actor_ptr> spawned_;
};

} // namespace herald::test
