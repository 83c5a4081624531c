#pragma once

#include "bench/figures/result.hpp"
#include "bench/load/sink.hpp"
#include "bench/options.hpp"
#include "bench/scenarios/limit.hpp"

namespace herald::bench {

/// Many subscriptions (`--subscribers`, by default 1,000,000), one to a topic:
/// how fast they are made and verified, what each keeps in memory, and how long
/// a node that has them takes from its start to the first `/readyz` of 200.
/// `target` is new, but for the measurement of `limit`. Throws like
/// `run_scenario`.
scenario_result run_registry(const bench_options& options, sink& target,
                             const limit_figures& limit);

/// As many (by default 100,000), and then nothing happens for `--seconds`.
scenario_result run_idle(const bench_options& options, sink& target,
                         const limit_figures& limit);

} // namespace herald::bench
