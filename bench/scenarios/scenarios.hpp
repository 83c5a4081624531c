#pragma once

#include "bench/figures/result.hpp"
#include "bench/load/sink.hpp"
#include "bench/options.hpp"
#include "bench/scenarios/limit.hpp"

#include <string>

namespace herald::bench {

/// The shape of a load. fan-out: 1 topic, many subscribers. unicast: many
/// topics of one subscriber. ingest: no subscriber, only durable 202s.
struct scenario {
  std::string name;
  uint64_t topics = 1;
  uint64_t subscribers = 0; ///< Of each topic.
  uint64_t window = 1;      ///< Events; see `publish_options`.
  double rate = 0;          ///< Events a second; 0: closed loop.
  size_t batch = 1;         ///< Events of one request.
  bool is_signed = false;   ///< Each subscriber has a secret.
  uint64_t bystanders = 0;  ///< Subscriptions to topics without events.

  uint64_t subscriptions() const { return topics * subscribers; }
};

/// Subscribers that are not measured: they are well while the node warms up,
/// and fall ill when the measured part begins.
struct sick_ones {
  sink* at = nullptr; ///< Null: there are none.
  uint64_t hang = 0;
  uint64_t slow = 0;
  uint64_t fail = 0;
  bool own_topics = false; ///< One each; else the one of the healthy.
  uint64_t slow_ns = 0;

  uint64_t count() const { return at == nullptr ? 0 : hang + slow + fail; }
};

/// The scenario of that name with the sizes of the command line.
scenario make_scenario(const std::string& name, const bench_options& options);

/// `target` is new, but for the measurement of `limit`. Starts a node,
/// subscribes, loads, measures, waits until all is received, stops the node.
/// What went wrong but left figures is in `problems`; throws
/// `std::runtime_error` if there are none. `run` counts from 1.
scenario_result run_scenario(const scenario& plan, const bench_options& options,
                             sink& target, const limit_figures& limit,
                             unsigned run, const sick_ones& sick = {});

} // namespace herald::bench
