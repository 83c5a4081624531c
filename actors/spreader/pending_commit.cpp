#include "actors/spreader/pending_commit.hpp"

#include <algorithm>
#include <cassert>

namespace herald {

void pending_commit::put(const job& what) {
  jobs_.insert_or_assign(what.key, what);
}

void pending_commit::drop(const job_key& key) {
  // Also where a put waits: an earlier commit may have written the row.
  jobs_.insert_or_assign(key, std::nullopt);
}

void pending_commit::lagging(const lag& row) {
  // A part that was asked for has an end, and goes on behind it.
  assert(row.until == 0 || (row.after < row.until && row.until <= row.resume));
  lags_.insert_or_assign(lag_key{row.sub, row.log}, row);
}

void pending_commit::unlag(const subscription_id& sub, log_id log) {
  lags_.insert_or_assign(lag_key{sub, log}, std::nullopt);
}

void pending_commit::attempted(attempt_record record) {
  attempts_.push_back(std::move(record));
}

void pending_commit::died(dead_letter letter) {
  assert(letter.key.seq <= letter.up_to);
  dead_.insert_or_assign(letter.key, letter);
}

void pending_commit::undead(const job_key& key) {
  dead_.insert_or_assign(key, std::nullopt);
}

void pending_commit::failing(const condition& how) {
  assert(how.failures > 0);
  conditions_.insert_or_assign(how.sub, how);
}

void pending_commit::recovered(const subscription_id& sub) {
  conditions_.insert_or_assign(sub, std::nullopt);
}

void pending_commit::forget(const subscription_id& sub) {
  for (auto i = jobs_.lower_bound({sub, 0, 0});
       i != jobs_.end() && i->first.sub == sub; ++i)
    i->second = std::nullopt;
  for (auto i = lags_.lower_bound({sub, 0});
       i != lags_.end() && i->first.first == sub; ++i)
    i->second = std::nullopt;
  if (auto i = conditions_.find(sub); i != conditions_.end())
    i->second = std::nullopt;
  assert(is_forgotten(sub));
}

bool pending_commit::is_forgotten(const subscription_id& sub) const {
  auto is_gone = [&](auto& what, auto key, auto is_of) {
    for (auto i = what.lower_bound(key); i != what.end() && is_of(i->first);
         ++i)
      if (i->second)
        return false;
    return true;
  };
  return is_gone(jobs_, job_key{sub, 0, 0},
                 [&](const job_key& x) { return x.sub == sub; })
         && is_gone(lags_, lag_key{sub, 0},
                    [&](const lag_key& x) { return x.first == sub; })
         && is_gone(conditions_, sub,
                    [&](const subscription_id& x) { return x == sub; });
}

const std::optional<job>* pending_commit::change_of(const job_key& key) const {
  auto i = jobs_.find(key);
  return i == jobs_.end() ? nullptr : &i->second;
}

size_t pending_commit::size() const {
  return jobs_.size() + lags_.size() + attempts_.size() + dead_.size()
         + conditions_.size();
}

uint64_t pending_commit::deaths() const {
  auto is_letter = [](auto& x) { return x.second.has_value(); };
  return static_cast<uint64_t>(
    std::count_if(dead_.begin(), dead_.end(), is_letter));
}

commit_batch pending_commit::batch() const {
  commit_batch batch;
  for (auto& [key, row] : jobs_) {
    if (row)
      batch.put.push_back(*row);
    else
      batch.drop.push_back(key);
  }
  for (auto& [key, row] : lags_) {
    if (row)
      batch.lagging.push_back(*row);
    else
      batch.unlag.push_back(key);
  }
  for (auto& [key, letter] : dead_) {
    if (letter)
      batch.dead.push_back(*letter);
    else
      batch.undead.push_back(key);
  }
  for (auto& [sub, how] : conditions_) {
    if (how)
      batch.failing.push_back(*how);
    else
      batch.recovered.push_back(sub);
  }
  batch.attempts = attempts_;
  return batch;
}

} // namespace herald
