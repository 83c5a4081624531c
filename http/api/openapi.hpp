#pragma once

#include <string_view>

namespace herald {

/// The description of all routes, OpenAPI 3.1: http/openapi.json.
std::string_view openapi_text();

} // namespace herald
