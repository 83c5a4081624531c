#pragma once

#include "actors/interfaces.hpp"
#include "actors/notice.hpp"
#include "actors/registry_counters.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <random>
#include <vector>

namespace herald {

/// One per node: publishes what the node says of itself, while somebody is
/// subscribed to it. Nothing is said about those who listen to this: else a
/// listener that fails would have itself told of it for ever.
using notifier_actor = publish_listener::extend<
  caf::reacts_to<std::vector<notice>>,
  // By log: where to publish. What comes before is dropped.
  caf::reacts_to<atom::attach, std::vector<publisher_actor>>>;

struct notifier_options {
  std::shared_ptr<const registry_counters> counters;
  uint64_t seed = 0; ///< Of the events' ids: of this life of the node.
  /// Notices that are being published at once; more are dropped and logged: the
  /// listings tell the same.
  size_t max_open = 1000;
};

struct notifier_state {
  static inline constexpr const char* name = "notifier";

  explicit notifier_state(notifier_actor::pointer ptr) : self(ptr) {
    // nop
  }

  void take(std::vector<notice>& what);
  void published(const herald::published& what);

  notifier_actor::pointer self;
  notifier_options options;
  std::vector<publisher_actor> publishers;
  size_t open = 0;
  uint64_t dropped = 0;
  std::mt19937_64 random;

private:
  void publish(const notice& what);
};

notifier_actor::behavior_type
notifier(notifier_actor::stateful_pointer<notifier_state> self,
         notifier_options options);

} // namespace herald
