#include "http/front_end/publisher_quotas.hpp"

#include <algorithm>

namespace herald {

namespace {

using namespace std::chrono_literals;
using clock_duration = publisher_quotas::time_point::duration;

constexpr auto burst = 1s;

/// How long `amount` takes at so many a second.
clock_duration time_of(uint64_t amount, uint64_t per_second) {
  if (per_second == 0)
    return {};
  return std::chrono::duration_cast<clock_duration>(
    std::chrono::duration<double>(static_cast<double>(amount)
                                  / static_cast<double>(per_second)));
}

} // namespace

// A bucket is kept as the time at which it is full again: it is empty a burst
// before that.
std::optional<milliseconds> publisher_quotas::take(std::string_view who,
                                                   uint64_t events,
                                                   uint64_t bytes,
                                                   time_point now) {
  std::lock_guard guard{mutex_};
  auto& owed = of(who, now);
  auto due = std::max(owed.events, owed.bytes);
  if (due - now >= burst)
    return std::chrono::ceil<milliseconds>(due - now - burst) + 1ms;
  owed.events = std::max(owed.events, now) + time_of(events, limits_.events);
  owed.bytes = std::max(owed.bytes, now) + time_of(bytes, limits_.bytes);
  return std::nullopt;
}

publisher_quotas::debts& publisher_quotas::of(std::string_view who,
                                              time_point now) {
  auto found = known_.find(std::string{who});
  if (found != known_.end())
    return found->second;
  if (known_.size() >= max_publishers)
    std::erase_if(known_, [&](auto& each) {
      return each.second.events <= now && each.second.bytes <= now;
    });
  if (known_.size() >= max_publishers)
    return others_;
  return known_[std::string{who}];
}

} // namespace herald
