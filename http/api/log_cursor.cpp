#include "http/api/log_cursor.hpp"

#include <array>
#include <charconv>

namespace herald {

namespace {

// The version of the format, so that there can be another one.
constexpr std::string_view cursor_version = "1";
constexpr int base = 16;

std::optional<sequence> parse_position(std::string_view text) {
  sequence value = 0;
  auto end = text.data() + text.size();
  auto [stop, code] = std::from_chars(text.data(), end, value, base);
  if (code != std::errc{} || stop != end)
    return std::nullopt;
  return value;
}

} // namespace

std::string format_cursor(const log_positions& at) {
  std::string result{cursor_version};
  std::array<char, 16> digits{};
  for (auto position : at) {
    auto [end, code] = std::to_chars(
      digits.data(), digits.data() + digits.size(), position, base);
    result.append(".").append(digits.data(), end);
  }
  return result;
}

std::optional<log_positions> parse_cursor(std::string_view text, size_t logs) {
  log_positions result;
  if (!text.starts_with(cursor_version))
    return std::nullopt;
  text.remove_prefix(cursor_version.size());
  while (text.starts_with('.') && result.size() < logs) {
    text.remove_prefix(1);
    auto digits = text.substr(0, text.find('.'));
    auto position = parse_position(digits);
    if (!position)
      return std::nullopt;
    result.push_back(*position);
    text.remove_prefix(digits.size());
  }
  if (!text.empty() || result.size() != logs)
    return std::nullopt;
  return result;
}

} // namespace herald
