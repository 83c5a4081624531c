#pragma once

#include "actors/counter.hpp"

#include <cstdint>

namespace herald {

/// What registries count, for metrics. Shared by all of a node; written by
/// registries, read by anyone.
struct registry_counters {
  counter requests{0};  ///< Accepted, repeats included.
  counter confirmed{0}; ///< Intents that the callback confirmed.
  counter refused{0};   ///< Intents that the callback answered otherwise.
  counter silent{0};    ///< Intents without any answer until the end.
  counter denied{0};    ///< Refused by policy.
  counter expired{0};   ///< Subscriptions whose lease ended.
  counter conflicts{0}; ///< Rows that another writer had changed.
  counter store_failures{0};
  /// Gauges: sums over the registries.
  counter subscriptions{0};
  counter pending{0};
  counter listeners{0}; ///< Active ones to what the node says of itself.
};

} // namespace herald
