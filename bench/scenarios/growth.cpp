#include "bench/scenarios/growth.hpp"

#include "bench/figures/report.hpp"
#include "bench/load/sink.hpp"
#include "bench/scenarios/limit.hpp"
#include "bench/scenarios/scenarios.hpp"

#include <algorithm>
#include <iostream>

namespace herald::bench {

namespace {

/// Deliveries that are open at a time in fan-out: as with the defaults.
constexpr uint64_t open_deliveries = 4000;
constexpr uint64_t active_topics = 1000;

scenario fan_out_to(uint64_t subscribers, const bench_options& options) {
  auto plan = make_scenario("fan-out", options);
  plan.name = "fan-out " + std::to_string(subscribers);
  plan.subscribers = subscribers;
  plan.window = std::max<uint64_t>(open_deliveries / subscribers, 1);
  return plan;
}

scenario unicast_among(uint64_t subscriptions, const bench_options& options) {
  auto plan = make_scenario("unicast", options);
  plan.name = "among " + std::to_string(subscriptions);
  plan.topics = std::min(active_topics, subscriptions);
  plan.bystanders = subscriptions - plan.topics;
  return plan;
}

scenario_result measure_size(const scenario& plan, const bench_options& options,
                             const limit_figures& limit, unsigned run) {
  sink target;
  auto result = run_scenario(plan, options, target, limit, run);
  result.add("subscriptions",
             static_cast<double>(plan.subscriptions() + plan.bystanders));
  return result;
}

using make_plan = scenario (*)(uint64_t, const bench_options&);

void measure_sizes(make_plan plan_for, const std::vector<uint64_t>& sizes,
                   const bench_options& options, const limit_figures& limit,
                   unsigned run, std::vector<scenario_result>& results) {
  std::vector<double> costs;
  for (auto size : sizes) {
    results.push_back(
      measure_size(plan_for(size, options), options, limit, run));
    auto& result = results.back();
    costs.push_back(result["engine_cpu_us"]);
    auto [least, most] = std::minmax_element(costs.begin(), costs.end());
    if (size == sizes.back())
      result.add("cpu_growth", *most / *least);
    print_row(std::cout, result);
  }
}

std::vector<uint64_t> or_default(const std::vector<uint64_t>& given,
                                 std::vector<uint64_t> otherwise) {
  return given.empty() ? otherwise : given;
}

} // namespace

std::vector<scenario_result> run_growth(const bench_options& options,
                                        unsigned run) {
  auto limit = measure_limit_alone(options);
  std::vector<scenario_result> results;
  measure_sizes(fan_out_to,
                or_default(options.sizes, {10, 100, 1000, 10'000, 100'000}),
                options, limit, run, results);
  measure_sizes(
    unicast_among,
    or_default(options.registry_sizes, {1000, 10'000, 100'000, 1'000'000}),
    options, limit, run, results);
  return results;
}

} // namespace herald::bench
