#pragma once

#include "bench/figures/result.hpp"
#include "bench/options.hpp"

#include <vector>

namespace herald::bench {

/// First fan-out as usual. Then, at a new node, one subscriber dies
/// (`--dead refused`: nobody listens; `--dead 503`: that is the answer),
/// `--events` events are published to its topic in batches, it comes back, and
/// all is delivered. Prints a row for each; the second counts the deliveries
/// from the first to the last after the return. Throws like `run_scenario`.
std::vector<scenario_result> run_backlog(const bench_options& options,
                                         unsigned run);

} // namespace herald::bench
