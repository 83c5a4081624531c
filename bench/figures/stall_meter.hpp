#pragma once

#include <cstdint>
#include <optional>

namespace herald::bench {

/// For how long the machine stood still so far, in ns: somebody below it (a
/// hypervisor that shares or caps its CPUs) did not let it run, which no
/// counter of the machine shows. Measured by a thread of real-time priority
/// that sleeps for 2 ms again and again and should never wake late, however
/// busy the machine is; it starts with the first call. Nothing where such a
/// thread is not allowed. Any thread.
std::optional<uint64_t> stalled_ns();

} // namespace herald::bench
