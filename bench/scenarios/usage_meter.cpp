#include "bench/scenarios/usage_meter.hpp"

#include "bench/figures/stall_meter.hpp"
#include "bench/process/clock.hpp"

#include <algorithm>

#include <unistd.h>

namespace herald::bench {

usage_look look_at_usage(pid_t engine, pid_t sink) {
  return {monotonic_ns(),         read_usage(engine), read_usage(sink),
          read_usage(::getpid()), read_busy_ns(),     stalled_ns()};
}

double seconds_between(const usage_look& begin, const usage_look& end) {
  return static_cast<double>(end.at_ns - begin.at_ns) / 1e9;
}

void add_rates(scenario_result& to, const usage_look& begin,
               const usage_look& end, double units,
               const limit_figures& limit) {
  auto rate = units / seconds_between(begin, end);
  to.add("rate_per_s", rate);
  to.add("limit_per_s", limit.per_s());
  to.add("limit_bare_per_s", limit.bare_per_s);
  if (limit.wrk_per_s)
    to.add("limit_wrk_per_s", *limit.wrk_per_s);
  to.add("ratio_to_limit", rate / limit.per_s());
  add_cpu(to, begin, end, units);
  if (units == 0)
    to.problems.emplace_back("nothing happened in the measured part");
}

void add_cpu(scenario_result& to, const usage_look& begin,
             const usage_look& end, double units) {
  auto spent = [&](process_usage usage_look::*who) {
    return static_cast<double>((end.*who).cpu_ns - (begin.*who).cpu_ns);
  };
  auto seconds = seconds_between(begin, end);
  auto engine = spent(&usage_look::engine);
  auto sink_ns = spent(&usage_look::sink);
  auto ours = engine + sink_ns + spent(&usage_look::driver);
  auto all = static_cast<double>(end.machine_ns - begin.machine_ns);
  auto written = end.engine.written_bytes - begin.engine.written_bytes;
  auto divisor = std::max(units, 1.0);
  to.add("engine_cpu_us", engine / 1e3 / divisor);
  to.add("sink_cpu_us", sink_ns / 1e3 / divisor);
  to.add("engine_written_bytes", static_cast<double>(written) / divisor);
  to.add("engine_cores", engine / 1e9 / seconds);
  to.add("other_cores", std::max(all - ours, 0.0) / 1e9 / seconds);
  if (begin.stalled_ns && end.stalled_ns) {
    auto stalled = static_cast<double>(*end.stalled_ns - *begin.stalled_ns);
    to.add("stalled_share", stalled / 1e9 / seconds);
  }
}

} // namespace herald::bench
