#pragma once

#include "tests/end_to_end/support/operator.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace herald::end_to_end {

/// A sample of /metrics of the node at that port, by its name with labels; -1
/// if it is not there.
double metric_of(uint16_t port, const std::string& sample);

/// Gives a test the words to ask what became of calls that may not be made:
/// callbacks need no verification here, and what failed rests for an hour.
class call_outcomes : public operation {
public:
  /// Starts such a node with `more`.
  void start_unverified(const std::vector<std::string>& more = {});

  /// Subscribes to a predicate; nobody asks the callback.
  void join_unverified(const std::string& topic, const std::string& callback);

  /// The `error` of the callback's only attempt, which is waited for.
  std::string first_error(const std::string& topic,
                          const std::string& callback);

  /// A sample of the node's /metrics.
  double metric(const std::string& sample);

  /// Waits until the sample is that large.
  bool wait_for_metric(const std::string& sample, double least);
};

} // namespace herald::end_to_end
