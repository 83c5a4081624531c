#pragma once

#include <cstdint>

namespace herald {

/// What the operating system says of this process; 0 where it says nothing.
struct process_usage {
  uint64_t resident_bytes = 0;
  double cpu_seconds = 0;  ///< In user and system mode.
  double started_at_s = 0; ///< Since 1970.
};

/// Reads it from /proc. Any thread; takes some ten microseconds.
process_usage read_process_usage();

} // namespace herald
