#include "http/front_end/log_merge.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>

namespace herald {

log_merge::log_merge(log_positions from, log_positions heads)
  : passed_(std::move(from)), heads_(std::move(heads)),
    waiting_(passed_.size()) {
  assert(passed_.size() == heads_.size());
}

bool log_merge::is_empty(log_id log) const {
  return waiting_[log].empty() && passed_[log] >= heads_[log];
}

std::optional<log_id> log_merge::wanted() const {
  for (size_t i = 0; i < waiting_.size(); ++i)
    if (auto log = static_cast<log_id>(i);
        waiting_[log].empty() && !is_empty(log))
      return log;
  return std::nullopt;
}

void log_merge::add(log_id log, std::vector<event_meta> found) {
  assert(waiting_[log].empty());
  // The head itself may be a record that cannot be read.
  if (found.empty())
    passed_[log] = std::max(passed_[log], heads_[log]);
  for (auto& meta : found)
    waiting_[log].push_back(std::move(meta));
}

std::optional<event_meta> log_merge::next() {
  assert(!wanted());
  auto is_before = [](auto& x, auto& y) {
    if (x.empty() || y.empty())
      return !x.empty() && y.empty();
    return std::tie(x.front().accepted_at, x.front().log)
           < std::tie(y.front().accepted_at, y.front().log);
  };
  auto first = std::min_element(waiting_.begin(), waiting_.end(), is_before);
  if (first == waiting_.end() || first->empty())
    return std::nullopt;
  auto result = std::move(first->front());
  first->pop_front();
  passed_[result.log] = result.seq;
  return result;
}

bool log_merge::at_end() const {
  for (size_t i = 0; i < waiting_.size(); ++i)
    if (!is_empty(static_cast<log_id>(i)))
      return false;
  return true;
}

} // namespace herald
