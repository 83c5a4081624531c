#include "actors/wall_clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace herald {

namespace {

/// What is wrong is made good within so many times as long.
constexpr int64_t slowness = 10;

unix_ms elapsed_ms(wall_clock::time_point from, wall_clock::time_point to) {
  return std::chrono::floor<std::chrono::milliseconds>(to - from).count();
}

/// What of `wrong` is made good in `elapsed`.
int64_t correction(int64_t wrong, int64_t elapsed) {
  auto most = std::max<int64_t>(elapsed, 0) / slowness;
  return std::clamp(wrong, -most, most);
}

/// The first time at which the clock has gone on by `ahead`.
int64_t time_to(int64_t ahead, int64_t wrong) {
  if (ahead <= 0)
    return ahead;
  // All is made good by then, or a tenth of the time is won or lost.
  auto settled = ahead - wrong;
  if (settled > slowness * std::abs(wrong))
    return settled;
  auto pace = wrong > 0 ? slowness + 1 : slowness - 1;
  auto result = ahead * slowness / pace;
  while (result + correction(wrong, result) >= ahead)
    --result;
  while (result + correction(wrong, result) < ahead)
    ++result;
  return result;
}

} // namespace

wall_clock::course wall_clock::current() const {
  std::lock_guard guard{mutex_};
  return course_;
}

unix_ms wall_clock::at(time_point t) const {
  auto how = current();
  auto elapsed = elapsed_ms(how.from, t);
  return how.base + elapsed + correction(how.wrong, elapsed);
}

wall_clock::time_point wall_clock::when(unix_ms t) const {
  auto how = current();
  return how.from + std::chrono::milliseconds{time_to(t - how.base, how.wrong)};
}

void wall_clock::discipline(time_point now, unix_ms unix_now) {
  if (now < current().from)
    return;
  auto shown = at(now);
  std::lock_guard guard{mutex_};
  course_ = {now, shown, unix_now - shown};
}

} // namespace herald
