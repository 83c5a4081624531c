#include "http/api/routes.hpp"
#include "http/form.hpp"

#include <algorithm>
#include <array>

namespace herald {

namespace {

constexpr std::array<std::string_view, 5> states{"pending", "active", "paused",
                                                 "failing", "expired"};

/// Reads the parameters of a listing; an empty one does not restrict.
struct listing_query {
  const form& query;
  list_command result{};
  std::optional<refusal> broken{};

  std::string_view text(const char* name) {
    auto* found = query.find(name);
    if (found != nullptr && !found->sound)
      broken = bad_request(name, std::string{name}
                                   + " must be percent-encoded UTF-8.");
    return found != nullptr ? std::string_view{found->value}
                            : std::string_view{};
  }

  void read_topic() {
    auto topic_text = text("topic");
    if (topic_text.empty() || broken)
      return;
    auto parsed = parse_subscribed_topic(topic_text);
    if (!parsed) {
      broken = bad_request("topic",
                           "topic is not usable: " + describe(parsed.error()));
      return;
    }
    result.filter.topic_key_prefix = std::move(parsed->key);
    result.filter.exact_topic = true;
  }

  void read_state() {
    result.state = text("state");
    if (!result.state.empty()
        && std::find(states.begin(), states.end(), result.state)
             == states.end())
      broken
        = bad_request("state", "state must be pending, active, paused, failing "
                               "or expired.");
  }

  void read_limit() {
    auto digits = text("limit");
    auto limit = parse_limit(digits);
    if (limit)
      result.limit = *limit;
    else if (!digits.empty())
      broken = bad_limit();
  }

  void read() {
    result.filter.callback = text("callback");
    result.after = text("after");
    read_topic();
    read_state();
    read_limit();
  }
};

} // namespace

decision route_listing(const http_request& request) {
  auto query = form::parse(split_target(request.target).query);
  if (!query)
    return problem_response(
      bad_request("query", "The query has too many fields."));
  listing_query asked{*query};
  asked.read();
  if (asked.broken)
    return problem_response(*asked.broken);
  return std::move(asked.result);
}

} // namespace herald
