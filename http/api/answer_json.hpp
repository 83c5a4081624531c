#pragma once

#include "actors/messages.hpp"
#include "config/text.hpp"
#include "storage/store.hpp"

#include <caf/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// What requests and answers hold as JSON. Pure functions, any thread.

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

} // namespace herald
