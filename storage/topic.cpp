#include "storage/topic.hpp"

#include "config/errc.hpp"
#include "storage/bytes.hpp"

#include <boost/url/parse.hpp>

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

char fold(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string folded(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), fold);
  return result;
}

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

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// How many bytes the UTF-8 sequence that begins with `lead` has; 0: none.
size_t utf8_length(uint8_t lead) {
  if (lead < 0x80)
    return 1;
  if (lead >= 0xc2 && lead < 0xe0)
    return 2;
  if ((lead & 0xf0) == 0xe0)
    return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

// Overlong forms, surrogates and what is beyond U+10FFFF show in byte two.
bool second_byte_fits(uint8_t lead, uint8_t second) {
  switch (lead) {
    case 0xe0:
      return second >= 0xa0;
    case 0xed:
      return second < 0xa0;
    case 0xf0:
      return second >= 0x90;
    case 0xf4:
      return second < 0x90;
    default:
      return true;
  }
}

bool is_utf8_sequence(std::string_view sequence) {
  auto at = [&](size_t i) { return static_cast<uint8_t>(sequence[i]); };
  for (size_t i = 1; i < sequence.size(); ++i)
    if ((at(i) & 0xc0) != 0x80)
      return false;
  return sequence.size() < 2 || second_byte_fits(at(0), at(1));
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    auto length = utf8_length(static_cast<uint8_t>(text.front()));
    if (length == 0 || length > text.size()
        || !is_utf8_sequence(text.substr(0, length)))
      return false;
    text.remove_prefix(length);
  }
  return true;
}

bool looks_like_url(std::string_view text) {
  auto scheme = folded(text.substr(0, 6));
  return text.find('/') != std::string_view::npos || scheme.starts_with("http:")
         || scheme.starts_with("https:");
}

// What holds for every topic.
broken_rule check_text(std::string_view text) {
  if (text.size() > max_topic_bytes)
    return "Topic must not be longer than " + std::to_string(max_topic_bytes)
           + " bytes";
  if (std::any_of(text.begin(), text.end(), is_control))
    return "Topic must not contain control characters";
  if (text.find(' ') != std::string_view::npos)
    return "Topic must not contain spaces";
  if (!is_utf8(text))
    return "Topic must be UTF-8";
  return std::nullopt;
}

broken_rule check_url(std::string_view text) {
  auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed)
    return "Topic must be a predicate or an absolute http or https URL";
  auto scheme = parsed->scheme_id();
  if (scheme != boost::urls::scheme::http
      && scheme != boost::urls::scheme::https)
    return "Topic URL must have the scheme http or https";
  if (parsed->encoded_host().empty())
    return "Topic URL must have a host";
  if (parsed->has_fragment())
    return "Topic URL must not have a fragment";
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

// The rules and their order are those of the register use case of intergov;
// one trailing dot is dropped before.
broken_rule check_subscribed(std::string_view text) {
  if (text.empty())
    return "Predicate must not be empty";
  auto what
    = split(text.ends_with('.') ? text.substr(0, text.size() - 1) : text);
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
  return folded(text);
}

caf::error refuse(std::string rule) {
  return fail(errc::invalid, std::move(rule));
}

caf::expected<topic> parse_url(std::string_view text, bool allow_url) {
  if (!allow_url)
    return refuse("Predicate must not be a URL or contain a slash");
  if (auto broken = check_url(text))
    return refuse(std::move(*broken));
  return topic{std::string{text}, std::string{text}, true};
}

} // namespace

caf::expected<topic> parse_subscribed_topic(std::string_view text,
                                            bool allow_url) {
  if (auto broken = check_text(text))
    return refuse(std::move(*broken));
  if (looks_like_url(text))
    return parse_url(text, allow_url);
  if (auto broken = check_subscribed(text))
    return refuse(std::move(*broken));
  return topic{std::string{text}, subscribed_key(text), false};
}

caf::expected<topic> parse_published_topic(std::string_view text,
                                           bool allow_url) {
  if (auto broken = check_text(text))
    return refuse(std::move(*broken));
  if (looks_like_url(text))
    return parse_url(text, allow_url);
  auto what = split(text);
  std::erase(what, "");
  if (auto broken = check_published(what))
    return refuse(std::move(*broken));
  if (what.back() == all)
    what.pop_back();
  auto kept = join(what);
  return topic{kept, folded(kept), false};
}

std::vector<std::string_view> predicate_parts(std::string_view key) {
  if (key == all)
    return {};
  return split(key);
}

bool topic_matches(std::string_view subscribed_key,
                   std::string_view published_key) {
  if (is_url_key(subscribed_key) || is_url_key(published_key))
    return subscribed_key == published_key;
  if (subscribed_key == all)
    return true;
  return published_key.starts_with(subscribed_key)
         && (published_key.size() == subscribed_key.size()
             || published_key[subscribed_key.size()] == '.');
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
