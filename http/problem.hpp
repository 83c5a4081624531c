#pragma once

#include "http/exchange.hpp"

#include <caf/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald {

/// Why a request is not done, before it is put into the words of an entrance.
struct refusal {
  unsigned status = 400;
  std::string sentence;          ///< For people; names the field.
  std::string field;             ///< What was wrong, or empty.
  std::optional<uint64_t> limit; ///< The bound that was exceeded.
  unsigned retry_after = 0;      ///< Seconds; 0: no Retry-After.
  std::string allow;             ///< Of a 405: the methods.
};

/// A 400. `sentence` names the rule; `name` is the field, or empty.
refusal bad_request(std::string name, std::string sentence);

/// Seconds after which a client may try again when a bound was reached, and
/// when the store or the node is not able to answer.
inline constexpr unsigned retry_overloaded_s = 1;
inline constexpr unsigned retry_unavailable_s = 5;

/// A request to publish that came too far around (RFC 5842, 7.2).
inline constexpr unsigned status_loop_detected = 508;

/// The standard phrase of a status, e.g. `Not Found`.
std::string_view reason_phrase(unsigned status);

/// What an error of the engine means to a client.
refusal to_refusal(const caf::error& err);

/// `application/problem+json` (RFC 9457); its type is
/// `urn:herald:problem:NAME`.
http_response problem_response(const refusal& why);

/// One sentence in text/plain (WebSub 5.1.2).
http_response text_response(const refusal& why);

/// One error in intergov's shape; `source` is JSON already.
http_response intergov_error(unsigned status, std::string_view code,
                             std::string_view title, std::string_view detail,
                             std::string_view source);

/// The refusal in the words of the entrance that was used: text/plain for
/// `/hub`, intergov's JSON for `POST /subscriptions` unless JSON was sent, else
/// problem+json.
http_response refuse(const http_request& request, const refusal& why);

} // namespace herald
