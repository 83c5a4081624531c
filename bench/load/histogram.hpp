#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace herald::bench {

/// Log-linear histogram of nanoseconds: values up to 255 exactly, above that
/// 128 buckets per power of two (error below 0.8 %), clamped at 2^42 ns
/// (73 min). One writer; any process that maps it may take a snapshot, because
/// the cells are read and written as relaxed atomics. Trivially copyable, all
/// zero when empty: it can live in zeroed shared memory.
class histogram {
public:
  void record(uint64_t value) {
    std::atomic_ref<uint64_t> cell{cells_[index_of(value)]};
    cell.store(cell.load(std::memory_order_relaxed) + 1,
               std::memory_order_relaxed);
  }

  /// A copy that may be taken while the writer goes on.
  histogram snapshot() {
    histogram result;
    for (size_t i = 0; i < cell_count; ++i)
      result.cells_[i]
        = std::atomic_ref{cells_[i]}.load(std::memory_order_relaxed);
    return result;
  }

  /// What was recorded after `earlier`, an older snapshot of this histogram.
  histogram since(const histogram& earlier) const {
    histogram result;
    for (size_t i = 0; i < cell_count; ++i)
      result.cells_[i] = cells_[i] - earlier.cells_[i];
    return result;
  }

  uint64_t count() const {
    uint64_t sum = 0;
    for (auto cell : cells_)
      sum += cell;
    return sum;
  }

  /// The value at or below which the share `q` (0..1) of all values lies, as
  /// the upper end of its bucket; 0 when empty. `quantile(1)` is the maximum.
  uint64_t quantile(double q) const {
    auto total = count();
    auto share = std::ceil(q * static_cast<double>(total));
    auto rank = std::clamp<uint64_t>(static_cast<uint64_t>(share), 1,
                                     std::max<uint64_t>(total, 1));
    uint64_t seen = 0;
    for (size_t i = 0; i < cell_count; ++i)
      if (seen += cells_[i]; seen >= rank)
        return upper_end(i);
    return 0;
  }

private:
  static constexpr uint64_t half = 128;
  static constexpr uint64_t largest = (uint64_t{1} << 42) - 1;
  static constexpr size_t cell_count = 34 * half + 2 * half;

  static size_t index_of(uint64_t value) {
    value = std::min(value, largest);
    auto shift = static_cast<uint64_t>(std::bit_width(value | 255U)) - 8;
    return shift * half + (value >> shift);
  }

  static uint64_t upper_end(size_t index) {
    if (index < 2 * half)
      return index;
    auto shift = index / half - 1;
    return ((index - shift * half + 1) << shift) - 1;
  }

  std::array<uint64_t, cell_count> cells_{};
};

} // namespace herald::bench
