#pragma once

#include "storage/model.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace herald {

/// Makes ULIDs (26 characters of Crockford's base 32): 48 bits of time, 80
/// random bits from OpenSSL. Those of one generator rise strictly, also within
/// a millisecond and when the clock goes back. One thread.
class ulid_generator {
public:
  ulid_generator();

  /// The next id; `now` must not be negative.
  std::string next(unix_ms now);

private:
  void draw();
  void count();

  unix_ms time_ = 0;
  std::array<uint8_t, 10> random_{};
};

} // namespace herald
