#pragma once

#include "storage/memory/memory_store.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace herald::simulation {

using position = std::pair<log_id, sequence>;

inline std::string to_text(const position& at) {
  return std::to_string(at.first) + "/" + std::to_string(at.second);
}

/// What a disk says about subscriptions and events. Not thread-safe.
struct disk_view {
  std::shared_ptr<memory_disk> disk;

  const subscription* find(const subscription_id& id) const {
    auto& rows
      = disk->shards[id.partition(disk->shape.partitions)].subscriptions;
    auto i = rows.find(id);
    return i == rows.end() ? nullptr : &i->second;
  }

  bool is_active(const subscription_id& id) const {
    auto row = find(id);
    return row != nullptr && row->active;
  }

  bool is_trimmed(position at) const {
    return at.second <= disk->logs[at.first].bounds.trimmed;
  }

  bool passed(const subscription_id& sub, position at) const {
    auto& state = partition_of(sub);
    auto i = state.cursors.find(at.first);
    return i != state.cursors.end() && i->second >= at.second;
  }

  bool has_row(const subscription_id& sub, position at) const {
    auto& state = partition_of(sub);
    if (state.jobs.contains({sub, at.first, at.second}))
      return true;
    return lags_behind(state, sub, at);
  }

  /// True if a power cut would take a replay that somebody asked for.
  bool is_unsafe(const subscription_id& sub, log_id log) const {
    if (!disk->tracks_power_cuts)
      return false;
    auto& rows = partition_of(sub).lagging;
    auto& safe = disk->synced[sub.partition(disk->shape.partitions)].lagging;
    auto row = rows.find({sub, log});
    auto kept = safe.find({sub, log});
    return row != rows.end() && row->second.until != 0
           && (kept == safe.end() || kept->second.until != row->second.until);
  }

  /// True if a replay runs that somebody asked for.
  bool has_replay(const subscription_id& sub) const {
    auto& rows = partition_of(sub).lagging;
    return std::any_of(rows.begin(), rows.end(), [&](auto& x) {
      return x.first.first == sub && x.second.until != 0;
    });
  }

  /// Its row, if there is one.
  const job* row_of(const subscription_id& sub, position at) const {
    auto& jobs = partition_of(sub).jobs;
    auto i = jobs.find({sub, at.first, at.second});
    return i == jobs.end() ? nullptr : &i->second;
  }

  /// True if both a job row and the log, behind the cursor or a lag row, stand
  /// for the event. When the job is done, the log still says nothing of it.
  bool is_doubled(const subscription_id& sub, position at) const {
    auto& state = partition_of(sub);
    return state.jobs.contains({sub, at.first, at.second})
           && (lags_behind(state, sub, at) || !passed(sub, at));
  }

  /// True if a lag row stands for the event.
  static bool lags_behind(const memory_disk::partition_state& state,
                          const subscription_id& sub, position at) {
    auto i = state.lagging.find({sub, at.first});
    if (i == state.lagging.end())
      return false;
    auto& row = i->second;
    return row.after < at.second
           && (row.until == 0 || at.second <= row.until
               || at.second > row.resume);
  }

  bool has_dead(const subscription_id& sub, position at) const {
    auto& state = partition_of(sub);
    return std::any_of(state.dead.begin(), state.dead.end(), [&](auto& x) {
      auto& letter = x.second;
      return letter.key.sub == sub && letter.key.log == at.first
             && letter.key.seq <= at.second && at.second <= letter.up_to;
    });
  }

  /// Its own dead letter, if there is one.
  const dead_letter* letter_of(const subscription_id& sub, position at) const {
    for (auto& [key, letter] : partition_of(sub).dead)
      if (letter.key == job_key{sub, at.first, at.second})
        return &letter;
    return nullptr;
  }

  /// True if the logs hold what is behind any cursor.
  bool keeps_unspread() const {
    auto keeps = [this](const memory_disk::partition_state& state, size_t log) {
      auto at = state.cursors.find(static_cast<log_id>(log));
      return disk->logs[log].bounds.trimmed
             <= (at == state.cursors.end() ? sequence{0} : at->second);
    };
    auto result = true;
    for (size_t log = 0; log < disk->logs.size(); ++log)
      for (auto& state : disk->partitions)
        result = result && keeps(state, log);
    return result;
  }

  const memory_disk::partition_state&
  partition_of(const subscription_id& sub) const {
    return disk->partitions[sub.partition(disk->shape.partitions)];
  }
};

} // namespace herald::simulation
