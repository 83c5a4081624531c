#pragma once

#include "storage/model.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// A place in all logs at once: per log, everything up to here was seen.
using log_positions = std::vector<sequence>;

/// The cursor that people get for it: opaque, URL-safe. Pure, any thread.
std::string format_cursor(const log_positions& at);

/// The reverse. Nothing for another text, or one for another number of logs.
/// Pure, any thread.
std::optional<log_positions> parse_cursor(std::string_view text, size_t logs);

} // namespace herald
