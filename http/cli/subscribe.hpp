#pragma once

#include "http/cli/node_client.hpp"

#include <caf/expected.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace herald {

/// What `herald subscribe` and `herald unsubscribe` ask for.
struct subscribe_wish {
  bool subscribe = true;
  std::string topic;
  std::string callback;
  std::string secret;
  std::chrono::seconds lease{0}; ///< 0: the node's default.
};

/// The request to `/hub` (WebSub 5.1).
node_request hub_request(const subscribe_wish& what);

/// `TOPIC CALLBACK [SECRET]`, separated by blanks, with secret and lease of
/// `otherwise` where the line has none. Errors: `invalid`.
caf::expected<subscribe_wish> parse_wish(std::string_view line,
                                         const subscribe_wish& otherwise);

/// Sends the request; errors with the node's own sentence.
caf::error request_subscription(node_client& node, const subscribe_wish& what);

/// Asks the node until the subscription is there and verified, or gone, as
/// wished. A subscription that was active before counts as verified. Errors:
/// `refused` (the verification failed), `timeout`, and those of the node.
caf::error await_subscription(node_client& node, const subscribe_wish& what,
                              std::chrono::milliseconds timeout);

/// The state of (topic, callback) in a listing's JSON, empty if it is not in
/// it.
std::string listed_state(const std::string& listing, std::string_view callback);

} // namespace herald
