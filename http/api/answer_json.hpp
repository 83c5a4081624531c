#pragma once

#include "actors/messages.hpp"
#include "config/text.hpp"
#include "http/exchange.hpp"
#include "storage/store.hpp"

#include <caf/expected.hpp>
#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// JSON in and out. Pure functions, any thread.

/// How deep a published JSON may be nested.
inline constexpr size_t max_json_depth = 256;

/// The text of `value`; bytes that are no UTF-8 are replaced.
std::string dump(const nlohmann::ordered_json& value);

/// The `predicate` member of a JSON object, else that of its `message` member;
/// of repeated members the last counts. Errors: invalid.
caf::expected<std::string> find_predicate(std::string_view body);

/// What an answer needs of an event that was handed on.
struct receipt {
  std::string id;
  std::string topic;
  log_id log = 0;
};

/// `{"id","topic","log","sequence","duplicate"}` of an accepted event.
std::string acceptance_json(const receipt& what, const append_result& how);

/// `pending`, `active`, `paused`, `failing` or `expired`.
std::string_view subscription_state(const subscription& what,
                                    const subscriber_status& status,
                                    unix_ms now);

/// A subscription for people; never its secret.
std::string subscription_json(const subscription& what,
                              const subscriber_status& status, unix_ms now);

/// `{"items":[...],"next":...}` of items that are JSON already.
std::string page_json(const std::vector<std::string>& items,
                      std::string_view next);

/// One error in intergov's shape; `source` is JSON already.
http_response intergov_error(unsigned status, std::string_view code,
                             std::string_view title, std::string_view detail,
                             std::string_view source);

} // namespace herald
