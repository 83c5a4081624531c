#pragma once

#include "bench/figures/machine.hpp"
#include "bench/figures/result.hpp"
#include "bench/scenarios/limit.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace herald::bench {

/// What everybody has used so far.
struct usage_look {
  uint64_t at_ns = 0;
  process_usage engine;
  process_usage sink;
  process_usage driver;
  uint64_t machine_ns = 0;            ///< CPU time of everybody.
  std::optional<uint64_t> stalled_ns; ///< As `stalled_ns()`.
};

usage_look look_at_usage(pid_t engine, pid_t sink);

/// The rate of `units` between the two looks, its ratio to the limit, and CPU
/// time and bytes written for each. Nothing done is a problem.
void add_rates(scenario_result& to, const usage_look& begin,
               const usage_look& end, double units, const limit_figures& limit);

/// The CPU part of it, without a rate.
void add_cpu(scenario_result& to, const usage_look& begin,
             const usage_look& end, double units);

double seconds_between(const usage_look& begin, const usage_look& end);

} // namespace herald::bench
