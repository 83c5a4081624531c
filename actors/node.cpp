#include "actors/node.hpp"

#include "actors/fetcher/fetcher.hpp"
#include "actors/janitor.hpp"
#include "actors/registry/registry.hpp"
#include "actors/storekeeper.hpp"
#include "config/log.hpp"

#include <algorithm>

namespace herald {

namespace {

// Recovery reads every subscription and every job row.
constexpr std::chrono::minutes start_timeout{60};

// The store's callers: appends, subscriptions, partitions, look-ups.
constexpr size_t keeper_of_appends = 0;
constexpr size_t keeper_of_subscriptions = 1;
constexpr size_t keeper_of_lookups = 2;
constexpr size_t first_keeper_of_partitions = 3;
constexpr size_t keepers_of_partitions = 2;

} // namespace

storekeeper_actor node_state::spawn_keeper() {
  if (options.detached_store)
    return self->spawn<caf::monitored + caf::detached>(storekeeper, options.db,
                                                       options.hub_url);
  return self->spawn<caf::monitored>(storekeeper, options.db, options.hub_url);
}

void node_state::init(node_options what, engine& out) {
  options = std::move(what);
  auto count = first_keeper_of_partitions + keepers_of_partitions;
  for (size_t i = 0; i < count; ++i)
    keepers.push_back(options.before_store
                        ? options.before_store(spawn_keeper())
                        : spawn_keeper());
  auto shared = std::make_shared<delivery_options>();
  shared->retry = options.settings.retry;
  shared->breaker = options.settings.breaker;
  shared->in_flight = options.settings.delivery.in_flight;
  shared->posters = options.posters;
  shared->time = options.time;
  shared->seed = options.seed;
  shared->keep_successes = options.settings.retention.successes;
  shared->excerpt_bytes = options.settings.excerpt.bytes;
  auto shape = options.db->shape();
  shared->counters
    = std::make_shared<engine_counters>(shape.partitions, shape.logs);
  heads = std::make_shared<log_heads>(shape.logs);
  registrations = std::make_shared<registry_counters>();
  marks = std::make_shared<topic_marks>(options.owned.size());
  handles.heads = heads;
  handles.counters = shared->counters;
  handles.registrations = registrations;
  deliveries = std::move(shared);
  handles.reader = keepers[keeper_of_lookups];
  handles.time = options.time;
  handles.state = options.state;
  handles.hub_url = options.hub_url;
  notices = self->spawn<caf::monitored>(
    notifier, notifier_options{
                registrations,
                options.seed ^ static_cast<uint64_t>(options.system_time())});
  for (auto& own : options.owned)
    spawn_partition(own);
  for (unsigned i = 0; i < options.db->shape().logs; ++i)
    spawn_publisher(static_cast<log_id>(i));
  for (unsigned i = 0; i < options.db->shape().logs; ++i)
    spawn_fetcher(static_cast<log_id>(i));
  *fetchers = handles.fetchers;
  self->send(notices, atom::attach_v, handles.publishers);
  out = handles;
}

/// Bounds that depend on the configuration. Deliveries that wait in this
/// process should leave within a fraction of the spreaders' patience.
spreader_limits node_state::limits_of_spreaders() const {
  auto limits = options.spreading;
  auto& delivery = options.settings.delivery;
  limits.in_hand = 2 * delivery.in_flight;
  auto share = 2 * delivery.total_in_flight / options.owned.size();
  limits.open_deliveries = std::max<size_t>(share, 64);
  return limits;
}

void node_state::spawn_partition(const ownership& own) {
  auto logs = options.db->shape().logs;
  registry_options registering;
  registering.partition = own.partition;
  registering.logs = logs;
  registering.verify = options.settings.verify;
  registering.topics = options.settings.topics;
  registering.transports = options.transports;
  registering.store = keepers[keeper_of_subscriptions];
  registering.time = options.time;
  registering.counters = registrations;
  registering.notices = notices;
  registering.desk = std::make_shared<match_desk>();
  registering.marks = marks;
  registering.place = handles.registries.size();
  auto desk = registering.desk;
  registry_actor subscriptions
    = self->spawn<registry, caf::monitored>(std::move(registering));
  spreader_options spreading;
  spreading.own = own;
  spreading.logs = logs;
  spreading.limits = limits_of_spreaders();
  spreading.store = keepers[first_keeper_of_partitions
                            + own.partition % keepers_of_partitions];
  spreading.registry = subscriptions;
  spreading.deliveries = deliveries;
  spreading.notices = notices;
  spreading.desk = std::move(desk);
  auto spreads = self->spawn<caf::monitored>(spreader, std::move(spreading));
  self->send(subscriptions, atom::attach_v, spreads);
  handles.registries.push_back(std::move(subscriptions));
  handles.spreaders.push_back(std::move(spreads));
}

void node_state::spawn_publisher(log_id log) {
  publisher_options publishing;
  publishing.log = log;
  publishing.limits = options.publishing;
  publishing.store = keepers[keeper_of_appends];
  publishing.spreaders = handles.spreaders;
  publishing.marks = marks;
  publishing.time = options.time;
  publishing.state = options.state;
  publishing.hub_url = options.hub_url;
  publishing.heads = heads;
  publishing.counters = deliveries->counters;
  handles.publishers.push_back(
    self->spawn<caf::monitored>(publisher, std::move(publishing)));
}

void node_state::spawn_fetcher(log_id log) {
  fetcher_options fetching;
  fetching.log = log;
  fetching.retry = options.settings.retry;
  fetching.timeout = options.settings.delivery.timeout;
  fetching.max_body = options.settings.events.max_body;
  fetching.transports = options.transports;
  fetching.registries = handles.registries;
  fetching.publisher = handles.publishers[log];
  fetching.store = keepers[keeper_of_subscriptions];
  fetching.time = options.time;
  fetching.seed = options.seed;
  fetching.fetchers = fetchers;
  handles.fetchers.push_back(
    self->spawn<caf::monitored>(fetcher, std::move(fetching)));
}

void node_state::spawn_janitor() {
  janitor_options cleaning;
  cleaning.retention = options.settings.retention;
  cleaning.store = keepers[keeper_of_lookups];
  cleaning.registries = handles.registries;
  cleaning.logs = options.db->shape().logs;
  cleaning.owned = options.owned;
  cleaning.time = options.time;
  cleaning.state = options.state;
  cleaning.system_time = options.system_time;
  cleaning.release_memory = options.release_memory;
  cleaning.storekeepers = keepers;
  janitor_handle = caf::actor_cast<caf::actor>(
    self->spawn<caf::monitored>(janitor, std::move(cleaning)));
}

template <class Atom, class Actors, class Next>
void node_state::each(Atom what, const Actors& actors, Next next) {
  auto open = std::make_shared<size_t>(actors.size());
  for (auto& actor : actors)
    self->request(actor, start_timeout, what)
      .then(
        [open, next](atom::done) {
          if (--*open == 0)
            next();
        },
        [this](caf::error& why) { promise.deliver(std::move(why)); });
}

/// Subscriptions first: the spreaders ask them who is behind their rows.
caf::result<atom::done> node_state::start() {
  promise = self->make_response_promise<atom::done>();
  each(atom::start_v, handles.registries, [this] {
    each(atom::start_v, handles.spreaders, [this] {
      each(atom::start_v, handles.publishers, [this] {
        each(atom::start_v, handles.fetchers, [this] {
          spawn_janitor();
          options.state->ready = true;
          promise.deliver(atom::done_v);
        });
      });
    });
  });
  return promise;
}

caf::result<atom::done> node_state::drain() {
  options.state->ready = false;
  promise = self->make_response_promise<atom::done>();
  each(atom::drain_v, handles.fetchers, [this] {
    each(atom::drain_v, handles.publishers, [this] {
      each(atom::drain_v, handles.spreaders,
           [this] { promise.deliver(atom::done_v); });
    });
  });
  return promise;
}

/// Ends every actor; each settles what it has promised.
void node_state::stop() {
  stopping = true;
  options.state->ready = false;
  auto end = [this](auto& actors) {
    for (auto& actor : actors)
      self->send_exit(actor, caf::exit_reason::user_shutdown);
    actors.clear();
  };
  if (janitor_handle)
    self->send_exit(janitor_handle, caf::exit_reason::user_shutdown);
  if (notices)
    self->send_exit(notices, caf::exit_reason::user_shutdown);
  end(handles.fetchers);
  end(handles.publishers);
  end(handles.spreaders);
  end(handles.registries);
  end(keepers);
  handles = {};
  deliveries.reset();
}

/// An actor that the engine cannot do without has ended. To go on with parts
/// missing would be to lose events silently; the store has everything.
void node_state::lost(const caf::down_msg& msg) {
  if (stopping)
    return;
  stopping = true;
  options.state->ready = false;
  auto why = describe(msg.reason);
  log_error("node", "actor_lost", {{"reason", why}});
  if (options.on_failure)
    options.on_failure(why);
}

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self,
                               node_options options,
                               std::shared_ptr<engine> out) {
  self->state.init(std::move(options), *out);
  self->set_down_handler(
    [self](const caf::down_msg& msg) { self->state.lost(msg); });
  self->set_exit_handler([self](const caf::exit_msg& msg) {
    self->state.stop();
    self->quit(msg.reason);
  });
  return {
    [](atom::attach) { return atom::done_v; },
    [self](atom::start) { return self->state.start(); },
    [self](atom::drain) { return self->state.drain(); },
  };
}

} // namespace herald
