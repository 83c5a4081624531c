#include "http/serve.hpp"

#include "actors/node.hpp"
#include "config/effective.hpp"
#include "config/errc.hpp"
#include "config/log.hpp"
#include "config/memory.hpp"
#include "config/options.hpp"
#include "config/version.hpp"
#include "http/api/gate.hpp"
#include "http/api/routes.hpp"
#include "http/client/address_policy.hpp"
#include "http/client/own_addresses.hpp"
#include "http/client/transport.hpp"
#include "http/front_end/front_end.hpp"
#include "http/io_thread.hpp"
#include "http/process.hpp"
#include "http/server/server.hpp"
#include "http/signs_of_life.hpp"
#include "storage/rocksdb/rocksdb_store.hpp"

#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <future>
#include <random>

namespace herald {

namespace {

// One process owns the whole store: its LOCK file keeps others away.
constexpr auto no_ttl = milliseconds{0};
constexpr auto start_timeout = std::chrono::minutes{60};
// Time for what was answered to leave after the engine has stopped.
constexpr auto close_timeout = std::chrono::seconds{2};

unix_ms system_time() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch())
    .count();
}

struct actor_settings : caf::actor_system_config {
  explicit actor_settings(size_t threads) {
    add_message_types<caf::id_block::herald>();
    set("scheduler.policy", caf::atom("stealing"));
    set("scheduler.max-threads", threads);
    // Without a bound, an actor that always has mail keeps its thread.
    set("scheduler.max-throughput", size_t{50});
    // A worker without work would take naps of 50 us a hundred times before
    // it sleeps: more CPU than the work itself when there is little.
    set("work-stealing.moderate-poll-attempts", size_t{0});
    // Asleep, it looks every now and then whether another has too much; mail
    // wakes it at once.
    set("work-stealing.relaxed-sleep-duration",
        caf::timespan{std::chrono::milliseconds{50}});
  }
};

/// Judges until there is a front end, which exists only after its server,
/// because the advertised URL may depend on the port that was taken.
std::optional<http_response> refuse_for_now(http_request&) {
  return http_response{503, {{"Retry-After", "1"}}, ""};
}

server::judge judge_by(gate_options rules) {
  return [rules = std::make_shared<const gate_options>(std::move(rules))](
           http_request& what) {
    auto refused = pass_gate(what, *rules);
    return refused ? refused : check_route(what);
  };
}

/// The parts of a running node, in the order in which they are made.
class running_node {
public:
  explicit running_node(const config& settings)
    : settings_(settings), threads_(effective_threads(settings)) {
    // nop
  }

  caf::error open_store();
  caf::error listen();
  caf::error start();

  /// Until a signal says to stop; its number.
  int run(signal_wait& signals,
          const std::function<caf::expected<config>()>& reload);

  void stop();

  const std::vector<endpoint>& where() const { return where_; }

private:
  caf::error listen(const endpoint& where);
  caf::error make_clients();
  std::string base_url() const;
  address_policy policy() const;
  void spawn_engine();
  void reload_from(const std::function<caf::expected<config>()>& reload);
  void drain();

  config settings_;
  size_t threads_;
  std::shared_ptr<store> db_;
  std::vector<ownership> owned_;
  std::vector<std::unique_ptr<io_thread>> io_;
  std::vector<std::unique_ptr<server>> servers_;
  std::vector<endpoint> where_;
  std::vector<std::shared_ptr<http_client>> clients_;
  std::unique_ptr<actor_settings> actor_settings_;
  std::unique_ptr<caf::actor_system> actors_;
  std::vector<transport_actor> transports_;
  std::vector<front_end_actor> front_ends_; ///< Of each thread.
  std::shared_ptr<health> health_ = std::make_shared<health>();
  std::shared_ptr<loop_counters> loops_ = std::make_shared<loop_counters>();
  node_actor node_;
};

caf::error running_node::open_store() {
  store_options options;
  options.path = settings_.data;
  options.reserve = settings_.store.reserve;
  options.warn = [](std::string_view text) {
    log_warn("store", "record_skipped", {{"text", text}});
  };
  auto opened = open_rocksdb_store(options);
  if (!opened)
    return std::move(opened.error());
  db_ = std::move(*opened);
  auto partitions = db_->shape().partitions;
  auto owned = db_->acquire("local", partitions, no_ttl, {});
  if (!owned)
    return std::move(owned.error());
  owned_ = std::move(*owned);
  std::sort(owned_.begin(), owned_.end(),
            [](auto& x, auto& y) { return x.partition < y.partition; });
  return caf::none;
}

caf::error running_node::listen() {
  server_limits limits;
  limits.body_bytes = settings_.events.max_body;
  limits.connections /= threads_;
  limits.buffered_bytes /= threads_;
  front_ends_.resize(threads_);
  for (size_t i = 0; i < threads_; ++i) {
    io_.push_back(std::make_unique<io_thread>("http-" + std::to_string(i)));
    servers_.push_back(std::make_unique<server>(
      io_[i]->context(), limits,
      [to = &front_ends_[i]](std::vector<exchange_ptr> batch) {
        caf::anon_send(*to, std::move(batch));
      },
      refuse_for_now));
  }
  for (auto& where : settings_.listen)
    if (auto err = listen(where))
      return err;
  return caf::none;
}

/// The first thread takes the port, the others share it.
caf::error running_node::listen(const endpoint& where) {
  auto at = where;
  for (size_t i = 0; i < threads_; ++i) {
    std::promise<caf::expected<endpoint>> promise;
    auto result = promise.get_future();
    boost::asio::post(io_[i]->context(), [&, i] {
      promise.set_value(servers_[i]->listen(
        at, i == 0 ? server::sharing::first : server::sharing::join));
    });
    auto taken = result.get();
    if (!taken)
      return std::move(taken.error());
    at = *taken;
  }
  where_.push_back(at);
  return caf::none;
}

std::string running_node::base_url() const {
  if (!settings_.base_url.empty())
    return settings_.base_url;
  return "http://" + where_.front().to_string();
}

address_policy running_node::policy() const {
  return {settings_.callbacks, effective_allow(settings_)};
}

/// Each I/O thread has a client with its share of the node's limits, as far as
/// there is one for each: a share of less than one would exceed the limit.
caf::error running_node::make_clients() {
  own_addresses self;
  if (!settings_.callbacks.self)
    self = own_addresses{where_, base_url()};
  auto& delivery = settings_.delivery;
  auto count = std::min(
    {io_.size(), delivery.total_in_flight, delivery.origin_connections});
  for (size_t i = 0; i < count; ++i) {
    client_options options;
    options.delivery = settings_.delivery;
    options.policy = policy();
    options.self = self;
    options.loops = loops_;
    options.origin_connections = delivery.origin_connections / count;
    options.total_in_flight = delivery.total_in_flight / count;
    options.user_agent = "herald/" + std::string{version()};
    auto client = http_client::make(*io_[i], std::move(options));
    if (!client)
      return std::move(client.error());
    clients_.push_back(std::move(*client));
  }
  return caf::none;
}

void running_node::spawn_engine() {
  actor_settings_ = std::make_unique<actor_settings>(threads_);
  actors_ = std::make_unique<caf::actor_system>(*actor_settings_);
  for (auto& client : clients_)
    transports_.push_back(actors_->spawn(transport, client));
  node_options options;
  options.settings = settings_;
  options.db = db_;
  options.owned = owned_;
  options.transports = transports_;
  options.posters.assign(clients_.begin(), clients_.end());
  options.time = std::make_shared<wall_clock>(
    caf::actor_clock::clock_type::now(), system_time());
  options.state = health_;
  options.system_time = system_time;
  options.release_memory = [this] {
    if (!db_->rest()) {
      release_memory();
      return false;
    }
    for (auto& x : io_)
      boost::asio::post(x->context(), release_thread_memory);
    release_thread_memory();
    return true;
  };
  options.hub_url = base_url() + "/hub";
  options.seed = std::random_device{}();
  options.on_failure = [](const std::string&) { std::_Exit(EXIT_FAILURE); };
  auto handles = std::make_shared<engine>();
  node_ = actors_->spawn(node, std::move(options), handles);
  caf::scoped_actor self{*actors_};
  self->request(node_, start_timeout, atom::attach_v)
    .receive([](atom::done) {}, [](const caf::error&) {});
  handles->loops = loops_;
  front_end_options entrance{settings_};
  gate_options gate{settings_, base_url()};
  entrance.base_path = gate.base_path;
  entrance.quotas = std::make_shared<publisher_quotas>(settings_.quota);
  for (size_t i = 0; i < threads_; ++i) {
    front_ends_[i] = actors_->spawn(front_end, *handles, entrance);
    servers_[i]->set_judge(judge_by(gate));
  }
}

caf::error running_node::start() {
  if (auto err = make_clients())
    return err;
  spawn_engine();
  caf::error result;
  caf::scoped_actor self{*actors_};
  self->request(node_, start_timeout, atom::start_v)
    .receive([](atom::done) {}, [&](caf::error& err) { result = err; });
  return result;
}

void running_node::reload_from(
  const std::function<caf::expected<config>()>& reload) {
  auto fresh = reload();
  if (!fresh)
    return log_error("config", "not_reloaded",
                     {{"why", describe(fresh.error())}});
  auto topics = settings_.topics.allow;
  for (auto flag : reload_options(settings_, *fresh))
    log_warn("config", "needs_restart", {{"option", flag}});
  if (topics != settings_.topics.allow)
    log_info("config", "for_new_subscriptions",
             {{"option", "topics-allow"},
              {"then", "others that it does not cover end at the next start"}});
  start_logging(settings_.log);
  for (auto& x : clients_)
    x->set_policy(policy());
  for (auto& x : servers_)
    x->set_judge(judge_by(gate_options{settings_, base_url()}));
  auto rules = std::make_shared<entrance_rules>();
  rules->topics = settings_.topics;
  caf::scoped_actor self{*actors_};
  for (auto& x : front_ends_)
    self->send(x, entrance_rules_ptr{rules});
  log_info("config", "reloaded");
}

int running_node::run(signal_wait& signals,
                      const std::function<caf::expected<config>()>& reload) {
  std::vector<boost::asio::io_context*> threads;
  for (auto& x : io_)
    threads.push_back(&x->context());
  signs_of_life signs{std::move(threads), *actors_};
  auto watchdog = watchdog_interval();
  for (;;) {
    auto number = watchdog ? signals.wait_for(*watchdog) : signals.wait();
    if (number != 0 && number != SIGHUP)
      return number;
    if (number == SIGHUP)
      reload_from(reload);
    if (watchdog && signs.have_come()) {
      tell_service_manager("WATCHDOG=1");
      signs.ask();
    }
  }
}

/// Waits for what is in flight; what is not done by then goes on at the next
/// start.
void running_node::drain() {
  auto closed = std::make_shared<std::atomic<size_t>>(servers_.size());
  auto all_closed = std::make_shared<std::promise<void>>();
  auto grace = std::chrono::duration_cast<milliseconds>(settings_.drain);
  for (auto& x : servers_)
    x->stop(grace, [closed, all_closed] {
      if (--*closed == 0)
        all_closed->set_value();
    });
  caf::scoped_actor self{*actors_};
  auto timeout = std::max(grace, milliseconds{1});
  self->request(node_, timeout, atom::drain_v)
    .receive([](atom::done) { log_info("node", "drained", {}); },
             [](caf::error& err) {
               auto why = describe(err);
               log_warn("node", "drain_cut_short", {{"reason", why}});
             });
  all_closed->get_future().wait_for(close_timeout);
}

void running_node::stop() {
  drain();
  // The engine goes first: what it does not hear of burns no attempt.
  caf::scoped_actor self{*actors_};
  self->send_exit(node_, caf::exit_reason::user_shutdown);
  self->wait_for(node_);
  for (auto& x : front_ends_)
    self->send_exit(x, caf::exit_reason::user_shutdown);
  for (auto& x : clients_)
    x->stop();
  for (auto& x : transports_)
    self->send_exit(x, caf::exit_reason::user_shutdown);
  for (auto& x : io_)
    x->stop();
}

} // namespace

caf::error
serve(const config& settings,
      const std::function<void(const std::vector<endpoint>&)>& on_ready,
      const std::function<caf::expected<config>()>& reload) {
  signal_wait signals;
  raise_file_limit();
  keep_files_private();
  auto node = std::make_unique<running_node>(settings);
  for (auto step :
       {&running_node::open_store,
        static_cast<caf::error (running_node::*)()>(&running_node::listen),
        &running_node::start})
    if (auto err = ((*node).*step)()) {
      // Nothing was acknowledged yet: there is nothing to wind down.
      static_cast<void>(node.release());
      return err;
    }
  log_info("node", "ready", {{"data", settings.data}});
  on_ready(node->where());
  tell_service_manager("READY=1");
  auto number = node->run(signals, reload);
  signals.let_through();
  log_info("node", "stopping", {{"signal", number}});
  tell_service_manager("STOPPING=1");
  node->stop();
  return caf::none;
}

} // namespace herald
