#include "http/exchange.hpp"

#include <algorithm>

namespace herald {

std::string_view http_request::value(std::string_view name) const {
  auto i = std::find_if(fields.begin(), fields.end(),
                        [&](const field& x) { return x.first == name; });
  return i == fields.end() ? std::string_view{} : std::string_view{i->second};
}

} // namespace herald
