#pragma once

#include "actors/delivery/wire.hpp"
#include "actors/messages.hpp"
#include "storage/memory/memory_store.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace herald::simulation {

/// Knows what subscribers have asked for, and what may come of it: when a
/// subscription may begin, and which secrets may sign deliveries. A callback
/// must have confirmed the intent that brought the secret, or none had to, and
/// no other has replaced it since. Every intent has a secret of its own. Not
/// thread-safe.
class intent_book {
public:
  /// A subscription is asked for.
  void asked(const intent_request& what, const memory_disk& disk) {
    auto& next = secrets_[what.id][what.what.secret];
    next.callback = what.callback;
    next.lease_seconds = what.what.lease_seconds;
    next.skipped = what.skip_verification;
    next.open = true;
    for (auto& log : disk.logs)
      next.heads.push_back(log.bounds.head);
    words_[what.id] = what.what.secret;
  }

  void unsubscribe_asked(const subscription_id& id) { words_[id].clear(); }

  /// A request is answered. True if it was the last word about `id` and yet
  /// never reached the disk.
  bool answered(const subscription_id& id, const std::string& secret) {
    auto& what = words_[id];
    auto last = what == secret && !secret.empty();
    if (!secret.empty())
      secrets_.at(id).at(secret).open = false;
    return last && !secrets_.at(id).at(secret).stored;
  }

  /// A callback has confirmed a subscription of that lease. Leases are almost
  /// unique.
  void confirmed(const std::string& callback, const std::string& lease) {
    for (auto& [id, all] : secrets_)
      for (auto& [text, each] : all)
        if (each.callback == callback
            && std::to_string(each.lease_seconds) == lease)
          each.confirmed = true;
  }

  /// Subscriptions were changed on disk, at `step`; the engine knows what is
  /// new if `told`. Says what is wrong with them; empty: nothing.
  std::string look_at(const memory_disk& disk, uint64_t step, bool told) {
    std::string problem;
    for (auto& [id, all] : secrets_) {
      auto& shard = disk.shards[id.partition(disk.shape.partitions)];
      auto i = shard.subscriptions.find(id);
      if (i == shard.subscriptions.end()) {
        for (auto& [text, each] : all)
          each.pending = false;
        continue;
      }
      auto& row = i->second;
      auto is_news = row.revision != revisions_[id];
      revisions_[id] = row.revision;
      if (row.active && std::exchange(starts_[id], row.starts) != row.starts
          && !may_start(disk, row, all))
        problem = "begins too early or too late: " + id.to_string();
      for (auto& [text, each] : all)
        note(each, text, row, told && is_news ? step : 0);
    }
    return problem;
  }

  /// A node has started, and knows everything.
  void note_start(const memory_disk& disk, uint64_t step) {
    revisions_.clear();
    words_.clear();
    for (auto& [id, all] : secrets_)
      for (auto& [text, each] : all)
        each.open = false;
    look_at(disk, step, true);
  }

  /// Nothing is under way: what the engine was told is known everywhere.
  void note_quiet(uint64_t step) { quiet_ = step; }

  /// What is wrong with a delivery that is signed so; empty: nothing.
  std::string judge(const subscription_id& id, const std::string& signature,
                    const std::string& body) const {
    auto all = secrets_.find(id);
    if (all == secrets_.end())
      return "a delivery to nobody who asked";
    for (auto& [text, each] : all->second)
      if (hub_signature(signature_method::sha256, text, body) == signature) {
        if (!each.skipped && !each.confirmed)
          return "signed with a secret that was not confirmed";
        if (each.replaced != 0 && each.replaced < quiet_)
          return "signed with a secret that was replaced";
        return {};
      }
    return "signed with no secret of its own";
  }

private:
  struct entry {
    std::string callback;
    int64_t lease_seconds = 0;
    bool skipped = false; ///< Needs no confirmation.
    bool confirmed = false;
    uint64_t replaced = 0; ///< Since when the engine knows; 0: it is not.
    bool open = false;     ///< The request is not answered yet.
    bool pending = false;  ///< On disk.
    bool stored = false;   ///< Was on disk, active or pending.
    bool was_current = false;
    std::vector<sequence> heads; ///< When it was asked for.
  };

  /// Of several intents that take effect at once the first begins the life,
  /// and the last gives the secret.
  static bool may_start(const memory_disk& disk, const subscription& row,
                        const std::map<std::string, entry>& all) {
    return std::any_of(all.begin(), all.end(), [&](auto& x) {
      auto& [text, each] = x;
      return (each.open || each.pending || text == row.secret)
             && is_start(disk, row.starts, each.heads);
    });
  }

  /// Between the request and its effect.
  static bool is_start(const memory_disk& disk,
                       const std::vector<sequence>& starts,
                       const std::vector<sequence>& least) {
    auto result = starts.size() == least.size();
    for (size_t i = 0; result && i < starts.size(); ++i)
      result = least[i] <= starts[i] && starts[i] <= disk.logs[i].bounds.head;
    return result;
  }

  /// `told`: since when the engine knows the row; 0: it does not.
  static void note(entry& each, const std::string& text,
                   const subscription& row, uint64_t told) {
    each.pending = row.pending && row.pending->secret == text;
    auto current = row.active && row.secret == text;
    each.stored = each.stored || each.pending || current;
    if (current)
      each.replaced = 0;
    else if (each.was_current && each.replaced == 0)
      each.replaced = told;
    each.was_current = each.was_current || current;
  }

  std::map<subscription_id, std::map<std::string, entry>> secrets_;
  std::map<subscription_id, uint64_t> revisions_; ///< Seen last.
  std::map<subscription_id, std::vector<sequence>> starts_;
  /// What was asked for last in this process; empty: the end.
  std::map<subscription_id, std::string> words_;
  uint64_t quiet_ = 0;
};

} // namespace herald::simulation
