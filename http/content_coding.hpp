#pragma once

#include <caf/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace herald {

/// Content codings (RFC 9110, 8.4.1): what a Content-Encoding says of a body.
/// Pure functions, any thread.

/// The codings that can be read, as an Accept-Encoding says them.
inline constexpr std::string_view readable_codings = "gzip, deflate";

/// Codings that one body may have, one around the other.
inline constexpr size_t max_codings = 4;

/// True if `codings` says that the body is as it looks: nothing, or `identity`.
bool is_plain(std::string_view codings);

/// The content behind `codings`, a comma list in the order in which they were
/// put on: gzip (x-gzip) and deflate, which is with or without zlib's frame.
/// Takes at most `max` bytes of memory more than the body for each of them.
/// errc::refused for another coding or too many, errc::too_large above `max`,
/// errc::invalid for what is broken or has something behind its end; each
/// sentence goes on after "The body".
caf::expected<std::string> decode_content(std::string_view body,
                                          std::string_view codings, size_t max);

} // namespace herald
