#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace herald::bench {

/// What a figure cannot be compared without.
struct machine_facts {
  unsigned cores = 0;
  std::string cpu;    ///< Model name.
  std::string kernel; ///< Release.
  double memory_gib = 0;
};

machine_facts read_machine_facts();

/// What a process has used so far.
struct process_usage {
  uint64_t cpu_ns = 0; ///< User and system time; steps of a clock tick, 10 ms.
  double rss_mib = 0;
  double peak_rss_mib = 0;
  uint64_t written_bytes = 0; ///< To the disk; 0 where that is not told.
};

/// From /proc; throws `std::runtime_error` if there is no such process.
process_usage read_usage(pid_t pid);

/// CPU time of all processes and the kernel since boot, idle time left out.
uint64_t read_busy_ns();

} // namespace herald::bench
