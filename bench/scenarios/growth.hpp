#pragma once

#include "bench/figures/result.hpp"
#include "bench/options.hpp"

#include <vector>

namespace herald::bench {

/// What a delivery costs as the numbers grow: fan-out to each size of
/// subscribers, then unicast to the same 1,000 topics with each size of
/// subscriptions in the registry. A row for each. The last row of either has
/// `cpu_growth`: its largest CPU time per delivery divided by the smallest.
/// Throws like `run_scenario`; `run` counts from 1.
std::vector<scenario_result> run_growth(const bench_options& options,
                                        unsigned run);

} // namespace herald::bench
