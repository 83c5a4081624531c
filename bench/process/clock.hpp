#pragma once

#include <cstdint>
#include <ctime>

namespace herald::bench {

/// CLOCK_MONOTONIC in nanoseconds: the same clock in every process of this
/// machine, so a stamp written by the publisher can be read by the sink.
inline uint64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000U
         + static_cast<uint64_t>(now.tv_nsec);
}

inline uint64_t seconds_to_ns(double seconds) {
  return static_cast<uint64_t>(seconds * 1e9);
}

} // namespace herald::bench
