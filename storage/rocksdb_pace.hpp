#pragma once

#include <rocksdb/listener.h>
#include <rocksdb/rate_limiter.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace herald {

/// Spreads the work that RocksDB does behind its writers over the time that
/// there is. A flush is a burst of CPU and disk, which everything that happens
/// meanwhile waits behind; where bodies take their time to fill a memtable, so
/// may their flush, and the merging of tables. When they come fast, all of it is
/// done as fast as it can be, so that no writer waits for a flush.
///
/// `OnMemTableSealed` may be called by any thread, one at a time.
class background_pace final : public rocksdb::EventListener {
public:
  using clock = std::chrono::steady_clock;

  /// Bytes per second, of flushes and merging together.
  static constexpr int64_t gentle = 64'000'000;
  static constexpr int64_t fast = 8'000'000'000;

  /// A memtable of bodies that took less long to fill came fast.
  static constexpr std::chrono::milliseconds hurry{150};

  explicit background_pace(std::function<clock::time_point()> now = clock::now);

  void OnMemTableSealed(const rocksdb::MemTableInfo& info) override;

  const std::shared_ptr<rocksdb::RateLimiter>& limiter() const {
    return limiter_;
  }

private:
  std::shared_ptr<rocksdb::RateLimiter> limiter_;
  std::function<clock::time_point()> now_;
  clock::time_point sealed_{};
};

} // namespace herald
