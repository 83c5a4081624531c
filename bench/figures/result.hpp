#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace herald::bench {

struct metric {
  std::string name; ///< snake_case, unit last.
  double value = 0;
};

/// One scenario, once; or the medians of several.
struct scenario_result {
  std::string scenario;
  std::string unit; ///< What is counted: `delivery` or `event`.
  std::vector<metric> metrics;
  std::vector<std::string> problems; ///< Empty: the figures may be believed.

  void add(const std::string& metric_name, double value);

  /// As a metric, and unless it is 0 as a problem too.
  void add_fault(const std::string& metric_name, uint64_t value,
                 const std::string& explanation = {});

  bool has(const std::string& metric_name) const;

  /// 0 if there is no such metric.
  double operator[](const std::string& name) const;
};

/// The median of each metric, and all problems. `runs` is not empty and all
/// are of the same scenario.
scenario_result median_of(const std::vector<scenario_result>& runs);

} // namespace herald::bench
