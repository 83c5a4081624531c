#include "storage/rocksdb_pace.hpp"

#include "storage/rocksdb_internal.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace herald {

namespace {

// What it lets through at once is as much shorter than a burst.
constexpr int64_t refill_us = 10'000;

// More than the disk takes.
constexpr double fastest = 8e9;

/// Once for each thread of RocksDB's. More would have writers wait for a flush
/// while all CPUs are busy.
void step_back() {
  constexpr int niceness = 5;
  thread_local bool is_done = false;
  if (!std::exchange(is_done, true))
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
}

} // namespace

background_pace::background_pace(size_t memtable,
                                 std::function<clock::time_point()> now)
  : limiter_{rocksdb::NewGenericRateLimiter(slowest, refill_us)},
    memtable_{static_cast<double>(memtable)}, now_{std::move(now)} {
  // nop
}

void background_pace::OnMemTableSealed(const rocksdb::MemTableInfo& info) {
  if (info.cf_name != family_names[static_cast<size_t>(family::bodies)])
    return;
  constexpr double share = 0.25; // Of the time, for the flush.
  auto time = now_();
  std::chrono::duration<double> filled_in = time - std::exchange(sealed_, time);
  auto rate = memtable_ / (share * std::max(filled_in.count(), 1e-6));
  limiter_->SetBytesPerSecond(
    std::max(slowest, static_cast<int64_t>(std::min(rate, fastest))));
}

void background_pace::OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) {
  step_back();
}

void background_pace::OnCompactionBegin(rocksdb::DB*,
                                        const rocksdb::CompactionJobInfo&) {
  step_back();
}

} // namespace herald
