#pragma once

#include <atomic>
#include <cstdint>

namespace herald {

/// A number that one thread or many write and anyone reads.
using counter = std::atomic<uint64_t>;

/// The order of operations on counters: they order nothing else.
inline constexpr auto relaxed = std::memory_order_relaxed;

} // namespace herald
