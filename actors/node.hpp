#pragma once

#include "actors/delivery/delivery.hpp"
#include "actors/engine.hpp"
#include "actors/notifier.hpp"
#include "actors/publisher.hpp"
#include "actors/spreader/spreader.hpp"
#include "config/config.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace herald {

/// Runs the engine: spawns the actors, starts and stops them in order.
using node_actor = caf::typed_actor<
  // Answers when the engine's actors are there, to be asked.
  caf::replies_to<atom::attach>::with<atom::done>,
  // Recovers everything from the store; answers when the engine takes requests.
  caf::replies_to<atom::start>::with<atom::done>,
  // Takes no more events, waits for what is in flight, and makes sure that the
  // store knows the rest. Answers when nothing is lost by ending the process.
  caf::replies_to<atom::drain>::with<atom::done>>;

struct node_options {
  config settings;
  std::shared_ptr<store> db;
  std::vector<ownership> owned; ///< One per partition, in order.
  std::vector<transport_actor> transports;
  std::vector<std::shared_ptr<poster>> posters; ///< At least one.
  std::shared_ptr<wall_clock> time;
  std::shared_ptr<health> state;
  std::function<unix_ms()> system_time;
  std::function<bool()> release_memory; ///< See janitor.hpp. Null: nothing.
  std::string hub_url;
  uint64_t seed = 0;
  publisher_limits publishing;
  spreader_limits spreading;
  /// True: the store is called on threads of its own. False: by the scheduler,
  /// for simulations.
  bool detached_store = true;
  /// What the engine takes for the storekeeper that is given: a simulation may
  /// make it slow. By default it is taken as it is.
  std::function<storekeeper_actor(storekeeper_actor)> before_store;
  /// An actor of the engine ended: the node cannot go on. Called once, on an
  /// actor's thread. What was acknowledged is safe in the store.
  std::function<void(const std::string&)> on_failure;
};

class node_state {
public:
  static inline constexpr const char* name = "node";

  explicit node_state(node_actor::pointer ptr) : self(ptr) {
    // nop
  }

  /// Spawns everything and tells `out` the handles.
  void init(node_options what, engine& out);
  caf::result<atom::done> start();
  caf::result<atom::done> drain();
  void stop();
  void lost(const caf::down_msg& msg);

private:
  storekeeper_actor spawn_keeper();
  void spawn_partition(const ownership& own);
  void spawn_publisher(log_id log);
  void spawn_fetcher(log_id log);
  void spawn_janitor();
  spreader_limits limits_of_spreaders() const;

  /// Sends `Atom` to all of `actors`; when all have answered, `next`. The first
  /// error ends `promise`.
  template <class Atom, class Actors, class Next>
  void each(Atom what, const Actors& actors, Next next);

  node_actor::pointer self;
  node_options options;
  engine handles;
  std::vector<storekeeper_actor> keepers;
  std::shared_ptr<const delivery_options> deliveries;
  std::shared_ptr<log_heads> heads;
  std::shared_ptr<topic_marks> marks;
  /// By log; each fetcher pings the others.
  std::shared_ptr<std::vector<fetcher_actor>> fetchers
    = std::make_shared<std::vector<fetcher_actor>>();
  std::shared_ptr<registry_counters> registrations;
  caf::typed_response_promise<atom::done> promise; ///< Of start, then drain.
  caf::actor janitor_handle;
  notifier_actor notices;
  bool stopping = false;
};

/// `out` is filled in when the node has answered its first message.
node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self,
                               node_options options,
                               std::shared_ptr<engine> out);

} // namespace herald
