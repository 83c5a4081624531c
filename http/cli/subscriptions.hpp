#pragma once

#include "http/cli/listing.hpp"

namespace herald {

/// The pure parts of `herald subscriptions`.

/// Reads a page; times are shown relative to `now`. Errors: `invalid` if it is
/// no listing.
caf::expected<listing_rows>
parse_subscription_page(const std::string& body, std::chrono::sys_seconds now);

} // namespace herald
