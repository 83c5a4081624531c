#include "bench/figures/result.hpp"

#include <algorithm>
#include <cassert>

namespace herald::bench {

namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle]
                                : (values[middle - 1] + values[middle]) / 2;
}

} // namespace

void scenario_result::add(const std::string& metric_name, double value) {
  metrics.push_back({metric_name, value});
}

void scenario_result::add_fault(const std::string& metric_name, uint64_t value,
                                const std::string& explanation) {
  add(metric_name, static_cast<double>(value));
  if (value > 0)
    problems.push_back(metric_name + ": " + std::to_string(value)
                       + (explanation.empty() ? "" : " ") + explanation);
}

bool scenario_result::has(const std::string& metric_name) const {
  return std::any_of(metrics.begin(), metrics.end(), [&](const auto& metric) {
    return metric.name == metric_name;
  });
}

double scenario_result::operator[](const std::string& name) const {
  for (const auto& candidate : metrics)
    if (candidate.name == name)
      return candidate.value;
  return 0;
}

scenario_result median_of(const std::vector<scenario_result>& runs) {
  assert(!runs.empty());
  scenario_result result{runs.front().scenario, runs.front().unit, {}, {}};
  for (const auto& [name, ignored] : runs.front().metrics) {
    std::vector<double> values;
    values.reserve(runs.size());
    for (const auto& run : runs)
      values.push_back(run[name]);
    result.metrics.push_back({name, median(std::move(values))});
  }
  for (const auto& run : runs)
    result.problems.insert(result.problems.end(), run.problems.begin(),
                           run.problems.end());
  return result;
}

} // namespace herald::bench
