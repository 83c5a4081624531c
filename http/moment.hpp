#pragma once

#include "storage/model.hpp"

#include <caf/expected.hpp>

#include <optional>
#include <string_view>

namespace herald {

/// A point in time as people name it: `2026-01-31T12:00:00Z`, or so far back
/// from now, `2h`.
struct moment {
  bool is_back = false;
  int64_t ms = 0; ///< Since 1970, or before now.

  unix_ms at(unix_ms now) const { return is_back ? now - ms : ms; }

  bool operator==(const moment&) const = default;
};

/// A date and time of RFC 3339 (5.6) with any offset; digits behind the
/// milliseconds are cut off, and the leap second is the second after it.
/// Nothing for another text. Pure, any thread.
std::optional<unix_ms> parse_rfc3339(std::string_view text);

/// Either form; durations as in config/units.hpp. Errors: `invalid`, with a
/// sentence that quotes the text. Pure, any thread.
caf::expected<moment> parse_moment(std::string_view text);

} // namespace herald
