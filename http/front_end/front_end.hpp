#pragma once

#include "actors/asker.hpp"
#include "actors/engine.hpp"
#include "actors/interfaces.hpp"
#include "config/config.hpp"
#include "http/api/routes.hpp"
#include "http/exchange.hpp"
#include "http/front_end/publisher_quotas.hpp"
#include "http/ulid.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace herald {

/// What of the configuration the front end takes anew while it runs.
struct entrance_rules {
  topics_config topics;
};

using entrance_rules_ptr = std::shared_ptr<const entrance_rules>;

} // namespace herald

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::exchange_ptr>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::entrance_rules_ptr)

namespace herald {

/// Turns requests into messages and the engine's answers into responses. One
/// per I/O thread; every exchange is answered exactly once: at the latest when
/// the engine's deadline for its answer passes, or, if it publishes, when the
/// publisher tells the outcome. Give it to `server` as
///
///     [f](std::vector<exchange_ptr> batch) {
///       caf::anon_send(f, std::move(batch));
///     }
using front_end_actor = publish_listener::extend<
  // Requests that were read at about the same time.
  caf::reacts_to<std::vector<exchange_ptr>>,
  // Other rules than those that it began with.
  caf::reacts_to<entrance_rules_ptr>,
  // Internal: somebody waits for events.
  caf::reacts_to<atom::tick>>;

struct front_end_options {
  front_end_options() = default;

  /// What `from` says; the bounds have no flags of their own.
  front_end_options(const config& from)
    : lease(from.lease), topics(from.topics), events(from.events),
      intergov(from.intergov) {
    // nop
  }

  lease_config lease;
  topics_config topics;
  events_config events;
  intergov_config intergov;
  std::string base_path; ///< Of the base URL: `/a/b`, or empty.
  /// Null: none. One for all front ends of a node.
  std::shared_ptr<publisher_quotas> quotas;
  /// Requests that wait for the engine; 503 + Retry-After beyond.
  size_t max_open = 8192;
  /// For one answer of the engine. Publishing has no deadline here: the
  /// publisher tells the outcome, and only it knows.
  milliseconds ask_timeout{10'000};
  /// Subscriptions that one listing looks at; what is left has a cursor.
  size_t max_scanned = 10'000;
  /// Events that one request looks at; as above.
  size_t max_events_scanned = 10'000;
  /// Events that one look into a log takes at most.
  size_t max_read = 1000;
  /// Bodies that one answer holds, in bytes; always at least one.
  size_t max_answer_bytes = 8 * 1024 * 1024;
  /// Polls that wait; 503 + Retry-After beyond.
  size_t max_waiting = 1024;
  /// How often it looks for those who wait, and only then.
  milliseconds poll_interval{25};
};

class front_end_state {
public:
  static inline constexpr const char* name = "front_end";

  explicit front_end_state(front_end_actor::pointer ptr)
    : self(ptr), asks(ptr) {
    // nop
  }

  void init(engine what, front_end_options with);

  /// Begins to work on each of `batch`.
  void take(std::vector<exchange_ptr>& batch);

  void take(const entrance_rules_ptr& rules);

  /// Answers the requests whose last outcome came.
  void conclude(published& news);

  /// Looks for events that somebody waits for.
  void tick();

  /// Answers what waits for a publisher; the rest is dropped, which closes its
  /// connections.
  void stop();

private:
  /// A publish request; its events may go to several logs.
  struct open_publish {
    exchange_ptr who;
    std::vector<receipt> receipts;
    std::vector<append_result> results; ///< In the order of the request.
    size_t outstanding = 0;             ///< Logs that did not answer yet.
    caf::error why;
    bool fat = false;
    bool array = false;
    /// What to do in place of an answer once all is durable; may be empty.
    std::function<void()> then;
  };

  /// Its share of one log: `places` are the events' positions in the request.
  struct open_part {
    std::shared_ptr<open_publish> whole;
    std::vector<size_t> places;
  };

  struct listing;
  struct operation;
  struct status_join;
  struct reading;
  struct log_search;
  struct event_listing;
  struct event_report;
  struct pull;
  struct follower;
  using listing_ptr = std::shared_ptr<listing>;
  using statuses = std::vector<subscriber_status>;

  void take_one(const exchange_ptr& who);
  void answer(const exchange_ptr& who, http_response response);
  void refuse_with(const exchange_ptr& who, const caf::error& why);
  unix_ms now() const;
  bool is_ready() const;
  bool is_backlogged() const;
  std::optional<refusal> over_quota(const http_request& from, uint64_t events,
                                    uint64_t bytes) const;

  void run(const exchange_ptr& who, http_response& known);
  void run(const exchange_ptr& who, publish_command& what);
  void run(const exchange_ptr& who, ping_command& what);
  void run(const exchange_ptr& who, intent_command& what);
  void run(const exchange_ptr& who, list_command& what);
  void run(const exchange_ptr& who, show_command& what);
  void run(const exchange_ptr& who, remove_command& what);
  void run(const exchange_ptr& who, reading_command& what);
  void run(const exchange_ptr& who, operation_command& what);
  void run(const exchange_ptr& who, ready_command& what);

  void publish(std::shared_ptr<open_publish> whole, std::vector<event> events);
  void gather(std::shared_ptr<open_publish> whole, std::vector<event> events);
  void add_part(log_id log, std::vector<event> events, open_part part);
  void send_parts();
  void conclude_part(publish_outcome& news);
  void finish(open_publish& whole);

  void show(const exchange_ptr& who, std::optional<subscription>& found);
  void ask_statuses(
    const exchange_ptr& who, std::vector<subscription> whom,
    std::function<void(const std::vector<subscription>&, const statuses&)>
      then);
  void ask_statuses_of(partition_id partition, std::vector<size_t> places,
                       std::shared_ptr<status_join> join);
  void find_rows(const listing_ptr& what, size_t rows,
                 std::function<void(std::vector<subscription>)> then);
  void next_page(listing_ptr what);
  void add_page(listing_ptr what, const std::vector<subscription>& items,
                const statuses& how);
  void cut_page(listing_ptr what, size_t rows);
  void finish_listing(const listing_ptr& what);

  front_end_actor::pointer self;
  asker<front_end_actor> asks;
  engine handles;
  front_end_options options;
  route_options routing;
  ulid_generator ids;
  size_t open = 0;
  uint64_t tokens = 0;
  std::unordered_map<uint64_t, open_part> parts; ///< By token.
  /// Of the requests that came at once; by log.
  std::vector<std::vector<publish_request>> unsent;
  std::shared_ptr<follower> polls;
};

front_end_actor::behavior_type
front_end(front_end_actor::stateful_pointer<front_end_state> self,
          engine handles, front_end_options options);

} // namespace herald
