#pragma once

#include "storage/store.hpp"

#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace herald {

/// What a partition has to commit next. Later changes of a key replace earlier
/// ones, so that a job which came and went costs one delete. Not thread-safe.
class pending_commit {
public:
  void put(const job& what);
  void drop(const job_key& key);
  void lagging(const lag& row);
  void unlag(const subscription_id& sub, log_id log);
  void attempted(attempt_record record);
  void died(dead_letter letter);
  void undead(const job_key& key);
  void failing(const condition& how);
  void recovered(const subscription_id& sub);

  /// Turns everything that waits about `sub`, but for its history, into
  /// deletes: it ended.
  void forget(const subscription_id& sub);

  /// Calls `f(const job_key&, const std::optional<job>&)` for each job of `sub`
  /// that waits to be written or, where nullopt, deleted; in order.
  template <class F>
  void each_change(const subscription_id& sub, F f) const {
    for (auto i = jobs_.lower_bound({sub, 0, 0});
         i != jobs_.end() && i->first.sub == sub; ++i)
      f(i->first, i->second);
  }

  /// What waits for this row: to be written or, where nullopt, deleted; null:
  /// nothing.
  const std::optional<job>* change_of(const job_key& key) const;

  /// Calls `f(const job&)` for each row that waits to be written.
  template <class F>
  void each_put(F f) const {
    for (auto& [key, row] : jobs_)
      if (row)
        f(*row);
  }

  /// How many rows wait.
  size_t size() const;
  bool empty() const { return size() == 0; }

  /// How many dead letters wait.
  uint64_t deaths() const;

  /// Everything as a batch; the cursors are the caller's to add.
  commit_batch batch() const;

private:
  /// Nothing that waits would write a row of `sub`.
  bool is_forgotten(const subscription_id& sub) const;

  using lag_key = std::pair<subscription_id, log_id>;

  std::map<job_key, std::optional<job>> jobs_;
  std::map<lag_key, std::optional<lag>> lags_;
  std::map<subscription_id, std::optional<condition>> conditions_;
  std::map<job_key, std::optional<dead_letter>> dead_;
  std::vector<attempt_record> attempts_;
};

} // namespace herald
