#pragma once

#include <caf/error.hpp>
#include <caf/make_message.hpp>

#include <cstdint>
#include <string>

namespace herald {

/// Why an operation failed. One set of codes for every layer; the text that
/// goes with a code (see `fail`) names the field, file or record and the rule.
enum class errc : uint8_t {
  invalid = 1,  ///< Bad input; the text names the field and the rule.
  refused,      ///< Well formed, but policy forbids it.
  not_found,    ///< No such subscription, event or partition.
  conflict,     ///< The revision differs from the expected one.
  fenced,       ///< A newer owner has this partition; nothing was written.
  overloaded,   ///< A bound is reached; try again later.
  unavailable,  ///< The store did not answer: the outcome is unknown.
  full,         ///< No space left on the device; nothing was written.
  permission,   ///< The operating system denied access.
  busy,         ///< The store is in use by another process.
  corrupt,      ///< A stored record cannot be read; the text names it.
  incompatible, ///< The store was written by an unknown format version.
  timeout,      ///< A deadline passed.
  unreachable,  ///< Name resolution, connection or TLS handshake failed.
  too_large,    ///< A size limit is exceeded.
  stopping,     ///< The node is shutting down.
};

/// The code's name as it stands in logs and answers, e.g. `not_found`.
std::string to_string(errc code);

} // namespace herald

CAF_ERROR_CODE_ENUM(herald::errc, "herald")

namespace herald {

/// Makes the error `code` with a sentence for people.
caf::error fail(errc code, std::string sentence);

/// The sentence inside `err`, or CAF's own description of foreign errors.
std::string describe(const caf::error& err);

/// The code inside `err`; `unavailable` for errors that are not ours, because
/// an error of the runtime says nothing about what happened.
errc code_of(const caf::error& err);

} // namespace herald
