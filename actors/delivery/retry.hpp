#pragma once

#include "config/config.hpp"
#include "storage/model.hpp"

#include <optional>
#include <random>
#include <string_view>

namespace herald {

/// When a failed delivery is tried again. Pure functions, any thread; a source
/// of random numbers is its caller's.

/// What the node's configuration and a subscription's policy come to.
retry_config retries_of(const retry_config& node,
                        const delivery_policy& policy);

/// The next random number of `source` as a share, in [0, 1): the `random` of
/// the functions below. One step of `source`, whatever comes out.
double random_share(std::minstd_rand& source);

/// The delay after `attempts` failed attempts (>= 1): that entry of the
/// schedule, the last one repeating, times 1 +- jitter. `random` is in [0, 1).
milliseconds retry_delay(const retry_config& policy, uint32_t attempts,
                         double random);

/// The delay that a Retry-After field asks for at `now`: seconds or an HTTP
/// date (RFC 9110, 10.2.3). Nothing if it is senseless: not a number, not a
/// date, or in the past.
std::optional<milliseconds> parse_retry_after(std::string_view value,
                                              unix_ms now);

/// When to try again, `asked` (a Retry-After) being the minimum. Nothing: that
/// moment is past the event's maximum age, and the job has to be given up.
std::optional<unix_ms> next_due(const retry_config& policy, uint32_t attempts,
                                unix_ms accepted_at, unix_ms now,
                                std::optional<milliseconds> asked,
                                double random);

} // namespace herald
