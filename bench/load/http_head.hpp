#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace herald::bench {

/// The head of an HTTP/1.1 message, as much of it as a benchmark needs.
struct http_head {
  std::string_view first_line; ///< Without its line end.
  std::string_view text;       ///< All of it, as it came.
  size_t size = 0;             ///< Bytes, the empty line included.
  size_t content_length = 0;   ///< 0 if there is no such field.
  bool chunked = false;        ///< Has a Transfer-Encoding: not supported here.
};

/// Finds the head at the start of `input` in one pass; nothing if it is not
/// complete. The views point into `input`.
std::optional<http_head> parse_head(std::string_view input);

/// `GET` of `GET /path HTTP/1.1`; empty if there is none.
std::string_view method_of(std::string_view request_line);

/// `/path?query` of `GET /path?query HTTP/1.1`; empty if there is none.
std::string_view target_of(std::string_view request_line);

/// The status code of `HTTP/1.1 200 OK`; 0 if it is no status line.
int status_of(std::string_view status_line);

} // namespace herald::bench
