#include "bench/process/progress.hpp"

#include "bench/process/clock.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <unistd.h>

namespace herald::bench {

namespace {

constexpr uint64_t redraw_ns = 100'000'000;
constexpr int bar_width = 24;

struct progress_state {
  std::string prefix;
  std::string what; ///< Empty: no stage.
  double seconds = 0;
  double share = 0;
  uint64_t started_ns = 0;
  uint64_t drawn_ns = 0;
};

progress_state current; // NOLINT: the driver has one thread and one terminal

bool is_shown() {
  static const bool on_terminal = ::isatty(STDERR_FILENO) == 1;
  return on_terminal && !current.what.empty();
}

double share_done(double elapsed) {
  auto by_time = current.seconds > 0 ? elapsed / current.seconds : 0;
  return std::clamp(std::max(by_time, current.share), 0.0, 1.0);
}

std::string remaining(double elapsed, double share) {
  if (share <= 0)
    return {};
  auto left = elapsed / share - elapsed;
  return ", " + std::to_string(std::lround(left)) + " s to go";
}

void clear_line() {
  std::fputs("\r\x1b[K", stderr);
}

} // namespace

stage::stage(const std::string& what, double seconds) {
  auto now = monotonic_ns();
  current = {current.prefix, what, seconds, 0, now, 0};
}

stage::~stage() {
  if (is_shown() && current.drawn_ns > 0)
    clear_line();
  current.what.clear();
}

void name_progress(const std::string& prefix) {
  current.prefix = prefix;
}

void show_share(double done) {
  current.share = done;
}

void draw_progress() {
  auto now = monotonic_ns();
  if (!is_shown() || now - current.drawn_ns < redraw_ns)
    return;
  current.drawn_ns = now;
  auto elapsed = static_cast<double>(now - current.started_ns) / 1e9;
  auto share = share_done(elapsed);
  std::string bar(static_cast<size_t>(bar_width * share), '#');
  bar.resize(bar_width, '.');
  clear_line();
  std::fprintf(stderr, "%s: %s [%s] %d s%s", current.prefix.c_str(),
               current.what.c_str(), bar.c_str(), static_cast<int>(elapsed),
               remaining(elapsed, share).c_str());
  std::fflush(stderr);
}

} // namespace herald::bench
