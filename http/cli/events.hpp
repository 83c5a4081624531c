#pragma once

#include "http/cli/listing.hpp"

#include <string>

namespace herald {

/// The pure parts of `herald events`.

/// Reads a page of events. Errors: `invalid` if it is no listing.
caf::expected<listing_rows> parse_event_page(const std::string& body);

/// What people read of one event, and what became of it: the node's answer in
/// words. `width` is that of the terminal, 0 for none. Errors: `invalid` if it
/// is no event.
caf::expected<std::string> event_report_text(const std::string& body,
                                             std::chrono::sys_seconds now,
                                             size_t width);

/// JSON that may have line ends between its parts, on one line. They cannot
/// stand within a string.
std::string on_one_line(std::string json);

} // namespace herald
