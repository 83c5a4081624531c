#pragma once

#include <caf/expected.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace herald {

/// Limit on the length of a callback or topic URL, in bytes.
inline constexpr size_t max_url_bytes = 2048;

/// A URL taken apart for sending requests to it, made once per subscription.
/// Immutable after `parse_target`, so any thread may read it.
struct target {
  bool tls = false;
  std::string host;      ///< Name or address, no brackets: for DNS and SNI.
  uint16_t port = 0;     ///< Explicit or the scheme's default.
  std::string origin;    ///< `scheme://host:port`, lower case: the pool's key.
  std::string authority; ///< The Host field: as given, without user info.
  std::string path;      ///< Request target, byte for byte, with its query.
};

using target_ptr = std::shared_ptr<const target>;

/// Parses an absolute http or https URL: the one URL validator that every
/// entrance uses. Refused with errc::invalid and a sentence that says the rule:
/// another scheme, no host, a fragment, control characters or spaces, user
/// info, port 0 or over 65535, bad percent-encoding, over `max_url_bytes`. An
/// empty path becomes `/`; nothing else is changed (WebSub 5.1.1).
/// Pure, any thread.
caf::expected<target> parse_target(std::string_view text);

/// What `parse_target` says of a text, without taking it apart: a plain URL
/// (letters and digits as host, nothing escaped) is known at a glance.
/// Pure, any thread.
caf::error check_target(std::string_view text);

} // namespace herald
