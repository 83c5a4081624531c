#include "config/config.hpp"

namespace herald {

using namespace std::chrono_literals;

std::string endpoint::to_string() const {
  auto v6 = host.find(':') != std::string::npos;
  auto name = v6 ? "[" + host + "]" : host;
  return name + ":" + std::to_string(port);
}

retry_config::retry_config()
  : schedule{5s, 30s, 2min, 10min, 30min, 1h, 2h, 4h, 8h} {
  // nop
}

} // namespace herald
