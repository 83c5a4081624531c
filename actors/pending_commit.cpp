#include "actors/pending_commit.hpp"

namespace herald {

void pending_commit::put(const job& what) {
  jobs_.insert_or_assign(what.key, what);
}

void pending_commit::drop(const job_key& key) {
  // Also where a put waits: an earlier commit may have written the row.
  jobs_.insert_or_assign(key, std::nullopt);
}

void pending_commit::lag_from(const subscription_id& sub, log_id log,
                              sequence after) {
  lags_.insert_or_assign(lag_key{sub, log}, after);
}

void pending_commit::unlag(const subscription_id& sub, log_id log) {
  lags_.insert_or_assign(lag_key{sub, log}, std::nullopt);
}

void pending_commit::attempted(attempt_record record) {
  attempts_.push_back(std::move(record));
}

void pending_commit::died(dead_letter letter) {
  dead_.push_back(letter);
}

void pending_commit::forget(const subscription_id& sub) {
  for (auto i = jobs_.lower_bound({sub, 0, 0});
       i != jobs_.end() && i->first.sub == sub; ++i)
    i->second = std::nullopt;
  for (auto i = lags_.lower_bound({sub, 0});
       i != lags_.end() && i->first.first == sub; ++i)
    i->second = std::nullopt;
}

size_t pending_commit::size() const {
  return jobs_.size() + lags_.size() + attempts_.size() + dead_.size();
}

commit_batch pending_commit::batch() const {
  commit_batch batch;
  for (auto& [key, row] : jobs_) {
    if (row)
      batch.put.push_back(*row);
    else
      batch.drop.push_back(key);
  }
  for (auto& [key, after] : lags_) {
    if (after)
      batch.lagging.push_back({key.first, key.second, *after});
    else
      batch.unlag.push_back(key);
  }
  batch.attempts = attempts_;
  batch.dead = dead_;
  return batch;
}

} // namespace herald
