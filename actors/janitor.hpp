#pragma once

#include "actors/asker.hpp"
#include "actors/engine.hpp"
#include "config/config.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace herald {

/// Does what has no hurry, in small portions.
using janitor_actor = caf::typed_actor<caf::reacts_to<atom::tick>>;

struct janitor_options {
  retention_config retention;
  storekeeper_actor store;
  std::vector<registry_actor> registries;
  unsigned logs = 1;
  std::vector<ownership> owned; ///< Partitions whose cursors hold back trims.
  std::shared_ptr<wall_clock> time;
  std::shared_ptr<health> state;
  std::function<unix_ms()> system_time; ///< The operating system's clock.
  /// Gives back to the system what was freed some time ago, and returns whether
  /// the node is at rest: then the storekeepers release what their threads
  /// hold. Called with every sweep: an allocator notices by itself only while
  /// it is being used.
  std::function<bool()> release_memory;
  std::vector<storekeeper_actor> storekeepers; ///< All of the node.
  milliseconds period{1000};
  milliseconds sweep_period{10'000};
  milliseconds retention_period{60'000};
  size_t portion = 1000; ///< Rows removed at once.
};

/// Nothing is trimmed that a partition has not spread: who wanted it could not
/// be told any more, and it would be lost unseen.
///
/// Draws the wall clock towards the system's, has expired subscriptions swept,
/// trims logs and history past retention, and lets a store that refused writes
/// be tried anew.
struct janitor_state {
  static inline constexpr const char* name = "janitor";

  /// What a log holds, as far as it has been read.
  struct log_size {
    sequence counted = 0;
    uint64_t bytes = 0;
  };

  /// The attempts in the store, as far as they have been counted.
  struct history_size {
    std::string counted;
    size_t attempts = 0;
  };

  janitor_actor::pointer self;
  asker<janitor_actor> asks;
  janitor_options options;
  caf::actor_clock::time_point last_sweep{};
  caf::actor_clock::time_point last_retention{};
  std::vector<log_size> sizes; ///< By log; only with `retention.bytes`.
  history_size history;

  explicit janitor_state(janitor_actor::pointer ptr) : self(ptr), asks(ptr) {
    // nop
  }

  void tick();

private:
  void measure(log_id log, log_bounds within);
  bool is_over(log_id log) const;
  void trim_logs();
  void bound_by_cursors(std::vector<log_bounds> bounds, size_t asked);
  void trim_log(log_id log, log_bounds within);
  void trim_up_to(log_id log, sequence up_to, log_bounds within);
  void count_history();
  void drop_history();
};

janitor_actor::behavior_type
janitor(janitor_actor::stateful_pointer<janitor_state> self,
        janitor_options options);

} // namespace herald
