#include "http/api/cloud_event_types.hpp"

#include "config/text.hpp"
#include "config/uri.hpp"

#include <boost/url/url_view.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace herald {

namespace {

namespace urls = boost::urls;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

// `text` must be well-formed UTF-8 and not empty.
char32_t take_code_point(std::string_view& text) {
  auto lead = static_cast<uint8_t>(text.front());
  size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t result = length == 1 ? lead : lead & (0x7f >> length);
  for (size_t i = 1; i < length; ++i)
    result = result << 6 | (static_cast<uint8_t>(text[i]) & 0x3f);
  text.remove_prefix(length);
  return result;
}

bool is_forbidden(char32_t c) {
  auto is_noncharacter = (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || is_noncharacter;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || lower(text.front()) != c)
    return false;
  text.remove_prefix(1);
  return true;
}

// Takes a number of exactly `digits` digits; -1 if there is none.
int take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits
      || !std::all_of(text.begin(), text.begin() + digits, is_digit))
    return -1;
  int result = 0;
  for (auto c : text.substr(0, digits))
    result = result * 10 + (c - '0');
  text.remove_prefix(digits);
  return result;
}

bool take_date(std::string_view& text) {
  namespace chrono = std::chrono;
  auto year = take_number(text, 4);
  auto month = take(text, '-') ? take_number(text, 2) : -1;
  auto day = take(text, '-') ? take_number(text, 2) : -1;
  return year >= 0 && month > 0 && day > 0
         && chrono::year_month_day{chrono::year{year},
                                   chrono::month(static_cast<unsigned>(month)),
                                   chrono::day(static_cast<unsigned>(day))}
              .ok();
}

bool take_hour_and_minute(std::string_view& text) {
  auto hour = take_number(text, 2);
  auto minute = take(text, ':') ? take_number(text, 2) : -1;
  return hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
}

// A leap second is the 60th.
bool take_second(std::string_view& text) {
  auto second = take(text, ':') ? take_number(text, 2) : -1;
  if (second < 0 || second > 60)
    return false;
  if (!take(text, '.'))
    return true;
  auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  auto digits = static_cast<size_t>(end - text.begin());
  text.remove_prefix(digits);
  return digits > 0;
}

bool take_offset(std::string_view& text) {
  return take(text, 'z')
         || ((take(text, '+') || take(text, '-'))
             && take_hour_and_minute(text));
}

// Nothing where a quoted string does not end.
std::optional<std::string> unquoted(std::string_view text) {
  std::string result;
  bool quoted = false;
  bool escaped = false;
  for (auto c : text) {
    if (!escaped && c == '"')
      quoted = !quoted;
    else if (quoted && !escaped && c == '\\')
      escaped = true;
    else {
      result += c;
      escaped = false;
    }
  }
  return quoted ? std::nullopt : std::optional{std::move(result)};
}

int hex_value(char c) {
  if (is_digit(c))
    return c - '0';
  auto letter = lower(c);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// A percent sign that begins no escape stays: many publishers escape nothing.
std::string decode(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    auto is_escape = text[i] == '%' && i + 2 < text.size()
                     && hex_value(text[i + 1]) >= 0
                     && hex_value(text[i + 2]) >= 0;
    if (!is_escape) {
      result += text[i];
      continue;
    }
    result += static_cast<char>(hex_value(text[i + 1]) * 16
                                + hex_value(text[i + 2]));
    i += 2;
  }
  return result;
}

} // namespace

bool is_attribute_name(std::string_view text) {
  return !text.empty() && text != "data"
         && std::all_of(text.begin(), text.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || is_digit(c);
            });
}

bool is_attribute_text(std::string_view text) {
  if (!is_utf8(text))
    return false;
  while (!text.empty())
    if (is_forbidden(take_code_point(text)))
      return false;
  return true;
}

bool is_timestamp(std::string_view text) {
  return take_date(text) && take(text, 't') && take_hour_and_minute(text)
         && take_second(text) && take_offset(text) && text.empty();
}

bool is_uri_reference(std::string_view text) {
  std::string copy{text};
  return !text.empty() && parse_uri_reference(copy).has_value();
}

bool is_uri(std::string_view text) {
  std::string copy{text};
  return parse_uri(copy).has_value();
}

bool is_media_type(std::string_view text) {
  text = trimmed(text.substr(0, text.find(';')));
  auto slash = text.find('/');
  return slash != std::string_view::npos && is_token(text.substr(0, slash))
         && is_token(text.substr(slash + 1));
}

bool is_base64(std::string_view text) {
  auto digits = text.find_last_not_of('=') + 1;
  return text.size() % 4 == 0 && text.size() - digits <= 2
         && std::all_of(text.begin(), text.begin() + digits, [](char c) {
              return is_letter(c) || is_digit(c) || c == '+' || c == '/';
            });
}

std::optional<attribute_field> read_attribute(std::string_view field_value) {
  auto raw = unquoted(field_value);
  if (!raw)
    return std::nullopt;
  auto decoded = decode(*raw);
  if (!is_utf8(decoded))
    return std::nullopt;
  return attribute_field{std::move(*raw), std::move(decoded)};
}

} // namespace herald
