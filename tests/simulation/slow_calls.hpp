#pragma once

#include "actors/interfaces.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace herald::simulation {

using std::chrono::milliseconds;

/// The store calls of a world that take their time, before they do anything and
/// before they are answered. Not thread-safe.
class slow_calls {
public:
  using time_point = caf::actor_clock::time_point;

  /// `delay` draws what a call takes, from the most that its kind may.
  explicit slow_calls(std::function<milliseconds(milliseconds)> delay)
    : delay_(std::move(delay)) {
    // nop
  }

  /// Calls of this kind (an atom's text) take up to `most` from now on, twice;
  /// of every kind if it is empty.
  void set(const std::string& kind, milliseconds most);

  milliseconds draw(const std::string& kind) const;

  /// Calls `then` when the time has come; at once if `wait` is 0.
  void later(milliseconds wait, std::function<void()> then);

  /// It is `now`.
  void pass(time_point now);

  /// When something happens next.
  std::optional<time_point> next() const;

  /// True if no call is under way.
  bool is_idle() const { return under_way_.empty(); }

  /// What the storekeeper `keeper` does was asked for at `asked`, and its
  /// answer will take `rest`.
  void begin(caf::actor_id keeper, time_point asked, milliseconds rest);
  void end(caf::actor_id keeper);

  /// Calls `then` when the call that `keeper` executes is answered; at once if
  /// that is now.
  void when_answered(caf::actor_id keeper, std::function<void()> then);

  /// How long the call that `keeper` executes takes for whoever asked.
  milliseconds time_of(caf::actor_id keeper, time_point now) const;

  /// The process is gone.
  void forget_calls();

  time_point now() const { return now_; }

private:
  struct call {
    time_point asked;
    milliseconds rest;
    std::function<void()> then;
  };

  std::function<milliseconds(milliseconds)> delay_;
  milliseconds all_{0};
  std::map<std::string, milliseconds> most_;
  std::multimap<time_point, std::function<void()>> later_;
  std::map<caf::actor_id, call> under_way_;
  time_point now_{};
};

/// Stands between the engine and a storekeeper: one call after the other, each
/// of which takes its time. `pace` outlives it.
storekeeper_actor make_slow_keeper(caf::actor_system& sys,
                                   storekeeper_actor keeper, slow_calls& pace);

} // namespace herald::simulation
