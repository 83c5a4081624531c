#include "bench/scenarios/latency.hpp"

#include "bench/figures/report.hpp"
#include "bench/load/sink.hpp"
#include "bench/scenarios/limit.hpp"
#include "bench/scenarios/scenarios.hpp"
#include "bench/scenarios/unit_cost.hpp"

#include <iomanip>
#include <iostream>
#include <sstream>

namespace herald::bench {

namespace {

constexpr double default_load = 0.2;
constexpr double unit_seconds = 2;

double to_ms(const histogram& values, double q) {
  return static_cast<double>(values.quantile(q)) / 1e6;
}

void add_unit(scenario_result& to, const unit_cost& unit) {
  to.add("fdatasync_p50_ms", to_ms(unit.fdatasync, 0.5));
  to.add("fdatasync_p99_ms", to_ms(unit.fdatasync, 0.99));
  to.add("round_trip_p50_ms", to_ms(unit.round_trip, 0.5));
  to.add("round_trip_p99_ms", to_ms(unit.round_trip, 0.99));
  to.add("unit_ms", unit.ms());
  to.add("p50_units", to["latency_p50_ms"] / unit.ms());
  to.add("p99_units", to["latency_p99_ms"] / unit.ms());
}

scenario_result measure_at(double rate, double load,
                           const bench_options& options,
                           const limit_figures& limit, unsigned run) {
  sink target;
  auto unit
    = measure_unit_cost(options.data, target, options.body, unit_seconds);
  auto plan = make_scenario("unicast", options);
  std::ostringstream name;
  name << "load " << std::fixed << std::setprecision(2) << load;
  plan.name = load > 0 ? name.str() : "latency";
  plan.rate = rate;
  auto result = run_scenario(plan, options, target, limit, run);
  result.add("load", load);
  add_unit(result, unit);
  print_row(std::cout, result);
  return result;
}

scenario_result measure_capacity(const bench_options& options,
                                 const limit_figures& limit, unsigned run) {
  sink target;
  auto plan = make_scenario("unicast", options);
  plan.name = "capacity";
  auto result = run_scenario(plan, options, target, limit, run);
  print_row(std::cout, result);
  return result;
}

} // namespace

std::vector<scenario_result> run_latency(const bench_options& options,
                                         unsigned run) {
  auto limit = measure_limit_alone(options);
  if (options.rate > 0)
    return {measure_at(options.rate, 0, options, limit, run)};
  std::vector<scenario_result> results{measure_capacity(options, limit, run)};
  auto capacity = results.front()["rate_per_s"];
  auto loads = options.loads;
  if (loads.empty())
    loads.push_back(default_load);
  for (auto load : loads)
    results.push_back(measure_at(load * capacity, load, options, limit, run));
  return results;
}

} // namespace herald::bench
