#pragma once

#include <rocksdb/listener.h>
#include <rocksdb/rate_limiter.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace herald {

/// Spreads the work that RocksDB does behind its writers over the time that
/// there is. A flush is a burst of CPU and disk, behind which everything waits
/// that happens meanwhile: so it takes about a quarter of the time in which its
/// memtable was filled, and merging tables shares its pace. The family that is
/// filled fastest counts. Where rows come faster at once, the next memtable
/// that is full says so, before a writer has to wait for a flush. The threads
/// that do it step back a little too.
///
/// `OnMemTableSealed` may be called by any thread, one at a time.
class background_pace final : public rocksdb::EventListener {
public:
  using clock = std::chrono::steady_clock;

  /// Bytes per second at least, of flushes and merging together.
  static constexpr int64_t slowest = 16'000'000;

  /// At most: more than a disk takes. So it is until a memtable is full: while
  /// a store is opened, its user waits.
  static constexpr int64_t fastest = 8'000'000'000;

  /// For how long a family counts that is not filled again.
  static constexpr std::chrono::seconds memory{2};

  /// How many bytes of each family are flushed at once, by name.
  explicit background_pace(const std::map<std::string, size_t>& memtables,
                           std::function<clock::time_point()> now = clock::now);

  void OnMemTableSealed(const rocksdb::MemTableInfo& info) override;
  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override;
  void OnCompactionBegin(rocksdb::DB*,
                         const rocksdb::CompactionJobInfo&) override;

  const std::shared_ptr<rocksdb::RateLimiter>& limiter() const {
    return limiter_;
  }

private:
  struct filling {
    double bytes = 0;
    clock::time_point sealed{};
    double rate = 0; ///< That its last flush needs, in bytes per second.
  };

  std::shared_ptr<rocksdb::RateLimiter> limiter_;
  std::function<clock::time_point()> now_;
  std::map<std::string, filling> families_;
};

} // namespace herald
