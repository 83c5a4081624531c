#include "actors/spreader/breaker.hpp"

#include "actors/delivery/retry.hpp"

#include <algorithm>

namespace herald {

void note_failure(condition& how, strike what, unix_ms now,
                  const breaker_config& policy, const retry_config& retries,
                  double random) {
  if (how.failures++ == 0)
    how.since = now;
  how.last_attempt = now;
  auto was_open = how.open_until != 0;
  auto trips = policy.failures != 0 && how.failures >= policy.failures
               && what == strike::broken;
  if (!was_open && !trips)
    return;
  // Attempts that left together fail together: they are one probe.
  if (how.open_until > now)
    return;
  ++how.probes;
  auto pause
    = std::min(retry_delay(retries, how.probes, random), policy.max_pause);
  how.open_until = now + std::max<int64_t>(pause.count(), 1);
}

bool is_open(const condition& how, unix_ms now) {
  return how.open_until > now;
}

} // namespace herald
