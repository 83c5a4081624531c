#pragma once

#include "storage/topic.hpp"
#include "tests/simulation/disk_view.hpp"
#include "tests/simulation/life.hpp"
#include "tests/simulation/world_time.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace herald::simulation {

/// Knows who was a subscriber when, as far as the disk tells, and what the disk
/// says of events for a callback. Not thread-safe.
class subscriber_book {
public:
  subscriber_book(std::shared_ptr<memory_disk> disk, const world_time& time)
    : view_{std::move(disk)}, time_(time) {
    // nop
  }

  /// Subscriptions were changed on disk; `told` if the engine will know it.
  void look_at_subscriptions(bool told) {
    for (auto& shard : view_.disk->shards)
      for (auto& [id, row] : shard.subscriptions)
        if (row.active)
          see_active(row, told);
    for (auto& [id, all] : lives_)
      if (!all.empty() && all.back().ended == 0 && !view_.is_active(id))
        end(all.back(), told);
  }

  /// The engine knows now what was changed at `step`.
  void note_told(uint64_t step) {
    for (auto& [id, all] : lives_)
      for (auto& who : all)
        if (who.change == step && who.end_told == 0)
          who.end_told = time_.step;
  }

  /// A node has started from the disk as it is. What it has done since then may
  /// still be under way.
  void note_start() {
    look_at_subscriptions(true);
    for (auto& [id, all] : lives_)
      for (auto& who : all) {
        who.lease = who.row.expires_at;
        if (who.ended != 0 && who.end_told == 0)
          who.end_told = time_.step;
      }
  }

  /// The engine's clock is gone. Where it has passed the end of a lease nobody
  /// can say later who was a subscriber.
  void note_crash() {
    for (auto& [id, all] : lives_)
      for (auto& who : all)
        who.lapses = who.lapses || who.row.expires_at <= time_.wall + margin_ms;
  }

  /// Who must get an event that is published now: whoever the disk calls
  /// active, whether the engine was told so or not.
  std::vector<expectation> expect(const std::string& topic_key) const {
    std::vector<expectation> result;
    for (auto& [id, all] : lives_) {
      if (all.empty())
        continue;
      auto& who = all.back();
      auto counts = who.ended == 0
                    && who.row.expires_at > time_.wall + margin_ms
                    && topic_matches(who.row.topic_key, topic_key);
      auto same = [&](auto& x) { return x.callback == who.row.callback; };
      if (counts && std::none_of(result.begin(), result.end(), same))
        result.push_back({{}, topic_key, who.row.callback, time_.step});
    }
    return result;
  }

  /// All lives of a subscription.
  std::vector<life>& lives_of(const subscription_id& sub) {
    return lives_[sub];
  }

  bool has_ended(const subscription_id& sub) const {
    return lives_.at(sub).back().ended != 0;
  }

  /// True if nothing is owed to it any more.
  bool is_over(const subscription_id& sub) const {
    return has_ended(sub) || lives_.at(sub).back().row.expires_at <= time_.wall;
  }

  /// True if the subscription has a new life that is not owed the event.
  bool is_before_life(const subscription_id& sub, position at) const {
    return lives_.at(sub).back().row.starts.at(at.first) >= at.second;
  }

  std::string callback_of(const subscription_id& sub) const {
    auto i = lives_.find(sub);
    return i == lives_.end() || i->second.empty()
             ? std::string{}
             : i->second.back().row.callback;
  }

  /// True if no other subscription ever had the same callback.
  bool is_alone(const subscription_id& sub) const {
    auto callback = callback_of(sub);
    return std::all_of(lives_.begin(), lives_.end(), [&](auto& x) {
      return x.first == sub || callback_of(x.first) != callback;
    });
  }

  /// Several layers with one callback: when one ends, another may take over,
  /// and repeat what was delivered or is under way.
  bool layered(const subscription& who, const std::string& topic_key) const {
    auto result = false;
    each_life(topic_key, who.callback, [&](const life& x) {
      auto over = x.ended != 0 || x.row.expires_at <= time_.wall;
      result = result || (x.row.id != who.id && over);
    });
    return result;
  }

  bool is_excused(const expectation& what) const {
    auto result = false;
    each_life(what.topic_key, what.callback, [&](const life& who) {
      auto unseen = who.ended != 0 && who.end_told == 0;
      auto over = who.ended > what.since || who.end_told > what.since || unseen
                  || (who.ended == 0 && who.row.expires_at <= time_.wall)
                  || who.lapses;
      result = result || over;
    });
    return result;
  }

  /// True if the cursor has passed the event in a partition with subscribers.
  bool is_passed(const expectation& what) const {
    auto result = false;
    each_life(what.topic_key, what.callback, [&](const life& who) {
      result = result || view_.passed(who.row.id, what.at);
    });
    return result;
  }

  bool is_written(const expectation& what) const {
    auto result = false;
    each_life(what.topic_key, what.callback, [&](const life& who) {
      result = result || view_.has_row(who.row.id, what.at);
    });
    return result;
  }

  bool is_dead(const expectation& what) const {
    auto result = false;
    each_life(what.topic_key, what.callback, [&](const life& who) {
      result = result || view_.has_dead(who.row.id, what.at);
    });
    return result;
  }

  std::string describe(const expectation& what) const {
    auto text = "event " + to_text(what.at) + " (" + what.topic_key + ") for "
                + what.callback + " by";
    each_life(what.topic_key, what.callback, [&](const life& who) {
      text += " " + who.row.id.to_string().substr(0, 12) + "("
              + who.row.topic_key + ")";
    });
    return text;
  }

private:
  void end(life& who, bool told) {
    who.ended = time_.step;
    who.change = told ? time_.step : 0;
  }

  // Around the end of a lease nobody can say who is a subscriber.
  static constexpr unix_ms margin_ms = 120'000;

  void see_active(const subscription& row, bool told) {
    auto& all = lives_[row.id];
    auto is_news = all.empty() || all.back().row.revision != row.revision;
    auto goes_on = !all.empty() && all.back().ended == 0
                   && all.back().row.created_at == row.created_at
                   && all.back().row.starts == row.starts;
    if (!goes_on) {
      if (!all.empty() && all.back().ended == 0)
        end(all.back(), told);
      for (auto& who : all)
        if (told && who.end_told == 0)
          who.change = time_.step;
      all.push_back({.row = row, .lease = row.expires_at});
    } else {
      auto& who = all.back();
      who.lapses = who.lapses
                   || (who.row.expires_at != row.expires_at
                       && who.row.expires_at <= time_.wall + margin_ms);
      who.row = row;
      auto is_known = told && is_news;
      who.lease
        = is_known ? row.expires_at : std::max(who.lease, row.expires_at);
    }
  }

  /// Calls `f(const life&)` for all who have the event's topic and callback.
  template <class F>
  void each_life(const std::string& topic_key, const std::string& callback,
                 F f) const {
    for (auto& [id, all] : lives_)
      for (auto& who : all)
        if (who.row.callback == callback
            && topic_matches(who.row.topic_key, topic_key))
          f(who);
  }

  disk_view view_;
  const world_time& time_;
  std::map<subscription_id, std::vector<life>> lives_;
};

} // namespace herald::simulation
