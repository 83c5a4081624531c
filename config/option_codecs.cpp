#include "config/option_codecs.hpp"

#include "config/errc.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr size_t max_delays = 64;
constexpr uint64_t max_drain_seconds = 86'400;

caf::error not_accepted(const std::string& text, const std::string& form) {
  return fail(errc::invalid,
              "\"" + text + "\" is not accepted: expected " + form);
}

/// Moves a parsed value into its place.
template <class T, class U>
caf::error store(caf::expected<T> value, U& out) {
  if (!value)
    return std::move(value.error());
  out = static_cast<U>(std::move(*value));
  return caf::none;
}

/// Parses every word; the first failure wins and leaves `out` alone.
template <class T, class Parse>
caf::error store_all(const option_words& words, std::vector<T>& out,
                     Parse parse) {
  std::vector<T> result;
  for (auto& word : words) {
    auto value = parse(word);
    if (!value)
      return std::move(value.error());
    result.push_back(std::move(*value));
  }
  out = std::move(result);
  return caf::none;
}

template <class T, class Print>
std::string print_all(const std::vector<T>& values, Print print) {
  option_words words;
  std::transform(values.begin(), values.end(), std::back_inserter(words),
                 print);
  return join_list(words);
}

bool has_blank_or_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
  });
}

caf::expected<std::string> checked_glob(const std::string& text) {
  if (text.empty() || has_blank_or_control(text))
    return not_accepted(text, "a topic or a pattern with *, without blanks");
  return text;
}

caf::expected<milliseconds> parse_delay(const std::string& text) {
  auto codec = duration_codec{milliseconds{1}, std::chrono::hours{365 * 24}};
  return codec.parse(text, milliseconds{1});
}

} // namespace

caf::expected<milliseconds> duration_codec::parse(const std::string& text,
                                                  milliseconds step) const {
  auto value = parse_duration(text);
  if (!value)
    return std::move(value.error());
  if (*value < min || *value > max)
    return not_accepted(text, "a duration from " + print_duration(min) + " to "
                                + print_duration(max));
  if (value->count() % step.count() != 0)
    return not_accepted(text, "whole seconds, such as 90s or 10d");
  return *value;
}

caf::error schedule_codec::read(const option_words& words,
                                std::vector<milliseconds>& out) const {
  if (words.empty() || words.size() > max_delays)
    return not_accepted(join_list(words),
                        "1 to 64 durations, e.g. 5s,30s,2m,10m");
  return store_all(words, out, parse_delay);
}

std::string
schedule_codec::print(const std::vector<milliseconds>& value) const {
  return print_all(value, print_duration);
}

caf::error seconds_codec::read(const option_words& words,
                               std::chrono::seconds& out) const {
  auto value = parse_count(words.front(), 0, max_drain_seconds);
  if (!value)
    return std::move(value.error());
  out = std::chrono::seconds{static_cast<int64_t>(*value)};
  return caf::none;
}

std::string seconds_codec::print(std::chrono::seconds value) const {
  return std::to_string(value.count());
}

caf::error count_codec::read(const option_words& words, size_t& out) const {
  return store(parse_count(words.front(), min, max), out);
}

caf::error size_codec::read(const option_words& words, uint64_t& out) const {
  auto value = parse_size(words.front());
  if (value && (*value < min || *value > max))
    return not_accepted(words.front(), "a size from " + print_size(min) + " to "
                                         + print_size(max));
  return store(std::move(value), out);
}

caf::error share_codec::read(const option_words& words, double& out) const {
  return store(parse_share(words.front()), out);
}

caf::error bool_codec::read(const option_words& words, bool& out) const {
  return store(parse_bool(words.front()), out);
}

caf::error listen_codec::read(const option_words& words,
                              std::vector<endpoint>& out) const {
  if (words.empty())
    return not_accepted("", "at least one ADDR:PORT, e.g. 127.0.0.1:8080");
  std::vector<endpoint> result;
  if (auto err = store_all(words, result, parse_endpoint))
    return err;
  for (auto i = result.begin(); i != result.end(); ++i)
    if (i->port != 0 && std::find(result.begin(), i, *i) != i)
      return not_accepted(i->to_string(), "each address only once");
  out = std::move(result);
  return caf::none;
}

std::string listen_codec::print(const std::vector<endpoint>& value) const {
  return print_all(value, [](const endpoint& x) { return x.to_string(); });
}

caf::error networks_codec::read(const option_words& words,
                                std::vector<ip_network>& out) const {
  return store_all(words, out, ip_network::parse);
}

std::string networks_codec::print(const std::vector<ip_network>& value) const {
  return print_all(value, [](const ip_network& x) { return x.to_string(); });
}

caf::error addresses_codec::read(const option_words& words,
                                 allowed_addresses& out) const {
  if (words.empty())
    return not_accepted("", "at least one of public, loopback, private, or a "
                            "block");
  allowed_addresses result;
  result.public_too = false;
  result.given = true;
  for (auto& word : words)
    if (auto err = add_word(result, word))
      return err;
  out = std::move(result);
  return caf::none;
}

std::string addresses_codec::print(const allowed_addresses& value) const {
  return join_list(words_of(value));
}

caf::error hosts_codec::read(const option_words& words,
                             option_words& out) const {
  return store_all(words, out, parse_host_name);
}

std::string hosts_codec::print(const option_words& value) const {
  return join_list(value);
}

caf::error origins_codec::read(const option_words& words,
                               option_words& out) const {
  return store_all(words, out, parse_origin);
}

std::string origins_codec::print(const option_words& value) const {
  return join_list(value);
}

caf::error ports_codec::read(const option_words& words, port_set& out) const {
  if (words.empty())
    return not_accepted("", "at least one port, e.g. 443 or 8000-8999");
  port_set result;
  for (auto& word : words)
    if (auto err = result.add(word))
      return err;
  out = std::move(result);
  return caf::none;
}

std::string ports_codec::print(const port_set& value) const {
  return join_list(value.words());
}

caf::error auth_codec::read(const option_words& words, auth_mode& out) const {
  auto& word = words.front();
  if (word == "required")
    return fail(errc::invalid, "required is not implemented: there is no "
                               "access control yet; accepted: auto, none");
  if (word != "auto" && word != "none")
    return not_accepted(word, "auto or none");
  out = word == "none" ? auth_mode::none : auth_mode::automatic;
  return caf::none;
}

std::string auth_codec::print(auth_mode value) const {
  return value == auth_mode::none ? "none" : "auto";
}

caf::error globs_codec::read(const option_words& words,
                             option_words& out) const {
  if (words.empty())
    return not_accepted("", "at least one pattern; * allows every topic");
  return store_all(words, out, checked_glob);
}

std::string globs_codec::print(const option_words& value) const {
  return join_list(value);
}

caf::error path_codec::read(const option_words& words, std::string& out) const {
  auto& path = words.front();
  if (path.empty() || path.find('\0') != std::string::npos)
    return not_accepted("", "a path");
  out = path;
  return caf::none;
}

caf::error base_url_codec::read(const option_words& words,
                                std::string& out) const {
  return store(parse_base_url(words.front()), out);
}

caf::error log_level_codec::read(const option_words& words,
                                 std::string& out) const {
  constexpr std::string_view levels[]
    = {"trace", "debug", "info", "warn", "error", "off"};
  auto known = std::find(std::begin(levels), std::end(levels), words.front());
  if (known == std::end(levels))
    return not_accepted(words.front(),
                        "one of trace, debug, info, warn, error, off");
  out = words.front();
  return caf::none;
}

caf::error log_format_codec::read(const option_words& words,
                                  log_format& out) const {
  auto& word = words.front();
  if (word != "text" && word != "json")
    return not_accepted(word, "text or json");
  out = word == "json" ? log_format::json : log_format::text;
  return caf::none;
}

std::string log_format_codec::print(log_format value) const {
  return value == log_format::json ? "json" : "text";
}

} // namespace herald
