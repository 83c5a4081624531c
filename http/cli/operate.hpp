#pragma once

#include "http/cli/flags.hpp"
#include "http/cli/node_client.hpp"

#include <caf/expected.hpp>

#include <string>

namespace herald {

/// What the commands that work on one subscription have in common.

/// The path of a subscription on its node, or of what is below it (`name` such
/// as `/dead`).
std::string subscription_path(const std::string& id, const std::string& name);

/// Sends a request about a subscription, with a body of JSON unless it is
/// empty, and waits for the answer. Errors: as `node_client::make` and
/// `node_client::exchange`; `refused` with the node's own sentence for an
/// answer that is no success.
caf::expected<http_response> operate(const client_settings& to,
                                     const std::string& method,
                                     const std::string& id,
                                     const std::string& name,
                                     const std::string& body);

/// The same over a connection that is there.
caf::expected<http_response>
operate(node_client& node, const std::string& method, const std::string& id,
        const std::string& name, const std::string& body);

} // namespace herald
