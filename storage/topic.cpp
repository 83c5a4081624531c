#include "storage/topic.hpp"

#include "config/errc.hpp"
#include "config/text.hpp"
#include "storage/bytes.hpp"
#include "storage/target.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <optional>

namespace herald {

namespace {

using parts = std::vector<std::string_view>;

// The rule that a text breaks; nothing if it breaks none.
using broken_rule = std::optional<std::string>;

constexpr std::string_view all = "*";

parts split(std::string_view text) {
  parts result;
  for (;;) {
    auto dot = text.find('.');
    result.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos)
      return result;
    text.remove_prefix(dot + 1);
  }
}

std::string join(const parts& what) {
  std::string result;
  for (auto part : what)
    result.append(result.empty() ? "" : ".").append(part);
  return result;
}

bool looks_like_url(std::string_view text) {
  auto scheme = lowered(text.substr(0, 6));
  return text.find('/') != std::string_view::npos || scheme.starts_with("http:")
         || scheme.starts_with("https:");
}

// What holds for every topic.
broken_rule check_text(std::string_view text) {
  if (text.size() > max_topic_bytes)
    return "Topic must not be longer than " + std::to_string(max_topic_bytes)
           + " bytes";
  if (holds_control(text))
    return "Topic must not contain control characters";
  if (text.find(' ') != std::string_view::npos)
    return "Topic must not contain spaces";
  if (!is_utf8(text))
    return "Topic must be UTF-8";
  return std::nullopt;
}

bool holds_wildcard(std::string_view part) {
  return part.find('*') != std::string_view::npos;
}

broken_rule check_wildcards(const parts& what) {
  if (std::count(what.begin(), what.end(), all) > 1)
    return "Predicate may contain only one wildcard and only as the last "
           "element";
  if (std::any_of(what.begin(), what.end() - 1, holds_wildcard)
      || (holds_wildcard(what.back()) && what.back() != all))
    return "Only last element of a predicate can be a wildcard";
  return std::nullopt;
}

// The rules and their order are those of the register use case of intergov,
// which takes no dot at the end.
broken_rule check_subscribed(std::string_view text, bool may_end_with_dot) {
  if (text.empty())
    return "Predicate must not be empty";
  if (may_end_with_dot && text.ends_with('.'))
    text.remove_suffix(1);
  auto what = split(text);
  if (std::find(what.begin(), what.end(), "") != what.end())
    return "Predicate must not contain empty elements";
  if (auto broken = check_wildcards(what))
    return broken;
  if (text.starts_with("UN.") && what.size() < 4 && what.back() != all)
    return "Predicates shorter than 4 elements must include wildcard as the "
           "last element";
  return std::nullopt;
}

broken_rule check_published(const parts& what) {
  if (what.empty())
    return "Predicate must not be empty";
  if (what == parts{all})
    return "Predicate must name a topic: * stands for all of them";
  if (std::any_of(what.begin(), what.end() - 1, holds_wildcard)
      || (holds_wildcard(what.back()) && what.back() != all))
    return "Only last element of a predicate can be a wildcard";
  return std::nullopt;
}

std::string subscribed_key(std::string_view text) {
  if (text == all)
    return std::string{all};
  for (std::string_view tail : {".", ".*"})
    if (text.ends_with(tail))
      text.remove_suffix(tail.size());
  return lowered(text);
}

caf::error bad_topic(std::string rule) {
  return fail(errc::invalid, std::move(rule));
}

caf::expected<topic> parse_url(std::string_view text, bool allow_url) {
  if (!allow_url)
    return bad_topic("Predicate must not be a URL or contain a slash");
  if (auto err = check_target(text))
    return err;
  return topic{std::string{text}, std::string{text}, true};
}

} // namespace

caf::expected<topic> parse_subscribed_topic(std::string_view text,
                                            bool allow_url) {
  if (auto broken = check_text(text))
    return bad_topic(std::move(*broken));
  if (looks_like_url(text))
    return parse_url(text, allow_url);
  if (auto broken = check_subscribed(text, allow_url))
    return bad_topic(std::move(*broken));
  return topic{std::string{text}, subscribed_key(text), false};
}

caf::expected<topic> parse_published_topic(std::string_view text,
                                           bool allow_url) {
  if (auto broken = check_text(text))
    return bad_topic(std::move(*broken));
  if (looks_like_url(text))
    return parse_url(text, allow_url);
  auto what = split(text);
  std::erase(what, "");
  if (auto broken = check_published(what))
    return bad_topic(std::move(*broken));
  if (what.back() == all)
    what.pop_back();
  auto kept = join(what);
  if (looks_like_url(kept)) // It was hidden behind an empty part.
    return parse_url(kept, allow_url);
  auto key = lowered(kept);
  if (is_own_topic(key))
    return bad_topic("Predicate must not be herald.dead, herald.ping or under "
                     "herald.subscription: the node itself publishes there");
  return topic{std::move(kept), std::move(key), false};
}

std::vector<std::string_view> predicate_parts(std::string_view key) {
  if (key == all)
    return {};
  return split(key);
}

bool topic_matches(std::string_view subscribed_key,
                   std::string_view published_key) {
  if (published_key == ping_topic)
    return false;
  if (is_url_key(subscribed_key) || is_url_key(published_key))
    return subscribed_key == published_key;
  if (subscribed_key == all)
    return !is_own_topic(published_key);
  return published_key.starts_with(subscribed_key)
         && (published_key.size() == subscribed_key.size()
             || published_key[subscribed_key.size()] == '.');
}

bool is_own_topic(std::string_view key) {
  constexpr std::string_view family = "herald.subscription";
  return key == ping_topic || key == "herald.dead"
         || (key.starts_with(family)
             && (key.size() == family.size() || key[family.size()] == '.'));
}

bool wants_own_topics(std::string_view key) {
  return key == "herald" || is_own_topic(key);
}

std::string published_key(std::string_view topic) {
  return looks_like_url(topic) ? std::string{topic} : lowered(topic);
}

std::vector<std::string> topic_layers(std::string_view published_key) {
  if (published_key == ping_topic)
    return {};
  std::vector<std::string> result{std::string{published_key}};
  if (is_url_key(published_key))
    return result;
  for (auto end = published_key.rfind('.'); end != std::string_view::npos;
       end = published_key.substr(0, end).rfind('.'))
    result.emplace_back(published_key.substr(0, end));
  if (!is_own_topic(published_key))
    result.emplace_back(all);
  return result;
}

bool is_url_key(std::string_view key) {
  return key.find("://") != std::string_view::npos;
}

unsigned topic_log(std::string_view published_key, unsigned logs) {
  assert(logs > 0);
  auto hash = stable_hash(published_key);
  return static_cast<unsigned>((hash ^ hash >> 32) % logs);
}

} // namespace herald
