#include "config/version.hpp"

namespace herald {

std::string_view version() noexcept {
  return HERALD_VERSION;
}

} // namespace herald
