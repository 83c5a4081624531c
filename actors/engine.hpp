#pragma once

#include "actors/engine_counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/registry_counters.hpp"
#include "actors/wall_clock.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace herald {

/// What the node knows of its own health. Written by the node's actors, read by
/// anyone.
struct health {
  std::atomic<bool> ready{false};         ///< Recovered and not stopping.
  std::atomic<bool> store_refuses{false}; ///< The last append failed.
};

/// What was refused so that events do not go round in circles. Written by I/O
/// threads and front ends, read by anyone.
struct loop_counters {
  counter self_calls{0}; ///< Requests that would have gone to the node itself.
  counter hops{0};       ///< Requests to publish that came too far around.
};

/// The newest sequence of each log, as its publisher knows it: nothing up to
/// there appears later. Written by publishers, read by anyone.
struct log_heads {
  explicit log_heads(size_t logs) : at(logs) {
    // nop
  }

  std::vector<std::atomic<sequence>> at; ///< By log.
};

/// The running engine, as the front end sees it. Copied to each front end; the
/// handles are valid until the node ends.
struct engine {
  std::vector<publisher_actor> publishers; ///< By log.
  std::vector<fetcher_actor> fetchers;     ///< By log.
  std::vector<registry_actor> registries;  ///< By partition.
  std::vector<spreader_actor> spreaders;   ///< By partition.
  storekeeper_actor reader;                ///< For look-ups and listings.
  std::shared_ptr<const wall_clock> time;
  std::shared_ptr<const health> state;
  std::shared_ptr<const log_heads> heads;
  std::shared_ptr<const engine_counters> counters;
  std::shared_ptr<const registry_counters> registrations;
  std::shared_ptr<loop_counters> loops = std::make_shared<loop_counters>();
  std::string hub_url; ///< The advertised hub: `BASE/hub`.
};

} // namespace herald
