#include "config/errc.hpp"
#include "http/api/reading.hpp"
#include "http/form.hpp"
#include "storage/topic.hpp"

#include <algorithm>
#include <charconv>

namespace herald {

namespace {

constexpr std::string_view one_event = "/events/";

refusal bad_cursor() {
  return bad_request("after",
                     "after must be a cursor of a listing of this node.");
}

refusal bad_wait() {
  auto result = bad_request("wait", "wait must be whole seconds in 0..60.");
  result.limit = max_wait_s;
  return result;
}

/// The parameter's text; empty if it was left out, nothing if it is unsound.
std::optional<std::string> parameter(const http_request& from,
                                     std::string_view name) {
  auto query = form::parse(split_target(from.target).query);
  auto* found = query ? query->find(name) : nullptr;
  if (found == nullptr)
    return std::string{};
  return found->sound ? std::optional{found->value} : std::nullopt;
}

std::variant<std::string, refusal> read_topic(const http_request& from) {
  auto text = parameter(from, "topic");
  if (!text)
    return bad_request("topic", "topic must be percent-encoded UTF-8.");
  if (text->empty())
    return std::string{};
  auto parsed = parse_subscribed_topic(*text);
  if (!parsed)
    return bad_request("topic",
                       "topic is not usable: " + describe(parsed.error()));
  return std::move(parsed->key);
}

std::optional<std::chrono::seconds> parse_wait(std::string_view text) {
  unsigned value = 0;
  auto end = text.data() + text.size();
  auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc{} || stop != end || value > max_wait_s)
    return std::nullopt;
  return std::chrono::seconds{value};
}

bool is_id_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
         || (c >= 'a' && c <= 'z');
}

} // namespace

std::variant<events_command, refusal> read_events(const http_request& from,
                                                  size_t logs) {
  auto page = parse_page_query(from.target);
  if (auto* why = std::get_if<refusal>(&page))
    return std::move(*why);
  auto topic = read_topic(from);
  if (auto* why = std::get_if<refusal>(&topic))
    return std::move(*why);
  auto& [limit, cursor] = std::get<page_query>(page);
  auto after
    = cursor.empty() ? log_positions(logs) : parse_cursor(cursor, logs);
  if (!after)
    return bad_cursor();
  return events_command{std::move(std::get<std::string>(topic)), limit,
                        std::move(*after)};
}

std::variant<event_command, refusal> read_event(const http_request& from) {
  auto id = split_target(from.target).path.substr(one_event.size());
  if (!id.empty() && id.size() <= max_event_id
      && std::all_of(id.begin(), id.end(), is_id_character))
    return event_command{std::string{id}};
  auto result = bad_request("", "There is no event with this id.");
  result.status = 404;
  return result;
}

std::variant<pull_command, refusal> read_pull(const http_request& from,
                                              size_t logs) {
  auto page = parse_page_query(from.target);
  if (auto* why = std::get_if<refusal>(&page))
    return std::move(*why);
  pull_command result;
  auto& [limit, cursor] = std::get<page_query>(page);
  result.limit = limit;
  if (!cursor.empty())
    result.after = parse_cursor(cursor, logs);
  if (!cursor.empty() && !result.after)
    return bad_cursor();
  auto text = parameter(from, "wait");
  if (text && text->empty())
    return result;
  auto wait = text ? parse_wait(*text) : std::nullopt;
  if (!wait)
    return bad_wait();
  result.wait = *wait;
  return result;
}

} // namespace herald
