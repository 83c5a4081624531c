#pragma once

#include "bench/figures/result.hpp"
#include "bench/options.hpp"

#include <vector>

namespace herald::bench {

/// Unicast: first its capacity (closed loop; not if `--rate` says how fast),
/// then an open loop on a new node at each `--load` of it, with the unit
/// (`unit_cost`) measured just before. Prints a row for each. Throws like
/// `run_scenario`; `run` counts from 1.
std::vector<scenario_result> run_latency(const bench_options& options,
                                         unsigned run);

} // namespace herald::bench
