#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace herald {

/// What a request that waits may claim.
enum class client_claim : uint8_t {
  first, ///< A first try whose listener has nothing in flight there; a fetch.
  more,  ///< Another first try beside those in flight.
  again, ///< Its subscriber's last attempt failed.
};

inline constexpr std::array client_claims{
  client_claim::first, client_claim::more, client_claim::again};

/// How a number of places is shared: those of a client for what is in flight,
/// or those of an origin for its connections. It is never exceeded, and:
/// - a quarter is kept for `first`, so that who is greedy takes no place from
///   who has none;
/// - `again` has at most half, so that those who are known to be sick cannot
///   crowd out the others, however many they are;
/// - half of the places (at least one) may be held for as long as an attempt
///   may take. The others are given up when a `first` waits for one: so it
///   waits for a bounded time even if all hang who have ever been well, and
///   whoever is slow gets at least half of what there is.
/// Pure, any thread.
struct client_places {
  size_t all = 1;

  bool allow(client_claim what, size_t taken, size_t taken_again) const {
    if (what == client_claim::first)
      return taken < all;
    auto has_room = taken < all - all / 4;
    return has_room && (what == client_claim::more || taken_again < half());
  }

  /// How many attempts may stay that have been in flight for long.
  size_t may_stay() const { return all - all / 2; }

private:
  size_t half() const { return std::max<size_t>(all / 2, 1); }
};

} // namespace herald
