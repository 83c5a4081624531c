#pragma once

#include "bench/figures/result.hpp"
#include "bench/options.hpp"

#include <vector>

namespace herald::bench {

/// The same healthy subscribers under the same open loop against two new nodes,
/// one after the other: `alone`, and `with sick` ones beside them (README.md).
/// Prints a row for each. The second has `p99_ratio`, its p99 divided by that
/// of the first. Throws like `run_scenario`; `run` counts from 1.
std::vector<scenario_result> run_isolation(const bench_options& options,
                                           unsigned run);

} // namespace herald::bench
