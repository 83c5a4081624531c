#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace herald::simulation {

/// All chance of a simulation: the same seed throws the same dice. Not
/// thread-safe.
class dice {
public:
  explicit dice(uint64_t seed) : random_(seed) {
    // nop
  }

  /// 0 .. n-1; n >= 1.
  size_t below(size_t n) { return random_() % n; }

  /// low .. high.
  int64_t between(int64_t low, int64_t high) {
    return low
           + static_cast<int64_t>(below(static_cast<size_t>(high - low) + 1));
  }

  /// True once in n times.
  bool one_in(size_t n) { return below(n) == 0; }

  bool percent(size_t share) { return below(100) < share; }

  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

private:
  std::mt19937_64 random_;
};

} // namespace herald::simulation
