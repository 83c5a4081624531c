#pragma once

#include "tests/simulation/disk_view.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace herald::simulation {

/// Knows how operators want subscriptions to be served, as far as the engine
/// has acknowledged it, and when it may leave a subscriber alone. Not
/// thread-safe.
class policy_book {
public:
  policy_book(std::shared_ptr<memory_disk> disk, size_t in_flight)
    : view_{std::move(disk)}, in_flight_(in_flight) {
    // nop
  }

  size_t opened = 0; ///< Breakers that were seen to open.

  /// A change was asked for: until it is acknowledged nobody can tell.
  void asked(const subscription_id& id) { known_[id].unsure = true; }

  /// The engine says that it is so now.
  void acknowledged(const subscription& row) { news_.push_back(row); }

  /// Nothing is under way: what was acknowledged is in force.
  void note_quiet(unix_ms now) {
    for (auto& row : std::exchange(news_, {}))
      adopt(row, now);
    auto before = std::exchange(open_until_, {});
    for (auto& state : view_.disk->partitions)
      for (auto& [id, how] : state.failing)
        if (how.open_until > now && how.last_attempt > succeeded_[id]) {
          open_until_[id] = how.open_until;
          opened += before.contains(id) ? 0 : 1;
        }
  }

  /// A node has started from the disk as it is.
  void note_start(unix_ms now) {
    news_.clear();
    known_.clear();
    succeeded_.clear();
    for (auto& shard : view_.disk->shards)
      for (auto& [id, row] : shard.subscriptions)
        adopt(row, now);
    note_quiet(now);
  }

  /// An attempt succeeded, so the breaker is closed, whatever the disk still
  /// says.
  void succeeded(const subscription_id& id, unix_ms now) {
    succeeded_[id] = now;
    open_until_.erase(id);
  }

  /// What is wrong with an attempt at `now`; empty: nothing.
  std::string judge(const subscription_id& id, unix_ms now) {
    if (auto i = open_until_.find(id);
        i != open_until_.end() && i->second > now)
      return "delivery while the breaker is open";
    auto* what = find(id);
    if (what == nullptr)
      return {};
    if (what->row.paused)
      return "delivery while paused";
    return judge_rate(*what, now);
  }

  /// How many attempts there may be at once.
  size_t limit_of(const subscription_id& id, unix_ms now) {
    auto i = known_.find(id);
    if (i == known_.end() || i->second.unsure)
      return std::max<size_t>(in_flight_, 8);
    auto limit = limit_of(i->second.row);
    return now < i->second.old_until ? std::max(limit, i->second.old_limit)
                                     : limit;
  }

  /// Behind which sequence of `log` order counts; nothing where it does not.
  std::optional<sequence> ordered_from(const subscription_id& id, log_id log) {
    auto* what = find(id);
    if (what == nullptr || !what->row.policy.ordered)
      return std::nullopt;
    return what->ordered_from.at(log);
  }

private:
  // An attempt from before a change ends within that time.
  static constexpr unix_ms longest_attempt = 20'000;

  struct known {
    subscription row;
    bool unsure = false;
    std::vector<sequence> ordered_from;
    size_t old_limit = 0;
    unix_ms old_until = 0;
    std::deque<unix_ms> recent; ///< Attempts since the rate holds.
  };

  known* find(const subscription_id& id) {
    auto i = known_.find(id);
    auto row = view_.find(id);
    auto is_known = i != known_.end() && !i->second.unsure && row != nullptr
                    && row->created_at == i->second.row.created_at;
    return is_known ? &i->second : nullptr;
  }

  size_t limit_of(const subscription& row) const {
    if (row.policy.ordered)
      return 1;
    return row.policy.in_flight.value_or(static_cast<uint32_t>(in_flight_));
  }

  void adopt(const subscription& row, unix_ms now) {
    auto& to = known_[row.id];
    to.old_limit = to.unsure ? size_t{8} : limit_of(to.row);
    to.old_until = now + longest_attempt;
    to.unsure = false;
    if (row.policy.ordered && !to.row.policy.ordered) {
      to.ordered_from.clear();
      for (auto& log : view_.disk->logs)
        to.ordered_from.push_back(log.bounds.head);
    }
    if (row.policy.rate != to.row.policy.rate)
      to.recent.clear();
    to.row = row;
  }

  static std::string judge_rate(known& what, unix_ms now) {
    if (!what.row.policy.rate)
      return {};
    auto& recent = what.recent;
    recent.push_back(now);
    while (recent.front() <= now - 1000)
      recent.pop_front();
    auto rate = *what.row.policy.rate;
    auto most = rate + std::max(1.0, rate / 10) + 1;
    return static_cast<double>(recent.size()) > most ? "too many in a second"
                                                     : "";
  }

  disk_view view_;
  size_t in_flight_;
  std::vector<subscription> news_;
  std::map<subscription_id, known> known_;
  std::map<subscription_id, unix_ms> open_until_;
  std::map<subscription_id, unix_ms> succeeded_; ///< When, last.
};

} // namespace herald::simulation
