#pragma once

#include "http/api/routes.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace herald {

/// What the ways into `POST /events` share. Pure functions, any thread.

/// Limit on the events of one request; 413 above.
inline constexpr size_t max_events_per_request = 10'000;

/// A request on its way to becoming events. Its Content-Type was checked.
struct event_intake {
  http_request& request;
  const route_options& options;
  std::optional<topic> given; ///< `?topic=`: of all events in the request.
  std::optional<std::string> decoded{}; ///< See `make_readable`.

  /// The body as it is to be read; what is delivered is the request's.
  std::string_view content() const {
    return decoded ? std::string_view{*decoded} : request.body;
  }
};

/// Takes the content codings off, where the body has to be read to know its
/// topic or its events: 415 for one that cannot be, 400 for a broken one, 413
/// above the limit on bodies. What is delivered keeps them.
std::optional<refusal> make_readable(event_intake& in);

/// The same for a body that is only read: takes them off for good.
std::optional<refusal> make_readable(http_request& request, size_t max_body);

/// The value of Content-Encoding that travels with an event; empty if the body
/// is as it looks.
std::string coding_of(const http_request& request);

// -- the ways, chosen by `route_events` ---------------------------------------

/// `application/cloudevents+json`: one event, byte for byte.
decision publish_cloud_event(event_intake& in);

/// `application/cloudevents-batch+json`: each member as it was sent.
decision publish_cloud_event_batch(event_intake& in);

/// Fields `ce-…`: one event, body and fields as they were sent.
decision publish_binary_cloud_event(event_intake& in);

/// `application/x-ndjson`: a line's `data` as it was sent.
decision publish_lines(event_intake& in);

// -- steps --------------------------------------------------------------------

/// Why there cannot be `count` events in one request, if so.
std::optional<refusal> check_count(size_t count);

/// A Content-Type is given once, short and without control characters.
std::optional<refusal> check_content_type(const http_request& request);

/// An idempotency key is not empty and short; `name` says where it stood.
std::optional<refusal> check_idempotency_key(std::string_view key,
                                             const std::string& name);

/// The request did not come through more than `max_hops` nodes; else 508.
std::optional<refusal> check_hops(const http_request& request);

/// How many nodes the request came through, at most one more than may be.
uint32_t hops_of(const http_request& request);

/// The content is JSON without a fault (json/slices.hpp), and its charset, if
/// the request names one, is that of JSON.
std::optional<refusal> check_json_content(const event_intake& in);
std::optional<refusal> check_charset(const http_request& request);

/// The topic `text`; the refusal names the field `source` that it came from.
std::variant<topic, refusal> event_topic(std::string_view text, bool allow_url,
                                         const std::string& source);

/// An event under `where` with the trace context and the hops of its request,
/// and nothing else yet. `take_coding` adds the body's, where it goes out as it
/// came.
event new_event(const event_intake& in, const topic& where);

void take_coding(const event_intake& in, event& to);

/// The Content-Type as it was sent, or `application/octet-stream`.
std::string content_type_of(const http_request& request);

/// After the id: of an event that its publisher named, the digest is kept.
void set_body(event& what, std::string body);

/// The body of the request under `where`, as it is.
std::variant<event, refusal> take_event(const event_intake& in,
                                        const topic& where);

/// Stores the one event, or tells why there is none.
decision publish_one(std::variant<event, refusal> made);

} // namespace herald
