#pragma once

#include "storage/model.hpp"

#include <caf/actor_clock.hpp>

#include <mutex>

namespace herald {

/// Wall-clock time that does not jump: the system's wall clock at start plus
/// the monotonic time since, drawn towards the system's clock slowly: it goes
/// faster or slower by a tenth, and never back. Due times and leases are stored
/// in it, so that a clock jump neither floods nor stalls. Thread-safe.
class wall_clock {
public:
  using time_point = caf::actor_clock::time_point;

  /// `now` is the monotonic time at which it is `unix`.
  wall_clock(time_point now, unix_ms unix_now) : course_{now, unix_now, 0} {
    // nop
  }

  /// The wall-clock time at the monotonic time `t`.
  unix_ms at(time_point t) const;

  /// The first monotonic time at which it will be `t`, as far as is known now.
  time_point when(unix_ms t) const;

  /// Draws the clock towards `unix_now` from now on. Called about once a
  /// second, by one thread; a `now` from before the last one is ignored.
  void discipline(time_point now, unix_ms unix_now);

private:
  /// How the clock goes on from a moment.
  struct course {
    time_point from;
    unix_ms base = 0;  ///< What it showed then,
    int64_t wrong = 0; ///< and how much the system's was ahead.
  };

  course current() const;

  mutable std::mutex mutex_; ///< Held for three words.
  course course_;
};

} // namespace herald
