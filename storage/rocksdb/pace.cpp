#include "storage/rocksdb/pace.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace herald {

namespace {

// What it lets through at once is as much shorter than a burst.
constexpr int64_t refill_us = 10'000;

/// Once for each thread of RocksDB's. More would have writers wait for a flush
/// while all CPUs are busy.
void step_back() {
  constexpr int niceness = 5;
  thread_local bool is_done = false;
  if (!std::exchange(is_done, true))
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
}

} // namespace

background_pace::background_pace(const std::map<std::string, size_t>& memtables,
                                 std::function<clock::time_point()> now)
  : limiter_{rocksdb::NewGenericRateLimiter(fastest, refill_us)}, now_{
                                                                    std::move(
                                                                      now)} {
  for (auto& [name, bytes] : memtables)
    families_[name].bytes = static_cast<double>(bytes);
}

void background_pace::OnMemTableSealed(const rocksdb::MemTableInfo& info) {
  constexpr double share = 0.25; // Of the time, for the flush.
  auto time = now_();
  auto& full = families_[info.cf_name];
  std::chrono::duration<double> filled_in
    = time - std::exchange(full.sealed, time);
  full.rate = full.bytes / (share * std::max(filled_in.count(), 1e-6));
  double rate = static_cast<double>(slowest);
  for (auto& [name, each] : families_)
    if (time - each.sealed < memory)
      rate = std::max(rate, each.rate);
  limiter_->SetBytesPerSecond(
    static_cast<int64_t>(std::min(rate, static_cast<double>(fastest))));
}

void background_pace::OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) {
  step_back();
}

void background_pace::OnCompactionBegin(rocksdb::DB*,
                                        const rocksdb::CompactionJobInfo&) {
  step_back();
}

} // namespace herald
