#pragma once

#include "http/api/log_cursor.hpp"
#include "http/api/page_query.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>

namespace herald {

/// What people ask of the events and of the node (docs/reading.md).

/// One page of the logs.
struct events_command {
  std::string topic_key; ///< Of a subscription; empty: all events.
  size_t limit = default_page;
  log_positions after; ///< One per log.
};

/// One event, and what became of it.
struct event_command {
  std::string id;
};

/// What a subscription would get, or has got.
struct pull_command {
  subscription_id id;
  size_t limit = default_page;
  std::optional<log_positions> after;
  std::chrono::seconds wait{0};
};

/// What the node counts.
struct metrics_command {};

using reading_command
  = std::variant<events_command, event_command, pull_command, metrics_command>;

/// Bound of `wait`.
inline constexpr unsigned max_wait_s = 60;

/// What is waited for at most, so that proxies that give up after a minute
/// (nginx as it is shipped) still see the answer.
inline constexpr std::chrono::milliseconds longest_wait{57'000};

/// Limit on the length of an event's id.
inline constexpr size_t max_event_id = 64;

// How they are read. Pure functions, any thread. Every refusal names the
// parameter.

std::variant<events_command, refusal> read_events(const http_request& from,
                                                  size_t logs);

/// An id that no event can have is not found.
std::variant<event_command, refusal> read_event(const http_request& from);

/// `id` is set by the caller.
std::variant<pull_command, refusal> read_pull(const http_request& from,
                                              size_t logs);

} // namespace herald
