#pragma once

#include "actors/messages.hpp"
#include "config/config.hpp"
#include "http/api/answer_json.hpp"
#include "http/api/operation.hpp"
#include "http/api/page_query.hpp"
#include "http/api/reading.hpp"
#include "http/exchange.hpp"
#include "http/problem.hpp"
#include "storage/topic.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace herald {

/// What a request asks for. `route` is a pure function: it reads the request
/// and the configuration only, so each rule of docs/http-api.md is tested
/// without actors and sockets.

/// The part of the configuration that requests are judged by.
struct route_options {
  lease_config lease;
  topics_config topics;
  events_config events;
  intergov_config intergov;
  unsigned logs = 1;
  std::string base_path{}; ///< Of the base URL: `/a/b`, or empty.
};

/// Whether something answers under this path (no query), by any method. Any
/// thread.
bool is_route(std::string_view path);

/// Nothing if the path is a route and takes the method; else 404 or 405. Any
/// thread.
std::optional<http_response> check_route(const http_request& request);

/// Limit on the length of an idempotency key, in bytes.
inline constexpr size_t max_idempotency_key = 256;

/// Limit on the length of a Content-Type that is kept, in bytes.
inline constexpr size_t max_content_type = 256;

/// Bounds of a secret (WebSub 5.1: less than 200 bytes).
inline constexpr size_t max_secret_bytes = 199;

/// Limit on the length of a `hub.verify_token`, in bytes.
inline constexpr size_t max_verify_token = 1024;

/// The rule that `is_usable_secret` holds.
inline constexpr std::string_view unusable_secret
  = "must have standard base64 behind whsec_, as Standard Webhooks reads it.";

/// Limit on the topics of one light ping.
inline constexpr size_t max_pinged_topics = 1000;

/// Store these events. An event without an id gets a fresh one. `log` is set,
/// `accepted_at` is not.
struct publish_command {
  std::vector<event> events;
  bool fat = false;   ///< By `/hub`: answered with 204.
  bool array = false; ///< Answered with an array, whatever the count.
};

/// These topics have changed: URLs, each once, by log. Answered with 204.
struct ping_command {
  std::map<log_id, std::vector<std::string>> topics;
  uint32_t hops = 0; ///< Of the request, see `hops_field`.
};

/// Subscribe or unsubscribe. `what.requested_at` is not set: that is the
/// registry's.
struct intent_command {
  intent_request what;
};

/// One page of the subscriptions.
struct list_command {
  subscription_filter filter;
  std::string state; ///< Empty: any.
  size_t limit = default_page;
  std::string after;
};

struct show_command {
  subscription_id id;
};

struct remove_command {
  subscription_id id;
};

/// Is the node ready for work?
struct ready_command {};

/// What to do, or the answer where that is known already.
using decision
  = std::variant<http_response, publish_command, ping_command, intent_command,
                 list_command, show_command, remove_command, reading_command,
                 operation_command, ready_command>;

/// Decides. Takes the body out of `request` if it becomes an event's; method,
/// target and fields stay.
decision route(http_request& request, const route_options& options);

/// Every path there is, `{id}` standing for one part, with its methods.
std::vector<std::pair<std::string, std::vector<std::string>>> all_routes();

/// True for the paths that are answered also while the node is not ready.
bool is_health_path(std::string_view target);

// -- the entrances, called by `route` with a method that is theirs ------------

/// `POST /hub`: WebSub 5.1, and fat publish.
decision route_hub(http_request& request, const route_options& options);

/// `POST /events`.
decision route_events(http_request& request, const route_options& options);

/// `POST /subscriptions`: docs/http-api.md, "The form of intergov".
decision route_intergov(http_request& request, const route_options& options);

/// `GET /subscriptions`.
decision route_listing(const http_request& request);

// -- what they share ----------------------------------------------------------

/// The event that a request publishes under `topic_text`, its body taken from
/// `request`; or why it is none. `allow_url = false` for a JSON predicate;
/// `source` names the field that the topic came from.
std::variant<event, refusal> make_event(http_request& request,
                                        const route_options& options,
                                        std::string_view topic_text,
                                        bool allow_url, std::string source);

// -- answers ------------------------------------------------------------------

/// 202 and where the events went: of one event an object, with `array` an array
/// in the same order. A fat publish is answered with 204.
http_response published_response(const std::vector<receipt>& what,
                                 const std::vector<append_result>& how,
                                 bool fat, bool array = false);

/// 202 with an empty body.
http_response accepted_response();

/// The error of an intent; intergov has words of its own for an unknown pair.
http_response intent_error(const http_request& request, const caf::error& err);

/// 200 with a JSON body.
http_response json_response(std::string body);

} // namespace herald
