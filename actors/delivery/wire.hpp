#pragma once

#include "storage/model.hpp"
#include "storage/target.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace herald {

/// How a delivery looks on the wire (docs/http-api.md, Deliveries; WebSub 7). A
/// request is three parts, each made as seldom as it can be: per subscription,
/// per event, per attempt. Pure functions, any thread.

/// Per subscription: request line, Host, User-Agent, Herald-Subscription and
/// the headers of its policy.
std::shared_ptr<const std::string> subscription_head(const target& to,
                                                     const subscription& who);

/// Per event: Content-Type if there is one, Content-Length, Link (self first),
/// Herald-Topic for a predicate, webhook-id, Herald-Hops and the fields that
/// travel with the event. `hub_url` is the advertised hub. Nothing in an event
/// can end a field: a control character becomes a blank, a field without a
/// proper name is left out.
std::string event_fields(const event& what, std::string_view hub_url);

/// Per attempt: Herald-Attempt and, with a secret, X-Hub-Signature and the
/// signature of Standard Webhooks for the time `now`.
std::string attempt_fields(const subscription& who, const event& what,
                           uint32_t attempt, unix_ms now);

/// The value of X-Hub-Signature: `method=hex` over the exact bytes.
std::string hub_signature(signature_method method, std::string_view secret,
                          std::string_view body);

/// The value of webhook-signature: `v1,base64` over `id.timestamp.body`. A
/// secret `whsec_BASE64` means those bytes (padding may be left out), any other
/// secret means itself.
std::string standard_signature(std::string_view secret, std::string_view id,
                               int64_t timestamp, std::string_view body);

/// False for a `whsec_` secret with something else than base64 and its padding
/// behind it (RFC 4648, 4): hardly a receiver's library could verify with it.
bool is_usable_secret(std::string_view secret);

/// The bytes that `text` encodes (RFC 4648, 4); nothing where it is not base64.
/// Padding may be left out: receivers' libraries read such secrets too.
std::optional<std::string> decode_base64(std::string_view text);

/// A predicate as the value of Herald-Topic: percent-encoded like that, and `%`
/// as well, so that decoding it once gives the predicate.
std::string encode_topic(std::string_view text);

/// `text` with control characters, blanks, quotes, angle brackets and every
/// non-ASCII byte percent-encoded: safe within a header field.
std::string percent_encode_field(std::string_view text);

} // namespace herald
