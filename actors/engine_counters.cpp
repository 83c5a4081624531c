#include "actors/engine_counters.hpp"

#include <algorithm>

namespace herald {

namespace {

void add(counter& to, uint64_t count) {
  if (count > 0)
    to.fetch_add(count, relaxed);
}

/// Sums first, so that a message costs a few additions to what is shared.
template <size_t Size>
void add_all(std::array<counter, Size>& to,
             const std::array<uint64_t, Size>& counts) {
  for (size_t i = 0; i < Size; ++i)
    add(to[i], counts[i]);
}

size_t bucket_of(uint32_t duration_ms) {
  auto& bounds = engine_counters::duration_bounds;
  auto i = std::lower_bound(bounds.begin(), bounds.end(), duration_ms);
  return static_cast<size_t>(i - bounds.begin());
}

failure why_failed(const http_outcome& outcome) {
  if (outcome.status == 0)
    return outcome.why;
  return outcome.status / 100 == 2 ? failure::none : failure::status;
}

} // namespace

engine_counters::engine_counters(size_t partitions, size_t logs)
  : logs_(logs), cursors_(partitions * logs), behind_(partitions) {
  // nop
}

void engine_counters::published(std::span<const append_result> results) {
  auto known = std::count_if(results.begin(), results.end(),
                             [](auto& x) { return x.duplicate; });
  add(duplicate, static_cast<uint64_t>(known));
  auto others = std::count_if(results.begin(), results.end(),
                              [](auto& x) { return x.mismatched; });
  add(mismatched, static_cast<uint64_t>(others));
  add(accepted, results.size() - static_cast<uint64_t>(known));
}

void engine_counters::refused(const caf::error& why, size_t events) {
  auto code = static_cast<size_t>(code_of(why));
  if (code < codes)
    add(not_accepted[code], events);
}

void engine_counters::attempted(std::span<const post_reply> replies) {
  std::array<uint64_t, failures> wrong{};
  std::array<uint64_t, duration_bounds.size() + 1> buckets{};
  uint64_t sum = 0;
  for (auto& [token, outcome] : replies) {
    ++wrong[static_cast<size_t>(why_failed(outcome))];
    ++buckets[bucket_of(outcome.duration_ms)];
    sum += outcome.duration_ms;
  }
  wrong[static_cast<size_t>(failure::none)] = 0;
  add_all(failed, wrong);
  add_all(durations, buckets);
  add(duration_ms, sum);
}

void engine_counters::settled(std::span<const delivery_report> reports) {
  std::array<uint64_t, verdicts> counts{};
  for (auto& report : reports)
    ++counts[static_cast<size_t>(report.how)];
  add_all(outcomes, counts);
}

void engine_counters::tell(gauges& was, const gauges& is) {
  // Where it sinks, the difference wraps around, and so does the sum.
  jobs.fetch_add(is.jobs - was.jobs, relaxed);
  lagging.fetch_add(is.lagging - was.lagging, relaxed);
  open.fetch_add(is.open - was.open, relaxed);
  breakers.fetch_add(is.breakers - was.breakers, relaxed);
  was = is;
}

void engine_counters::cursor_at(partition_id partition, log_id log,
                                sequence at) {
  if (auto i = partition * logs_ + log; log < logs_ && i < cursors_.size())
    cursors_[i].store(at, relaxed);
}

void engine_counters::behind_since(partition_id partition, unix_ms since) {
  if (partition < behind_.size())
    behind_[partition].store(since, relaxed);
}

unix_ms engine_counters::behind_since() const {
  unix_ms result = 0;
  for (auto& each : behind_)
    if (auto since = each.load(relaxed);
        since != 0 && (result == 0 || since < result))
      result = since;
  return result;
}

uint64_t engine_counters::lag(log_id log, sequence head) const {
  uint64_t result = 0;
  for (size_t i = log; log < logs_ && i < cursors_.size(); i += logs_) {
    auto at = cursors_[i].load(relaxed);
    result = std::max(result, head - std::min(head, at));
  }
  return result;
}

} // namespace herald
