#include "actors/spreader/due_queue.hpp"

#include <cassert>
#include <limits>

namespace herald {

namespace {

/// After every row that is due by `time`.
due_position after_all(unix_ms time) {
  due_position result;
  result.due = time;
  result.key.sub.bytes.fill(0xff);
  result.key.log = std::numeric_limits<log_id>::max();
  result.key.seq = std::numeric_limits<sequence>::max();
  return result;
}

} // namespace

void due_queue::written(unix_ms due, const job_key& key) {
  if (!end_ || due_position{due, key} > *end_)
    return;
  known_.emplace(due, key.sub);
  shrink();
  assert(is_consistent());
}

void due_queue::scanned(const std::vector<job>& rows, bool complete,
                        unix_ms up_to) {
  // Going on behind these rows would pass over what was evicted before them.
  if (evicted_)
    return;
  assert(rows.empty() || !end_
         || (due_position{rows.front().due, rows.front().key} > *end_));
  for (auto& row : rows)
    known_.emplace(row.due, row.key.sub);
  if (complete)
    end_ = after_all(up_to);
  else if (!rows.empty())
    end_ = due_position{rows.back().due, rows.back().key};
  shrink();
  assert(is_consistent());
}

bool due_queue::wants_scan(unix_ms until) const {
  return known_.size() < limit_ && (!end_ || end_->due < until);
}

std::optional<subscription_id> due_queue::pop(unix_ms now) {
  if (known_.empty() || known_.begin()->first > now)
    return std::nullopt;
  auto result = known_.begin()->second;
  known_.erase(known_.begin());
  return result;
}

std::optional<unix_ms> due_queue::next() const {
  if (known_.empty())
    return std::nullopt;
  return known_.begin()->first;
}

bool due_queue::is_consistent() const {
  return known_.size() <= limit_
         && (known_.empty() || (end_ && known_.rbegin()->first <= end_->due));
}

void due_queue::shrink() {
  while (known_.size() > limit_) {
    auto last = std::prev(known_.end());
    // This subscriber's rows and all behind them are read again when there is
    // room. Nothing before them is: else one time with more subscribers than
    // the limit would be read over and over.
    end_ = due_position{last->first, {last->second, 0, 0}};
    known_.erase(last);
    evicted_ = true;
  }
}

} // namespace herald
