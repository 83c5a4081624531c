#pragma once

#include <string>
#include <string_view>

namespace herald {

/// Bytes and ASCII, whatever the locale. Pure functions, any thread.

/// An ASCII capital's small letter; any other byte as it is.
constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// True for the ASCII control characters.
constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// True if `text` holds a control character: an ASCII one, or one of C1
/// (U+0080 to U+009F), which in UTF-8 is two bytes.
bool holds_control(std::string_view text);

/// `text` with the ASCII capitals lowered.
std::string lowered(std::string_view text);

/// True if `text` is a token, such as the name of a field (RFC 9110, 5.6.2).
bool is_token(std::string_view text);

/// True if `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);

/// `text` without spaces and tabs at its ends.
std::string_view trimmed(std::string_view text);

/// True if `text` matches `pattern`, in which `*` stands for any bytes and `?`
/// for one byte.
bool glob_matches(std::string_view pattern, std::string_view text);

/// Milliseconds since 1970 as `2026-01-31T12:00:00.000Z` (RFC 3339).
std::string rfc3339(int64_t unix_ms);

} // namespace herald
