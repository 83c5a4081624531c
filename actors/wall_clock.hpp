#pragma once

#include <caf/actor_clock.hpp>

#include "storage/model.hpp"

#include <atomic>
#include <functional>

namespace herald {

/// Wall-clock time that does not jump: the system's wall clock at start plus
/// the monotonic time since, drawn towards the system's clock slowly (at most a
/// tenth of the time that passed). Due times and leases are stored in it, so
/// that a clock jump neither floods nor stalls. Thread-safe.
class wall_clock {
public:
  using time_point = caf::actor_clock::time_point;

  /// `now` is the monotonic time at which it is `unix`.
  wall_clock(time_point now, unix_ms unix_now) : origin_(now), base_(unix_now) {
    // nop
  }

  /// The wall-clock time at the monotonic time `t`.
  unix_ms at(time_point t) const;

  /// The monotonic time at which it will be `t`.
  time_point when(unix_ms t) const;

  /// Draws the clock towards `unix_now`. Called about once a second, by one
  /// thread.
  void discipline(time_point now, unix_ms unix_now);

private:
  time_point origin_;
  std::atomic<unix_ms> base_;
  time_point last_ = origin_;
};

} // namespace herald
