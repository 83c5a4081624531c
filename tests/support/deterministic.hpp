#pragma once

#include "actors/messages.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

namespace herald::test {

/// An actor system without threads and with a clock that moves only when told.
/// `run()` handles every message, `advance(d)` lets time pass. Tests that
/// choose the order of messages by a seed call `run_shuffled`.
class deterministic : public ::testing::Test {
protected:
  struct config : caf::actor_system_config {
    config() {
      set("scheduler.policy", caf::atom("testing"));
      add_message_types<caf::id_block::herald>();
    }
  };

  config cfg;
  caf::actor_system sys{cfg};
  caf::scheduler::test_coordinator& sched
    = dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
  caf::scoped_actor self{sys, true};
  std::vector<caf::strong_actor_ptr> spawned;

  /// Spawns an actor that ends with the test.
  template <class F, class... Ts>
  auto spawn(F f, Ts&&... xs) {
    auto handle = sys.spawn(f, std::forward<Ts>(xs)...);
    keep(handle);
    return handle;
  }

  /// Ends an actor that was spawned elsewhere with the test.
  template <class Handle>
  void keep(const Handle& handle) {
    spawned.push_back(caf::actor_cast<caf::strong_actor_ptr>(handle));
  }

  template <class Handle>
  void kill(const Handle& handle) {
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    sched.run();
  }

  void run() { sched.run(); }

  /// Handles every message, in an order that `rng` chooses. Messages from one
  /// actor to another stay in order.
  template <class Rng>
  void run_shuffled(Rng& rng) {
    while (!sched.jobs.empty()) {
      std::swap(sched.jobs.front(), sched.jobs[rng() % sched.jobs.size()]);
      sched.run_once();
    }
  }

  /// Lets time pass and handles what became due, timer by timer.
  void advance(caf::timespan d) {
    sched.advance_time(d);
    sched.run();
  }

  auto now() { return sched.clock().now(); }

  /// The answer to a request of `self`, which must have come.
  template <class Result, class Response>
  caf::expected<Result> outcome(Response& response) {
    caf::expected<Result> result{caf::error{caf::sec::request_timeout}};
    response.receive([&](Result& x) { result = std::move(x); },
                     [&](caf::error& err) { result = std::move(err); });
    return result;
  }

  /// Asks, handles every message and returns the answer.
  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask(const Handle& dest, Ts&&... xs) {
    auto response
      = self->request(dest, std::chrono::minutes{60}, std::forward<Ts>(xs)...);
    sched.run();
    return outcome<Result>(response);
  }

  /// Without this, ~actor_system waits forever: no thread runs the actors that
  /// a pending timeout still holds.
  ~deterministic() override {
    for (auto& ptr : spawned)
      caf::anon_send_exit(ptr, caf::exit_reason::user_shutdown);
    sched.run();
  }
};

} // namespace herald::test
