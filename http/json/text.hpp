#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>

namespace herald {

/// How deep a JSON text that comes in may be nested.
inline constexpr size_t max_json_depth = 256;

/// `value` on one line. Bytes that are no UTF-8 are replaced by U+FFFD. Pure,
/// any thread.
std::string dump(const nlohmann::ordered_json& value);

} // namespace herald
