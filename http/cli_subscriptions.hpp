#pragma once

#include "http/terminal.hpp"

#include <caf/expected.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace herald {

/// The pure parts of `herald subscriptions`.

/// One page of a listing.
struct subscription_rows {
  table shown;
  std::vector<std::string> json; ///< Each item as it came.
  std::string next;              ///< The cursor; empty: no more.
};

/// Reads a page; times are shown relative to `now`. Errors: `invalid` if it is
/// no listing.
caf::expected<subscription_rows>
parse_subscription_page(const std::string& body, std::chrono::sys_seconds now);

/// `2026-01-31T12:00:00.000Z`; nothing if it is no such time.
std::optional<std::chrono::sys_seconds> parse_time(const std::string& text);

} // namespace herald
