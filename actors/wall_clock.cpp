#include "actors/wall_clock.hpp"

#include <algorithm>
#include <chrono>

namespace herald {

namespace {

constexpr int64_t correction_divisor = 10;

unix_ms elapsed_ms(wall_clock::time_point from, wall_clock::time_point to) {
  return std::chrono::floor<std::chrono::milliseconds>(to - from).count();
}

} // namespace

unix_ms wall_clock::at(time_point t) const {
  return base_.load(std::memory_order_relaxed) + elapsed_ms(origin_, t);
}

wall_clock::time_point wall_clock::when(unix_ms t) const {
  return origin_
         + std::chrono::milliseconds{t - base_.load(std::memory_order_relaxed)};
}

void wall_clock::discipline(time_point now, unix_ms unix_now) {
  auto most = std::max<int64_t>(elapsed_ms(last_, now), 0) / correction_divisor;
  auto wrong = unix_now - at(now);
  base_.fetch_add(std::clamp(wrong, -most, most), std::memory_order_relaxed);
  last_ = std::max(last_, now);
}

} // namespace herald
