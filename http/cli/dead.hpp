#pragma once

#include "http/cli/listing.hpp"

namespace herald {

/// The pure parts of `herald dead`.

/// Reads a page of dead letters; times are shown relative to `now`. Errors:
/// `invalid` if it is no listing.
caf::expected<listing_rows> parse_dead_page(const std::string& body,
                                            std::chrono::sys_seconds now);

/// What people read when the node has redelivered: its answer in words. Errors:
/// `invalid` if it is none.
caf::expected<std::string> redelivery_line(const std::string& body);

} // namespace herald
