#include "bench/scenarios/isolation.hpp"

#include "bench/figures/report.hpp"
#include "bench/load/sink.hpp"
#include "bench/process/clock.hpp"
#include "bench/scenarios/limit.hpp"
#include "bench/scenarios/scenarios.hpp"

#include <cmath>
#include <iostream>
#include <optional>

namespace herald::bench {

namespace {

uint64_t share_of(uint64_t all, double percent) {
  return static_cast<uint64_t>(
    std::lround(static_cast<double>(all) * percent / 100));
}

sick_ones sick_part(const scenario& whole, const bench_options& options) {
  auto all = whole.subscriptions();
  sick_ones result;
  result.hang = share_of(all, options.hang_percent);
  result.slow = share_of(all, options.slow_percent);
  result.fail = share_of(all, options.fail_percent);
  result.own_topics = options.topology == "unicast";
  result.slow_ns = seconds_to_ns(options.slow_seconds);
  return result;
}

/// Far from saturation: about a quarter of what the closed loop reaches.
double load_of(const bench_options& options) {
  if (!options.loads.empty())
    return options.loads.front();
  return options.topology == "unicast" ? 0.03 : 0.1;
}

/// Without the sick part; at the rate that was asked for.
scenario healthy_part(scenario whole, const sick_ones& sick,
                      const bench_options& options, double limit_per_s) {
  (sick.own_topics ? whole.topics : whole.subscribers)
    -= sick.hang + sick.slow + sick.fail;
  if (options.rate == 0)
    whole.rate
      = load_of(options) * limit_per_s / static_cast<double>(whole.subscribers);
  return whole;
}

scenario_result measure(const char* name, const bench_options& options,
                        unsigned run, bool with_sick,
                        const limit_figures& limit) {
  sink target;
  std::optional<sink> apart;
  if (with_sick && !options.share_origin)
    apart.emplace();
  auto whole = make_scenario(options.topology, options);
  auto sick = sick_part(whole, options);
  auto plan = healthy_part(whole, sick, options, limit.per_s());
  plan.name = name;
  if (with_sick)
    sick.at = apart ? &*apart : &target;
  return run_scenario(plan, options, target, limit, run, sick);
}

void print(const scenario_result& result) {
  print_row(std::cout, result);
  std::cout.flush();
}

} // namespace

std::vector<scenario_result> run_isolation(const bench_options& options,
                                           unsigned run) {
  auto limit = measure_limit_alone(options);
  auto alone = measure("alone", options, run, false, limit);
  print(alone);
  auto beside = measure("with sick", options, run, true, limit);
  beside.metrics.push_back(
    {"p99_ratio", beside["latency_p99_ms"] / alone["latency_p99_ms"]});
  print(beside);
  return {std::move(alone), std::move(beside)};
}

} // namespace herald::bench
