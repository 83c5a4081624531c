#pragma once

#include "storage/model.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace herald::simulation {

/// The times of a world. Its own goes on evenly and over all processes; the
/// system's clock may jump; the engine's clock begins at the system's, and is
/// drawn to it slowly. Not thread-safe.
struct world_time {
  uint64_t step = 1;      ///< One tick for everything that happens.
  unix_ms now = 0;        ///< The world's: what waits, waits in this.
  unix_ms shift = 0;      ///< How wrong the system's clock is.
  unix_ms wall = 0;       ///< The engine's: what is stored, is stored in this.
  unix_ms begun_wall = 0; ///< That, when its process began.
  /// Nothing was under way at this step and this time of the engine.
  uint64_t quiet_step = 1;
  unix_ms quiet_wall = 0;

  unix_ms system() const { return now + shift; }

  /// A process starts: its clock is the system's.
  void begin_process() {
    wall = system();
    quiet_wall = wall;
    begun_ = now;
    begun_wall = wall;
    far_ = false;
    drawn_from_ = now;
    gap_ = 0;
  }

  /// The system's clock is wrong by another `by` now.
  void jump(unix_ms by) {
    shift += by;
    drawn_from_ = now;
    gap_ = std::abs(system() - wall);
  }

  /// A step; the engine shows `shown`. Says what is wrong with that; empty:
  /// nothing. `cared_for`: somebody draws the clock.
  std::string pass(unix_ms at, unix_ms shown, bool cared_for) {
    ++step;
    now = std::max(now, at);
    if (!cared_for)
      drawn_from_ = now;
    auto back = shown < wall;
    wall = shown;
    far_ = far_ || wall != system();
    if (back)
      return "the engine's clock goes back";
    if (auto by = std::abs((wall - begun_wall) - (now - begun_));
        by > (now - begun_) / 10 + 1)
      return "the engine's clock jumps";
    auto drawn = (now - drawn_from_ - 3 * care_ms) / 12;
    if (std::abs(system() - wall) > std::max(gap_ - drawn, unix_ms{1}) + 1
        && now - drawn_from_ > 3 * care_ms)
      return "the engine's clock is not drawn to the system's";
    return {};
  }

  /// The least time of the world in which the engine's clock goes on by `wait`:
  /// it goes faster by a tenth at most, and only where it is wrong.
  unix_ms least(unix_ms wait) const {
    return far_ ? std::max<unix_ms>(wait - 1, 0) * 10 / 11 - 1 : wait;
  }

private:
  static constexpr unix_ms care_ms = 1000; ///< Between two looks at the clock.

  unix_ms begun_ = 0;
  bool far_ = false; ///< The clocks have differed in this process.
  unix_ms drawn_from_ = 0;
  unix_ms gap_ = 0;
};

} // namespace herald::simulation
