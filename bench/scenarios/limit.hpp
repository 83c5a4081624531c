#pragma once

#include "bench/load/sink.hpp"
#include "bench/options.hpp"

#include <cstddef>
#include <optional>

namespace herald::bench {

/// How many POSTs a second the sink takes from a client without an engine:
/// what the machine allows, measured next to each scenario.
struct limit_figures {
  double bare_per_s = 0;           ///< Our own client; 0: not measured.
  std::optional<double> wrk_per_s; ///< `wrk`, one thread; if it is installed.

  double per_s() const { return wrk_per_s.value_or(bare_per_s); }
};

struct limit_options {
  double seconds = 3; ///< Of each of the two.
  size_t body = 1024; ///< Or `mixed_sizes`.
  size_t connections = 64;
};

/// Our client: pre-serialised requests, closed loop, one thread. Throws
/// `std::runtime_error` if an answer is not 200.
double measure_bare_client(const sink& target, const limit_options& options);

/// Both, one after the other; of a sink that speaks TLS only `wrk`, which our
/// client does not. Throws `std::runtime_error` if that is not installed.
limit_figures measure_limit(sink& target, const limit_options& options);

/// The same with a sink of its own, by what the command line says.
limit_figures measure_limit_alone(const bench_options& options);

} // namespace herald::bench
