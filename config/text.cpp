#include "config/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>

namespace herald {

namespace {

// The length of the sequence that `lead` begins, and the smallest second byte
// and the largest: overlong forms, surrogates and numbers beyond Unicode are
// told by the second byte.
struct sequence_rule {
  size_t length = 0;
  uint8_t low = 0x80;
  uint8_t high = 0xbf;
};

sequence_rule rule_of(uint8_t lead) {
  if (lead < 0x80)
    return {1};
  if (lead < 0xc2 || lead > 0xf4)
    return {0};
  if (lead < 0xe0)
    return {2};
  if (lead < 0xf0)
    return {3, uint8_t(lead == 0xe0 ? 0xa0 : 0x80),
            uint8_t(lead == 0xed ? 0x9f : 0xbf)};
  return {4, uint8_t(lead == 0xf0 ? 0x90 : 0x80),
          uint8_t(lead == 0xf4 ? 0x8f : 0xbf)};
}

bool continues(std::string_view text, const sequence_rule& rule) {
  if (rule.length == 0 || rule.length > text.size())
    return false;
  for (size_t i = 1; i < rule.length; ++i) {
    auto byte = static_cast<uint8_t>(text[i]);
    if (byte < (i == 1 ? rule.low : 0x80) || byte > (i == 1 ? rule.high : 0xbf))
      return false;
  }
  return true;
}

} // namespace

bool is_token(std::string_view text) {
  constexpr std::string_view accepted = "!#$%&'*+-.^_`|~0123456789"
                                        "abcdefghijklmnopqrstuvwxyz"
                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return !text.empty()
         && text.find_first_not_of(accepted) == std::string_view::npos;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    auto rule = rule_of(static_cast<uint8_t>(text.front()));
    if (!continues(text, rule))
      return false;
    text.remove_prefix(rule.length);
  }
  return true;
}

bool holds_control(std::string_view text) {
  constexpr char c1_lead = '\xc2';
  for (size_t i = 0; i < text.size(); ++i) {
    auto next
      = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (is_control(text[i])
        || (text[i] == c1_lead && next >= 0x80 && next < 0xa0))
      return true;
  }
  return false;
}

std::string lowered(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::string_view trimmed(std::string_view text) {
  auto first = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

// Remembers the last star and goes back to it: no recursion, and never more
// than |pattern| * |text| steps.
bool glob_matches(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  auto star = std::string_view::npos;
  size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size()
               && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::string rfc3339(int64_t unix_ms) {
  auto ms = (unix_ms % 1000 + 1000) % 1000;
  std::time_t seconds = (unix_ms - ms) / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  auto length = std::strftime(text.data(), text.size(), "%FT%T", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ",
                static_cast<int>(ms));
  return std::string(text.data(), length) + fraction.data();
}

} // namespace herald
