#include "http/api/answer_json.hpp"

#include "config/errc.hpp"
#include "http/api/policy_json.hpp"
#include "http/json/slices.hpp"
#include "http/json/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace herald {

namespace {

using json = nlohmann::ordered_json;

// Printable ASCII other than these stands for itself.
bool needs_escape(char c) {
  return c < ' ' || c > '~' || c == '"' || c == '\\';
}

std::string quote(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), needs_escape))
    return dump(json(text));
  std::string result;
  result.reserve(text.size() + 2);
  return result.append(1, '"').append(text).append(1, '"');
}

json time_or_null(unix_ms time) {
  return time > 0 ? json(rfc3339(time)) : json(nullptr);
}

} // namespace

caf::expected<std::string> find_predicate(std::string_view body) {
  if (auto fault = json_fault(body))
    return fail(errc::invalid, "The body is not JSON: " + *fault + ".");
  if (!is_json_object(body))
    return fail(errc::invalid, "The body must be a JSON object.");
  auto found = json_member(body, "predicate");
  if (!found)
    found
      = json_member(json_member(body, "message").value_or("null"), "predicate");
  if (!found)
    return fail(errc::invalid,
                "predicate is missing: name the topic in the query or in the "
                "member predicate or message.predicate.");
  if (auto text = json_string(*found))
    return std::move(*text);
  return fail(errc::invalid, "predicate must be a string.");
}

// By hand around the one part that needs escaping: it is made per publish.
std::string acceptance_json(const receipt& what, const append_result& how) {
  auto& topic = how.duplicate && !how.topic.empty() ? how.topic : what.topic;
  std::string result = "{\"id\":\"";
  result.append(what.id).append("\",\"topic\":").append(quote(topic));
  result.append(",\"log\":").append(std::to_string(what.log));
  result.append(",\"sequence\":").append(std::to_string(how.seq));
  result.append(how.duplicate ? ",\"duplicate\":true}"
                              : ",\"duplicate\":false}");
  return result;
}

std::string_view subscription_state(const subscription& what,
                                    const subscriber_status& status,
                                    unix_ms now) {
  if (!what.active)
    return "pending";
  if (what.expires_at <= now)
    return "expired";
  if (what.paused)
    return "paused";
  return status.failing ? "failing" : "active";
}

std::string subscription_json(const subscription& what,
                              const subscriber_status& status, unix_ms now) {
  auto wished = !what.active && what.pending;
  json result;
  result["id"] = what.id.to_string();
  result["topic"] = what.topic;
  result["callback"] = what.callback;
  result["state"] = subscription_state(what, status, now);
  result["lease_seconds"]
    = wished ? what.pending->lease_seconds : what.lease_seconds;
  result["expires_at"] = time_or_null(what.active ? what.expires_at : 0);
  result["created_at"] = time_or_null(what.created_at);
  result["policy"] = policy_json(what.policy);
  result["pending"] = status.pending;
  result["last_attempt"] = time_or_null(status.last_attempt);
  result["failures"] = status.failures;
  result["failing_since"] = time_or_null(status.since);
  result["breaker"] = status.open_until > 0 ? "open" : "closed";
  result["breaker_open_until"] = time_or_null(status.open_until);
  return dump(result);
}

std::string page_json(const std::vector<std::string>& items,
                      std::string_view next) {
  std::string result = "{\"items\":[";
  for (auto& item : items)
    result.append(&item == &items.front() ? "" : ",").append(item);
  result.append("],\"next\":").append(next.empty() ? "null" : quote(next));
  return result + '}';
}

} // namespace herald
