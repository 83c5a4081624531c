#include "http/json/text.hpp"

#include <nlohmann/json.hpp>

namespace herald {

std::string dump(const nlohmann::ordered_json& value) {
  using nlohmann::json;
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace herald
