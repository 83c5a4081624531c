#pragma once

#include "config/config.hpp"
#include "storage/model.hpp"

namespace herald {

/// The circuit breaker of a subscriber. It opens after so many failures in a
/// row; then one attempt is made after each pause, a probe, until one succeeds.
/// The pauses follow the schedule of the retries, up to the configured maximum.
/// Pure functions, any thread.

/// How an attempt failed, as far as the breaker cares.
enum class strike : uint8_t {
  broken, ///< Counts.
  busy,   ///< 429: it lives and asks for patience. Opens nothing.
};

/// Notes a failed attempt. `random` is in [0, 1).
void note_failure(condition& how, strike what, unix_ms now,
                  const breaker_config& policy, const retry_config& retries,
                  double random);

/// True while nothing may be sent.
bool is_open(const condition& how, unix_ms now);

} // namespace herald
