#pragma once

#include "storage/model.hpp"

#include <caf/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// How much of an answer is kept, and what is too much.
struct answer_limits {
  size_t max_body = 0;      ///< Bytes; a longer body ends the parsing.
  size_t keep_body = 0;     ///< Bytes of the body's start that are kept.
  bool keep_fields = false; ///< Keep every header field.
};

/// What was received of an answer.
struct answer {
  uint16_t status = 0; ///< 0 until the header is complete.
  /// Of the status line alone, whatever comes behind it; 0 until it is complete
  /// or if it is interim (1xx).
  uint16_t status_line = 0;
  std::string retry_after;
  std::string body;
  std::vector<field> fields; ///< Names in lower case.
  size_t body_bytes = 0;     ///< Received, kept or not.
};

/// Takes the content codings off the body, which was kept as a whole: identity
/// was asked for, but some servers do not care. errc::refused, errc::too_large
/// and errc::invalid as `decode_content` says.
caf::error take_codings_off(answer& from, size_t max_body);

/// Parses the answers on one connection, one after the other, as the bytes
/// arrive (RFC 9112). Interim answers (1xx) are skipped. Allocates nothing per
/// answer but for what is kept. Not thread-safe.
class answer_parser {
public:
  /// The answer header's limit, in bytes: start line and fields.
  static constexpr size_t max_header = 16 * 1024;

  /// Interim answers before a final one.
  static constexpr unsigned max_interim = 16;

  /// Kept of a Retry-After field, in bytes.
  static constexpr size_t max_retry_after = 64;

  enum class progress : uint8_t {
    more,     ///< Bytes are missing.
    done,     ///< The answer is complete.
    too_long, ///< The body exceeds its limit.
    broken    ///< Not HTTP; see `reason`.
  };

  answer_parser();
  answer_parser(const answer_parser&) = delete;
  answer_parser& operator=(const answer_parser&) = delete;
  ~answer_parser();

  /// Expects a new answer.
  void start(const answer_limits& limits);

  /// Takes bytes; `used` says how many. What is not used must be offered again
  /// with more bytes after it; a header must be offered as a whole.
  progress feed(std::string_view bytes, size_t& used);

  /// The peer closed the connection: `done` if that is how this answer ends.
  progress finish();

  /// Whether the connection may be used again. Meaningful once done.
  bool keep_alive() const;

  /// Why it is broken, for people.
  std::string reason() const;

  answer& result();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace herald
