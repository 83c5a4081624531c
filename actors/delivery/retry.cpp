#include "actors/delivery/retry.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <ctime>
#include <string>

namespace herald {

namespace {

/// Seconds since 1970 of an HTTP date, e.g. `Sun, 06 Nov 1994 08:49:37 GMT`, or
/// in one of the old forms that must be understood too (RFC 9110, 5.6.7).
std::optional<int64_t> parse_http_date(const std::string& text) {
  for (auto form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                    "%a %b %e %H:%M:%S %Y"}) {
    std::tm parts{};
    auto end = strptime(text.c_str(), form, &parts);
    if (end != nullptr && *end == '\0')
      return timegm(&parts);
  }
  return std::nullopt;
}

} // namespace

retry_config retries_of(const retry_config& node,
                        const delivery_policy& policy) {
  auto result = node;
  if (!policy.retry_schedule.empty())
    result.schedule = policy.retry_schedule;
  result.max_age = policy.retry_max_age.value_or(node.max_age);
  return result;
}

double random_share(std::minstd_rand& source) {
  return static_cast<double>(source() - source.min())
         / (static_cast<double>(source.max() - source.min()) + 1);
}

milliseconds retry_delay(const retry_config& policy, uint32_t attempts,
                         double random) {
  assert(attempts >= 1 && !policy.schedule.empty());
  assert(random >= 0 && random < 1);
  auto last = policy.schedule.size() - 1;
  auto base = policy.schedule[std::min<size_t>(attempts - 1, last)];
  auto factor = 1 + policy.jitter * (2 * random - 1);
  return milliseconds{
    static_cast<int64_t>(static_cast<double>(base.count()) * factor)};
}

std::optional<milliseconds> parse_retry_after(std::string_view value,
                                              unix_ms now) {
  // Far beyond any maximum age; keeps the arithmetic from overflowing.
  constexpr int64_t longest_seconds = 10LL * 365 * 24 * 3600;
  int64_t seconds = 0;
  auto end = value.data() + value.size();
  auto [stop, err] = std::from_chars(value.data(), end, seconds);
  if (err == std::errc::result_out_of_range && value[0] != '-')
    return milliseconds{longest_seconds * 1000};
  if (err == std::errc{} && stop == end) {
    if (seconds < 0)
      return std::nullopt;
    return milliseconds{std::min(seconds, longest_seconds) * 1000};
  }
  auto date = parse_http_date(std::string{value});
  if (!date || *date * 1000 <= now)
    return std::nullopt;
  return milliseconds{*date * 1000 - now};
}

std::optional<unix_ms> next_due(const retry_config& policy, uint32_t attempts,
                                unix_ms accepted_at, unix_ms now,
                                std::optional<milliseconds> asked,
                                double random) {
  auto delay = retry_delay(policy, attempts, random);
  if (asked)
    delay = std::max(delay, *asked);
  auto due = now + delay.count();
  if (due > accepted_at + policy.max_age.count())
    return std::nullopt;
  return due;
}

} // namespace herald
