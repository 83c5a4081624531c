#include "storage/rocksdb_pace.hpp"

#include "storage/rocksdb_internal.hpp"

#include <utility>

namespace herald {

namespace {

// What it lets through at once is as much shorter than a burst.
constexpr int64_t refill_us = 10'000;

} // namespace

background_pace::background_pace(std::function<clock::time_point()> now)
  : limiter_{rocksdb::NewGenericRateLimiter(gentle, refill_us)},
    now_{std::move(now)} {
  // nop
}

void background_pace::OnMemTableSealed(const rocksdb::MemTableInfo& info) {
  if (info.cf_name != family_names[static_cast<size_t>(family::bodies)])
    return;
  auto time = now_();
  auto before = std::exchange(sealed_, time);
  limiter_->SetBytesPerSecond(time - before < hurry ? fast : gentle);
}

} // namespace herald
