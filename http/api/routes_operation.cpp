#include "config/errc.hpp"
#include "http/api/operation.hpp"
#include "http/api/policy_json.hpp"
#include "http/form.hpp"
#include "http/json/slices.hpp"

#include <algorithm>
#include <map>

namespace herald {

namespace {

/// The members of a body: the text of each value, by name.
using members = std::map<std::string, std::string_view>;

/// The body's members, all of which are `accepted`.
std::variant<members, refusal>
read_members(std::string_view body,
             std::initializer_list<std::string_view> accepted) {
  if (auto fault = json_fault(body))
    return bad_request("", "The body is not JSON: " + *fault + ".");
  if (!is_json_object(body))
    return bad_request("", "The body must be a JSON object.");
  members result;
  for (json_walk walk{body}; walk.next();) {
    auto name = walk.name();
    if (std::find(accepted.begin(), accepted.end(), name) == accepted.end())
      return bad_request(name, name + " is not a member of this request.");
    result[name] = walk.value();
  }
  return result;
}

template <class Command>
command_or_refusal<Command> read_page(const http_request& from) {
  auto page = parse_page_query(from.target);
  if (auto* why = std::get_if<refusal>(&page))
    return std::move(*why);
  return Command{std::move(std::get<page_query>(page))};
}

std::variant<moment, refusal> read_moment(const members& from,
                                          const char* name) {
  auto found = from.find(name);
  auto text = found == from.end() ? std::nullopt : json_string(found->second);
  if (!text)
    return bad_request(name,
                       std::string{name}
                         + " must be a string: a time such as "
                           "2026-01-31T12:00:00Z, or how long ago, e.g. 2h.");
  auto parsed = parse_moment(*text);
  if (!parsed)
    return bad_request(name, std::string{name} + ": " + describe(parsed.error())
                               + ".");
  return *parsed;
}

} // namespace

command_or_refusal<attempts_command> read_attempts(const http_request& from) {
  return read_page<attempts_command>(from);
}

command_or_refusal<dead_command> read_dead(const http_request& from) {
  return read_page<dead_command>(from);
}

command_or_refusal<patch_command> read_patch(const http_request& from) {
  auto parsed = parse_patch(from.body);
  if (auto* why = std::get_if<refusal>(&parsed))
    return std::move(*why);
  return patch_command{std::move(std::get<subscription_patch>(parsed))};
}

command_or_refusal<redeliver_command> read_redeliver(const http_request& from) {
  auto parsed = read_members(from.body, {"event", "dead"});
  if (auto* why = std::get_if<refusal>(&parsed))
    return std::move(*why);
  auto& given = std::get<members>(parsed);
  if (given.contains("dead") && given["dead"] != "true")
    return bad_request("dead", "dead must be true.");
  if (given.size() != 1)
    return bad_request("event", "Exactly one of event and dead must be given.");
  if (given.contains("dead"))
    return redeliver_command{};
  auto id = json_string(given["event"]);
  if (!id || id->empty())
    return bad_request("event", "event must be the id of an event.");
  return redeliver_command{std::move(*id)};
}

// A misspelt parameter must not drop all.
command_or_refusal<drop_command> read_drop(const http_request& from) {
  auto query = form::parse(split_target(from.target).query);
  if (!query)
    return bad_request("query", "The query has too many fields.");
  for (auto& each : query->fields())
    if (each.name != "event")
      return bad_request(each.name,
                         each.name + " is not a parameter of this request.");
  auto* event = query->find("event");
  if (event == nullptr)
    return drop_command{};
  if (!event->sound || event->value.empty())
    return bad_request("event", "event must be the id of an event.");
  return drop_command{event->value};
}

command_or_refusal<replay_command> read_replay(const http_request& from) {
  auto parsed = read_members(from.body, {"since", "until"});
  if (auto* why = std::get_if<refusal>(&parsed))
    return std::move(*why);
  auto& given = std::get<members>(parsed);
  replay_command result;
  auto since = read_moment(given, "since");
  if (auto* why = std::get_if<refusal>(&since))
    return std::move(*why);
  result.since = std::get<moment>(since);
  if (!given.contains("until"))
    return result;
  auto until = read_moment(given, "until");
  if (auto* why = std::get_if<refusal>(&until))
    return std::move(*why);
  result.until = std::get<moment>(until);
  return result;
}

std::variant<std::pair<unix_ms, unix_ms>, refusal>
bounds_of(const replay_command& what, unix_ms now) {
  auto since = what.since.at(now);
  auto until = what.until ? std::min(what.until->at(now), now) : now;
  if (since > now)
    return bad_request("since", "since is in the future.");
  if (since > until)
    return bad_request("until", "until is before since.");
  return std::pair{since, until};
}

} // namespace herald
