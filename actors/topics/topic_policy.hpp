#pragma once

#include "config/config.hpp"
#include "storage/topic.hpp"

#include <string>

namespace herald {

/// Why policy (`--topics-allow`) refuses a subscription to `what`, or empty.
/// A pattern is a glob over a URL as it is, or over a normalised predicate
/// with or without its `.*`. Pure, any thread.
std::string denial(const topic& what, const topics_config& policy);

} // namespace herald
