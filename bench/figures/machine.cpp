#include "bench/figures/machine.hpp"

#include "bench/process/child_process.hpp"

#include <sys/utsname.h>

#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <unistd.h>

namespace herald::bench {

namespace {

// The value of the first line `name   : value`; empty if there is none.
std::string field_of(const std::string& text, const std::string& name) {
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name))
      continue;
    auto value = line.find_first_not_of(" \t", line.find(':') + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return {};
}

double kib_field(const std::string& text, const std::string& name) {
  auto value = field_of(text, name);
  return value.empty() ? 0 : std::stod(value);
}

uint64_t tick_ns() {
  return 1'000'000'000U / static_cast<uint64_t>(::sysconf(_SC_CLK_TCK));
}

uint64_t written_bytes(const std::string& io) {
  auto value = field_of(io, "write_bytes");
  return value.empty() ? 0 : std::stoull(value);
}

// Fields 14 and 15; counted after the name, which may hold spaces.
uint64_t cpu_ticks(const std::string& stat) {
  std::istringstream fields{stat.substr(stat.rfind(')') + 1)};
  std::string skipped;
  for (auto i = 3; i < 14; ++i)
    fields >> skipped;
  uint64_t user = 0;
  uint64_t system = 0;
  fields >> user >> system;
  return user + system;
}

} // namespace

machine_facts read_machine_facts() {
  utsname names{};
  ::uname(&names);
  auto memory = kib_field(read_text("/proc/meminfo"), "MemTotal");
  return {std::thread::hardware_concurrency(),
          field_of(read_text("/proc/cpuinfo"), "model name"),
          static_cast<const char*>(names.release), memory / 1024 / 1024};
}

process_usage read_usage(pid_t pid) {
  auto folder = std::filesystem::path{"/proc"} / std::to_string(pid);
  auto stat = read_text(folder / "stat");
  auto status = read_text(folder / "status");
  if (stat.empty() || status.empty())
    throw std::runtime_error{"process " + std::to_string(pid) + " is gone"};
  return {cpu_ticks(stat) * tick_ns(), kib_field(status, "VmRSS") / 1024,
          kib_field(status, "VmHWM") / 1024,
          written_bytes(read_text(folder / "io"))};
}

// The first line: cpu user nice system idle iowait irq softirq steal ...
uint64_t read_busy_ns() {
  std::istringstream line{read_text("/proc/stat")};
  std::string label;
  line >> label;
  uint64_t busy = 0;
  for (auto i = 0; i < 7; ++i) {
    uint64_t ticks = 0;
    line >> ticks;
    busy += i == 3 || i == 4 ? 0 : ticks;
  }
  return busy * tick_ns();
}

} // namespace herald::bench
