#pragma once

#include "http/exchange.hpp"
#include "http/problem.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace herald {

/// Reads requests from bytes, one after another: framing, limits, and what
/// HTTP demands of a server (RFC 9112). Knows no socket. One thread.
class request_reader {
public:
  enum class step {
    more,     ///< All usable bytes are used; give more.
    complete, ///< `request()` may be taken.
    failed,   ///< `why()` says it; the connection cannot go on.
  };

  /// `header_bytes`: request line and fields, 431 above. `body_bytes`: 413
  /// above, by Content-Length before the body is read.
  request_reader(size_t header_bytes, size_t body_bytes);
  ~request_reader();
  request_reader(request_reader&&) = delete;

  /// Forgets the request and begins the next one.
  void restart();

  /// Reads from `bytes` up to the end of the request; `used` says how many
  /// bytes need not be given again.
  step feed(std::string_view bytes, size_t& used);

  /// What has been read so far, complete only after `step::complete`.
  http_request& request();

  const refusal& why() const;

  /// The fields have been read.
  bool has_header() const;

  /// They have been read and HTTP finds nothing wrong with them, though the
  /// body may be too large.
  bool has_sound_head() const;

  /// The client waits for `100 Continue` before it sends the body.
  bool expects_continue() const;

  /// The client and its version of HTTP allow another request.
  bool keep_alive() const;

  bool is_http_1_0() const;

  /// The body's length as announced, or the most it can be.
  size_t expected_body() const;

private:
  class implementation;
  std::unique_ptr<implementation> impl_;
};

} // namespace herald
