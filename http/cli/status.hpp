#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace herald {

/// The pure parts of `herald status`.

/// Samples of Prometheus' text format, by name with labels as they stand there:
/// `herald_deliveries_total{outcome="done"}`.
using sample_map = std::map<std::string, double, std::less<>>;

/// Reads the lines that are samples; another line is left out.
sample_map parse_samples(std::string_view text);

/// How a node is.
struct node_status {
  std::string node; ///< Its URL.
  bool ready = false;
  std::string why; ///< Not ready: the node's own words.
  sample_map samples;
  std::chrono::sys_seconds now;
};

/// A short page for people.
std::string status_text(const node_status& what);

/// The same for scripts, one object.
std::string status_json(const node_status& what);

} // namespace herald
