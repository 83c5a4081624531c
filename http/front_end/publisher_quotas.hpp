#pragma once

#include "config/config.hpp"
#include "config/text_hash.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace herald {

/// What each publisher may send in a second: events, and bytes of bodies. Who
/// was silent for a second may send a second's worth at once; a request that is
/// larger than that is taken as soon as nothing is owed, and owes the rest.
/// Shared by all front ends of a node. Thread-safe.
class publisher_quotas {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Publishers that are remembered. Those beyond, all of them busy within the
  /// last second, share one quota.
  static constexpr size_t max_publishers = 65536;

  /// A limit of 0: as much as one likes.
  explicit publisher_quotas(quota_config limits) : limits_(limits) {
    // nop
  }

  /// Counts what `who` sends; or, if it is too early, counts nothing and says
  /// how long to wait.
  std::optional<milliseconds> take(std::string_view who, uint64_t events,
                                   uint64_t bytes, time_point now);

  const quota_config& limits() const { return limits_; }

  bool is_off() const { return limits_.events == 0 && limits_.bytes == 0; }

private:
  /// When nothing will be owed any more.
  struct debts {
    time_point events;
    time_point bytes;
  };

  debts& of(std::string_view who, time_point now);

  const quota_config limits_;
  std::mutex mutex_;
  std::unordered_map<std::string, debts, text_hash> known_;
  debts others_;
};

} // namespace herald
