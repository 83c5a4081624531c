#include "bench/figures/stall_meter.hpp"

#include "bench/process/clock.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include <pthread.h>
#include <sched.h>

namespace herald::bench {

namespace {

constexpr auto nap = std::chrono::milliseconds{2};
constexpr uint64_t nap_ns = 2'000'000;
// A wake-up may take that long on a machine that runs.
constexpr uint64_t tolerated_ns = 500'000;

bool become_real_time() {
  sched_param how{};
  how.sched_priority = ::sched_get_priority_min(SCHED_FIFO);
  return ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &how) == 0;
}

/// Runs until the process ends.
class stall_meter {
public:
  stall_meter() {
    std::promise<bool> started;
    auto result = started.get_future();
    std::thread{[this, started = std::move(started)]() mutable {
      auto allowed = become_real_time();
      started.set_value(allowed);
      if (allowed)
        watch();
    }}.detach();
    measures_ = result.get();
  }

  bool measures() const { return measures_; }
  uint64_t stalled() const { return stalled_; }

private:
  void watch() {
    for (auto last = monotonic_ns();;) {
      std::this_thread::sleep_for(nap);
      auto now = monotonic_ns();
      auto late = now - last;
      if (late > nap_ns + tolerated_ns)
        stalled_ += late - nap_ns;
      last = now;
    }
  }

  std::atomic<uint64_t> stalled_{0};
  bool measures_ = false;
};

} // namespace

std::optional<uint64_t> stalled_ns() {
  // Never destroyed: its thread outlives `main`.
  static auto& meter = *new stall_meter;
  if (!meter.measures())
    return std::nullopt;
  return meter.stalled();
}

} // namespace herald::bench
