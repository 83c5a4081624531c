#include "config/units.hpp"

#include "config/errc.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <limits>
#include <optional>

namespace herald {

namespace {

constexpr uint64_t no_limit = std::numeric_limits<uint64_t>::max();

struct unit {
  std::string_view name;
  uint64_t factor;
};

constexpr unit time_units[] = {
  {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1},
};

constexpr unit size_units[] = {
  {"TiB", 1ULL << 40},
  {"GiB", 1ULL << 30},
  {"MiB", 1ULL << 20},
  {"KiB", 1ULL << 10},
  {"B", 1},
};

constexpr uint64_t max_duration_ms = 36'500ULL * 86'400'000ULL;

caf::error not_a(std::string_view what, std::string_view text,
                 std::string_view form) {
  std::string sentence = "\"";
  sentence.append(text).append("\" is not ").append(what);
  sentence.append(": expected ").append(form);
  return fail(errc::invalid, std::move(sentence));
}

caf::error not_a_duration(std::string_view text) {
  return not_a("a duration", text,
               "whole numbers with a unit (ms, s, m, h, d), e.g. 200ms, 5s, "
               "2h, 3d or 1h30m, at most 36500d");
}

caf::error not_a_size(std::string_view text) {
  return not_a("a size", text,
               "a whole number of bytes, or one with a unit (B, KiB, MiB, "
               "GiB, TiB), e.g. 64KiB or 1MiB");
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Takes the leading digits off `text`. Nothing on overflow or no digit.
std::optional<uint64_t> take_number(std::string_view& text) {
  uint64_t result = 0;
  auto end = text.data() + text.size();
  auto [rest, code] = std::from_chars(text.data(), end, result);
  if (code != std::errc{})
    return std::nullopt;
  text.remove_prefix(static_cast<size_t>(rest - text.data()));
  return result;
}

/// Takes the leading letters off `text`.
std::string_view take_word(std::string_view& text) {
  auto end = std::find_if_not(text.begin(), text.end(), is_letter);
  auto word = text.substr(0, static_cast<size_t>(end - text.begin()));
  text.remove_prefix(word.size());
  return word;
}

template <size_t N>
const unit* find_unit(const unit (&units)[N], std::string_view name) {
  auto i = std::find_if(std::begin(units), std::end(units),
                        [&](const unit& x) { return x.name == name; });
  return i == std::end(units) ? nullptr : i;
}

std::optional<uint64_t> multiply(uint64_t amount, uint64_t factor,
                                 uint64_t max) {
  if (amount > max / factor)
    return std::nullopt;
  return amount * factor;
}

/// Reads one part such as `30m`; its unit must come after `last`.
std::optional<uint64_t> take_part(std::string_view& text, const unit*& last) {
  auto amount = take_number(text);
  auto found = amount ? find_unit(time_units, take_word(text)) : nullptr;
  if (found == nullptr || (last != nullptr && found <= last))
    return std::nullopt;
  last = found;
  return multiply(*amount, found->factor, max_duration_ms);
}

std::optional<uint64_t> sum_of_parts(std::string_view text) {
  uint64_t total = 0;
  const unit* last = nullptr;
  do {
    auto part = take_part(text, last);
    if (!part)
      return std::nullopt;
    total += *part;
  } while (!text.empty());
  return total <= max_duration_ms ? std::optional{total} : std::nullopt;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

} // namespace

caf::expected<milliseconds> parse_duration(std::string_view text) {
  if (text == "0")
    return milliseconds{0};
  auto total = sum_of_parts(text);
  if (!total)
    return not_a_duration(text);
  return milliseconds{static_cast<milliseconds::rep>(*total)};
}

std::string print_duration(milliseconds value) {
  assert(value.count() >= 0);
  std::string result;
  auto left = static_cast<uint64_t>(value.count());
  for (auto& [name, factor] : time_units) {
    if (left >= factor)
      result.append(std::to_string(left / factor)).append(name);
    left %= factor;
  }
  return result.empty() ? "0s" : result;
}

caf::expected<uint64_t> parse_size(std::string_view text) {
  auto rest = text;
  auto amount = take_number(rest);
  auto found = find_unit(size_units, rest.empty() ? "B" : rest);
  if (!amount || found == nullptr)
    return not_a_size(text);
  auto bytes = multiply(*amount, found->factor, no_limit);
  if (!bytes)
    return not_a_size(text);
  return *bytes;
}

std::string print_size(uint64_t bytes) {
  for (auto& [name, factor] : size_units)
    if (factor > 1 && bytes >= factor && bytes % factor == 0)
      return std::to_string(bytes / factor).append(name);
  return std::to_string(bytes);
}

caf::expected<uint64_t> parse_count(std::string_view text, uint64_t min,
                                    uint64_t max) {
  auto rest = text;
  auto value = take_number(rest);
  if (!value || !rest.empty() || *value < min || *value > max)
    return not_a("accepted", text,
                 "a whole number from " + std::to_string(min) + " to "
                   + std::to_string(max));
  return *value;
}

caf::expected<double> parse_share(std::string_view text) {
  double value = 0;
  auto end = text.data() + text.size();
  auto [rest, code] = std::from_chars(text.data(), end, value);
  // Beginning with a digit, it is neither negative nor `nan` nor `inf`.
  auto whole = code == std::errc{} && rest == end && is_digit(text.front());
  if (!whole || value > 1)
    return not_a("accepted", text, "a number from 0 to 1, e.g. 0.2");
  return value;
}

std::string print_share(double value) {
  char buffer[32];
  auto [end, code] = std::to_chars(buffer, buffer + sizeof(buffer), value);
  assert(code == std::errc{});
  return {buffer, end};
}

caf::expected<bool> parse_bool(std::string_view text) {
  if (text == "true" || text == "false")
    return text == "true";
  return not_a("accepted", text, "true or false");
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> result;
  if (trim(text).empty())
    return result;
  for (size_t from = 0; from <= text.size();) {
    auto comma = std::min(text.find(',', from), text.size());
    result.emplace_back(trim(text.substr(from, comma - from)));
    from = comma + 1;
  }
  return result;
}

std::string join_list(const std::vector<std::string>& parts) {
  std::string result;
  for (auto& part : parts)
    result.append(result.empty() ? "" : ",").append(part);
  return result;
}

} // namespace herald
