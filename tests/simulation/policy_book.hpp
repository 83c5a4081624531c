#pragma once

#include "config/config.hpp"
#include "tests/simulation/disk_view.hpp"
#include "tests/simulation/world_time.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace herald::simulation {

/// Knows how operators want subscriptions to be served, as far as the engine
/// has acknowledged it, and when it may leave a subscriber alone. Not
/// thread-safe.
class policy_book {
public:
  policy_book(std::shared_ptr<memory_disk> disk, const world_time& time,
              const config& settings)
    : view_{std::move(disk)}, time_(time),
      in_flight_(settings.delivery.in_flight),
      max_pause_(settings.breaker.max_pause.count()) {
    // nop
  }

  size_t opened = 0; ///< Breakers that were seen to open.

  /// A change was asked for: until it, or a later one, is acknowledged nobody
  /// can tell. Returns its number.
  uint64_t asked(const subscription_id& id) {
    return known_[id].asked = ++asked_;
  }

  /// The engine says that it is so now, by that change.
  void acknowledged(const subscription& row, uint64_t change) {
    news_.emplace_back(row, change);
  }

  /// Nothing is under way: what was acknowledged is in force.
  void note_quiet() {
    for (auto& [row, change] : std::exchange(news_, {}))
      adopt(row, change);
    for (auto& id : std::exchange(succeeding_, {}))
      succeeded_[id] = time_.wall;
    failing_until_.clear();
    auto before = std::exchange(open_until_, {});
    for (auto& state : view_.disk->partitions)
      for (auto& [id, how] : state.failing) {
        if (!has_succeeded(id, how))
          failing_until_[id] = remembered_until(id, how);
        if (auto until = end_of_pause(id, how); until > time_.wall) {
          open_until_[id] = until;
          opened += before.contains(id) ? 0 : 1;
        }
      }
  }

  /// A process begins, and knows nothing but the disk.
  void note_boot() {
    succeeded_.clear();
    succeeding_.clear();
    strikes_.clear();
    earlier_.clear();
    for (auto& state : view_.disk->partitions)
      for (auto& [id, how] : state.failing)
        earlier_[id] = how.last_attempt;
    note_start();
  }

  /// It has read the disk as it is. Some of it may deliver already.
  void note_start() {
    news_.clear();
    known_.clear();
    for (auto& shard : view_.disk->shards)
      for (auto& [id, row] : shard.subscriptions)
        adopt(row, asked_);
    note_quiet();
  }

  /// An attempt succeeded, so the breaker is closed, whatever the disk still
  /// says.
  void succeeded(const subscription_id& id) {
    succeeded_[id] = time_.wall;
    succeeding_.insert(id);
    open_until_.erase(id);
    failing_until_.erase(id);
    if (auto i = strikes_.find(id); i != strikes_.end())
      i->second.most += gain;
  }

  /// Rows of somebody who has ended were deleted: a breaker goes with them.
  void note_forgotten() {
    std::erase_if(open_until_, [this](auto& x) {
      auto& all = view_.disk->partitions;
      return std::none_of(all.begin(), all.end(), [&](auto& state) {
        return state.failing.contains(x.first);
      });
    });
  }

  /// An attempt was answered by 429: the rate is halved, once a second.
  void too_many(const subscription_id& id) {
    auto& what = strikes_[id];
    if (what.at != 0 && time_.wall < what.at + 1000)
      return;
    auto& sent = sent_[id];
    auto is_recent = [&](unix_ms x) { return x > time_.wall - 2000; };
    auto before
      = static_cast<double>(std::count_if(sent.begin(), sent.end(), is_recent));
    auto row = view_.find(id);
    what.life = row == nullptr ? 0 : row->created_at;
    what.at = time_.wall;
    what.step = time_.step;
    what.most = before / 2 + std::max(1.0, before / 20) + 1;
    what.count = 0;
  }

  /// What is wrong with an attempt now; empty: nothing.
  std::string judge(const subscription_id& id) {
    if (auto i = open_until_.find(id);
        i != open_until_.end() && i->second > time_.wall)
      return "delivery while the breaker is open";
    if (!keeps_to_learned_rate(id))
      return "too many in the second after a 429";
    auto* what = find(id);
    if (what == nullptr)
      return {};
    if (what->row.paused)
      return "delivery while paused";
    return judge_rate(*what);
  }

  /// How many attempts there may be at once.
  size_t limit_of(const subscription_id& id) {
    if (auto i = failing_until_.find(id);
        i != failing_until_.end() && time_.wall < i->second)
      return 1;
    auto* what = find(id);
    if (what == nullptr)
      return std::max<size_t>(in_flight_, 8);
    auto limit = limit_of(what->row);
    return time_.wall < what->old_until ? std::max(limit, what->old_limit)
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

  // What a success adds to a rate.
  static constexpr double gain = 0.1;

  /// A 429, and how much may be sent in the second after it.
  struct strike {
    unix_ms at = 0;
    uint64_t step = 0; ///< What left before the engine knew does not count.
    unix_ms life = 0;  ///< When the subscription was created.
    double most = 0;
    size_t count = 0;
  };

  struct known {
    subscription row;
    uint64_t asked = 0; ///< The last change; 0: none.
    uint64_t known = 0; ///< The last one that is in `row`.
    std::vector<sequence> ordered_from;
    size_t old_limit = 0;
    unix_ms old_until = 0;
    std::deque<unix_ms> recent; ///< Attempts since the rate holds.
  };

  known* find(const subscription_id& id) {
    auto i = known_.find(id);
    auto row = view_.find(id);
    auto is_known = i != known_.end() && i->second.known >= i->second.asked
                    && row != nullptr
                    && row->created_at == i->second.row.created_at;
    return is_known ? &i->second : nullptr;
  }

  bool keeps_to_learned_rate(const subscription_id& id) {
    auto& sent = sent_[id];
    sent.push_back(time_.wall);
    while (sent.front() <= time_.wall - 2000)
      sent.pop_front();
    auto i = strikes_.find(id);
    auto row = view_.find(id);
    if (row == nullptr || i == strikes_.end()
        || row->created_at != i->second.life)
      return true; // A new subscription begins without.
    if (i->second.step >= time_.quiet_step)
      return true;
    return time_.wall > i->second.at + 1000
           || static_cast<double>(++i->second.count) <= i->second.most;
  }

  /// Since the disk was told of the failures.
  bool has_succeeded(const subscription_id& id, const condition& how) const {
    auto i = succeeded_.find(id);
    return i != succeeded_.end()
           && (is_earlier(id, how) || how.last_attempt <= i->second);
  }

  /// An earlier process left it there, by another clock perhaps.
  bool is_earlier(const subscription_id& id, const condition& how) const {
    auto i = earlier_.find(id);
    return i != earlier_.end() && i->second == how.last_attempt;
  }

  /// Who fails and has nothing that could fail again is forgotten soon.
  unix_ms remembered_until(const subscription_id& id,
                           const condition& how) const {
    constexpr unix_ms least_idle = 900;
    auto since = is_earlier(id, how) ? time_.begun_wall : how.last_attempt;
    return std::max(since, end_of_pause(id, how)) + least_idle;
  }

  /// By a breaker on disk; 0 if it has closed since. What an earlier process
  /// left there counts for the longest pause at most.
  unix_ms end_of_pause(const subscription_id& id, const condition& how) const {
    if (has_succeeded(id, how))
      return 0;
    return is_earlier(id, how)
             ? std::min(how.open_until, time_.begun_wall + max_pause_)
             : how.open_until;
  }

  size_t limit_of(const subscription& row) const {
    if (row.policy.ordered)
      return 1;
    return row.policy.in_flight.value_or(static_cast<uint32_t>(in_flight_));
  }

  void adopt(const subscription& row, uint64_t change) {
    auto& to = known_[row.id];
    to.old_limit = to.known < to.asked ? size_t{8} : limit_of(to.row);
    to.old_until = time_.wall + longest_attempt;
    to.known = change;
    if (row.policy.ordered && !to.row.policy.ordered) {
      to.ordered_from.clear();
      for (auto& log : view_.disk->logs)
        to.ordered_from.push_back(log.bounds.head);
    }
    if (row.policy.rate != to.row.policy.rate)
      to.recent.clear();
    to.row = row;
  }

  std::string judge_rate(known& what) const {
    if (!what.row.policy.rate)
      return {};
    auto& recent = what.recent;
    recent.push_back(time_.wall);
    while (recent.front() <= time_.wall - 1000)
      recent.pop_front();
    auto rate = *what.row.policy.rate;
    auto most = rate + std::max(1.0, rate / 10) + 1;
    return static_cast<double>(recent.size()) > most ? "too many in a second"
                                                     : "";
  }

  disk_view view_;
  const world_time& time_;
  size_t in_flight_;
  unix_ms max_pause_; ///< Of a breaker.
  std::vector<std::pair<subscription, uint64_t>> news_;
  uint64_t asked_ = 0; ///< How many changes were asked for.
  std::map<subscription_id, known> known_;
  std::map<subscription_id, unix_ms> open_until_;
  std::map<subscription_id, unix_ms> failing_until_;    ///< One at a time.
  std::map<subscription_id, std::deque<unix_ms>> sent_; ///< In two seconds.
  std::map<subscription_id, strike> strikes_;
  std::set<subscription_id> succeeding_;         ///< Since all was quiet.
  std::map<subscription_id, unix_ms> succeeded_; ///< When, last.
  /// The last attempts at who was failing when the process began.
  std::map<subscription_id, unix_ms> earlier_;
};

} // namespace herald::simulation
