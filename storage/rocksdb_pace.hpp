#pragma once

#include <rocksdb/listener.h>
#include <rocksdb/rate_limiter.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace herald {

/// Spreads the work that RocksDB does behind its writers over the time that
/// there is. A flush is a burst of CPU and disk, behind which everything waits
/// that happens meanwhile: so it takes about a quarter of the time in which a
/// memtable of bodies was filled, and merging tables shares its pace. Where
/// bodies come faster at once, the next memtable that is full says so, before
/// a writer has to wait for a flush. The threads that do it step back a little
/// too.
///
/// `OnMemTableSealed` may be called by any thread, one at a time.
class background_pace final : public rocksdb::EventListener {
public:
  using clock = std::chrono::steady_clock;

  /// Bytes per second at least, of flushes and merging together.
  static constexpr int64_t slowest = 16'000'000;

  /// `memtable`: how many bytes of bodies are flushed at once.
  explicit background_pace(size_t memtable,
                           std::function<clock::time_point()> now = clock::now);

  void OnMemTableSealed(const rocksdb::MemTableInfo& info) override;
  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override;
  void OnCompactionBegin(rocksdb::DB*,
                         const rocksdb::CompactionJobInfo&) override;

  const std::shared_ptr<rocksdb::RateLimiter>& limiter() const {
    return limiter_;
  }

private:
  std::shared_ptr<rocksdb::RateLimiter> limiter_;
  double memtable_;
  std::function<clock::time_point()> now_;
  clock::time_point sealed_{};
};

} // namespace herald
