#include "http/front_end/process_usage.hpp"

#include <sys/resource.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <unistd.h>

namespace herald {

namespace {

/// The second number there is the resident set, in pages (proc(5)).
uint64_t resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  uint64_t size = 0;
  uint64_t resident = 0;
  in >> size >> resident;
  return in ? resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

double cpu_seconds() {
  constexpr double micro = 1e-6;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0)
    return 0;
  auto seconds = [](const timeval& x) {
    return static_cast<double>(x.tv_sec)
           + static_cast<double>(x.tv_usec) * micro;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The time of the system's start.
double booted_at_s() {
  std::ifstream in{"/proc/stat"};
  for (std::string word; in >> word;)
    if (double seconds = 0; word == "btime" && in >> seconds)
      return seconds;
  return 0;
}

/// Field 22 is the start in ticks since the system's. The second field, the
/// name in parentheses, may hold anything.
double started_at_s() {
  constexpr int fields_behind_name = 20;
  std::ifstream in{"/proc/self/stat"};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  std::istringstream rest{text.substr(text.rfind(')') + 1)};
  std::string ticks;
  for (int i = 0; i < fields_behind_name; ++i)
    rest >> ticks;
  auto booted = booted_at_s();
  if (!rest || booted == 0)
    return 0;
  return booted + std::stod(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

} // namespace

process_usage read_process_usage() {
  return {resident_bytes(), cpu_seconds(), started_at_s()};
}

} // namespace herald
