#pragma once

#include "config/config.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace herald {

/// How `herald receive` answers deliveries that it is told not to take:
/// `CODE` for all, `CODE:N` for the first N.
struct answer_rule {
  unsigned status = 200;
  uint64_t left = UINT64_MAX; ///< Deliveries that still get `status`.

  /// The status of the next delivery; 200 when the rule is used up.
  unsigned next();
};

/// CODE is 200..599, N is at least 1. Errors: `invalid`.
caf::expected<answer_rule> parse_answer_rule(std::string_view text);

struct receive_settings {
  endpoint listen{"127.0.0.1", 0};
  std::string secret; ///< What is not signed with it is refused; empty: none.
  std::string topic;  ///< What is of another is refused; empty: any.
  answer_rule rule;
  milliseconds delay{0};
  bool quiet = false;
  bool json = false;
};

} // namespace herald
