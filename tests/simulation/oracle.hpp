#pragma once

#include "storage/topic.hpp"
#include "tests/simulation/disk_view.hpp"
#include "tests/simulation/life.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace herald::simulation {

/// Knows what the engine has promised, watches what it does, and says what is
/// wrong. It believes the disk and the network, nothing that the engine says of
/// itself. Not thread-safe.
class oracle {
public:
  explicit oracle(std::shared_ptr<memory_disk> disk) : view_{std::move(disk)} {
    // nop
  }

  /// Of everything that happens: one tick of the simulation's own clock.
  uint64_t step = 1;
  unix_ms now = 0;
  /// Nothing was under way at this step and this time.
  uint64_t quiet_step = 1;
  unix_ms quiet_time = 0;

  /// The first thing that went wrong; empty: nothing.
  std::string problem;

  void complain(std::string what) {
    if (problem.empty())
      problem = std::move(what);
  }

  // -- subscriptions ----------------------------------------------------------

  /// Subscriptions were changed on disk; `told` if the engine knows it.
  void look_at_subscriptions(bool told) {
    for (auto& shard : view_.disk->shards)
      for (auto& [id, row] : shard.subscriptions)
        if (row.active)
          see_active(row, told);
    for (auto& [id, all] : lives_)
      if (!all.empty() && all.back().ended == 0 && !view_.is_active(id))
        end(all.back(), told);
  }

  /// Nothing is under way: what was told has been noticed.
  void note_quiet() {
    quiet_step = step;
    quiet_time = now;
  }

  /// A node has started from the disk as it is. What it has done since then may
  /// still be under way.
  void note_start() {
    look_at_subscriptions(true);
    for (auto& [id, all] : lives_)
      for (auto& who : all) {
        who.lease = who.row.expires_at;
        if (who.ended != 0 && who.end_told == 0)
          who.end_told = step;
      }
  }

  // -- events -----------------------------------------------------------------

  /// Who must get an event that is published now: whoever the disk calls
  /// active, whether the engine was told so or not.
  std::vector<expectation> expect(const std::string& topic_key) const {
    std::vector<expectation> result;
    for (auto& [id, all] : lives_) {
      if (all.empty())
        continue;
      auto& who = all.back();
      auto counts = who.ended == 0 && who.row.expires_at > now + margin_ms
                    && topic_matches(who.row.topic_key, topic_key);
      auto same = [&](auto& x) { return x.callback == who.row.callback; };
      if (counts && std::none_of(result.begin(), result.end(), same))
        result.push_back({{}, topic_key, who.row.callback, step});
    }
    return result;
  }

  /// The event was acknowledged as being at `at`.
  void acknowledged(std::vector<expectation> what, position at) {
    for (auto& each : what) {
      each.at = at;
      open_.push_back(std::move(each));
    }
    check_cursors("acknowledgement");
  }

  // -- once more --------------------------------------------------------------

  /// True if no other subscription ever had the same callback.
  bool is_alone(const subscription_id& sub) const {
    auto callback = callback_of(sub);
    return std::all_of(lives_.begin(), lives_.end(), [&](auto& x) {
      return x.first == sub || callback_of(x.first) != callback;
    });
  }

  /// Somebody asks for these once more: from now on they may come. Leaves those
  /// of which the engine may know no end yet: what is under way counts.
  void begin_again(const subscription_id& sub, std::vector<expectation>& what) {
    repeated_.insert(sub);
    std::erase_if(open_, [this](auto& x) { return is_closed(x); });
    for (auto& each : what)
      each.since = step;
    std::erase_if(what, [this](const expectation& each) {
      auto i = deliveries_.find({each.at, each.callback});
      if (i == deliveries_.end())
        return false;
      auto& seen = i->second;
      seen.asked_step = step;
      auto is_news
        = seen.in_flight > 0 || (seen.done && seen.answered_step >= quiet_step);
      seen.done = seen.done && is_news;
      return is_news;
    });
  }

  /// That was acknowledged: what has not come since must come.
  void again(const std::vector<expectation>& what) {
    for (auto each : what) {
      auto& seen = deliveries_[{each.at, each.callback}];
      if (each.since <= unwanted_[each.callback]
          || each.since < seen.asked_step)
        continue; // Something newer was asked for.
      finished_.erase({each.at, each.callback});
      open_.push_back(std::move(each));
    }
    check_cursors("a replay");
  }

  /// Somebody wants no more of it.
  void forget_again(const subscription_id& sub) {
    auto callback = callback_of(sub);
    unwanted_[callback] = step;
    std::erase_if(open_, [&](const expectation& x) {
      return x.again && x.callback == callback;
    });
  }

  /// Behind `from`, nothing may be open before `at`.
  void check_order(const subscription_id& sub, position at, sequence from) {
    if (repeated_.contains(sub) || !is_alone(sub))
      return;
    std::erase_if(open_, [this](auto& x) { return is_closed(x); });
    for (auto& each : open_)
      if (each.callback == callback_of(sub) && each.at.first == at.first
          && each.at.second > from && each.at.second < at.second
          && !is_dead(each) && !view_.is_trimmed(each.at)
          && !deliveries_[{each.at, each.callback}].may_be_dead)
        complain("out of order: " + to_text(at) + " before " + describe(each));
  }

  /// The cursor never passes what is neither done nor written down.
  void check_cursors(const char* when) {
    std::erase_if(open_, [this](auto& x) { return is_closed(x); });
    for (auto& each : open_)
      if (is_passed(each) && !is_written(each) && !is_dead(each))
        complain(std::string{"passed by the cursor at "} + when + ": "
                 + describe(each));
  }

  /// What was not spread yet is kept.
  void check_trim() {
    if (!view_.keeps_unspread())
      complain("trimmed before it was spread");
  }

  /// Nothing may be left when everything has come to rest.
  void check_all_settled() {
    check_cursors("the end");
    for (auto& each : open_)
      if (!is_dead(each))
        complain("never delivered: " + describe(each));
  }

  // -- deliveries -------------------------------------------------------------

  /// `limit`: how many may be in flight per subscription.
  void arrived(const arrival& what, size_t limit) {
    auto& all = lives_[what.sub];
    auto text = what.sub.to_string().substr(0, 12) + " of " + to_text(what.at)
                + " attempt " + std::to_string(what.attempt);
    auto who = std::find_if(all.rbegin(), all.rend(), [&](const life& x) {
      return x.row.starts.at(what.at.first) < what.at.second;
    });
    if (who == all.rend())
      return complain("delivery without a subscription: " + text);
    if (who->end_told != 0 && who->end_told < quiet_step)
      return complain("delivery after the end: " + text);
    if (who->lease <= quiet_time)
      return complain("delivery after the lease: " + text);
    if (!topic_matches(who->row.topic_key, what.topic_key))
      return complain("delivery of another topic: " + text);
    auto& seen = deliveries_[{what.at, who->row.callback}];
    if (++in_flight_[what.sub] > limit && all.size() == 1)
      complain("too many in flight: " + text);
    ++seen.in_flight;
    seen.horizon = what.horizon;
    seen.life = who->row.created_at;
    auto before = std::exchange(seen.sub, what.sub);
    if (who->ended != 0 || layered(who->row, what.topic_key)) {
      if (before != what.sub)
        hand_over(seen, what.at, who->row.callback);
      return;
    }
    if (repeated_.contains(what.sub))
      return;
    if (seen.in_flight > 1)
      complain("delivery twice at the same time: " + text);
    if (seen.done)
      complain("delivery again: " + text);
    if (now < seen.not_before)
      complain("delivery before its time: " + text);
    if (seen.given_up)
      complain("delivery past the horizon: " + text);
  }

  /// The subscriber's answer is on its way.
  /// If it failed, the next attempt is made in [not_before, not_after].
  void answered(const subscription_id& sub, position at, uint16_t status,
                unix_ms not_before, unix_ms not_after) {
    auto& seen = deliveries_[{at, callback_of(sub)}];
    --seen.in_flight;
    --in_flight_[sub];
    seen.done = seen.done || status / 100 == 2;
    seen.answered_step = step;
    seen.gone = seen.gone || status == 410;
    // The answer to an earlier life says nothing of this one.
    if (auto row = view_.find(sub);
        row != nullptr && status == 410 && row->created_at == seen.life)
      refused_[sub] = row->revision;
    seen.not_before = not_before;
    seen.given_up = not_before > seen.horizon;
    seen.may_be_dead = not_after > seen.horizon;
  }

  /// The engine's memory is gone. How many finished deliveries it may repeat.
  size_t note_crash() {
    size_t count = 0;
    in_flight_.clear();
    for (auto& [key, seen] : deliveries_) {
      seen.in_flight = 0;
      seen.given_up = false;
      seen.not_before
        = std::min(seen.not_before, view_.due_of(seen.sub, key.first));
      seen.doubled = seen.doubled || view_.is_doubled(seen.sub, key.first);
      if (!seen.done || is_settled(key.first, seen.sub))
        continue;
      finished_.emplace(key);
      seen.done = false;
      ++count;
    }
    return count;
  }

  /// After an orderly stop nothing that was finished may be repeated.
  void check_stop() {
    for (auto& [key, seen] : deliveries_)
      if (seen.done && !seen.doubled && !repeated_.contains(seen.sub)
          && !is_settled(key.first, seen.sub))
        complain("would be repeated after an orderly stop: "
                 + to_text(key.first) + " for " + key.second);
  }

  /// An event may be given up only if its next attempt, at most `wait` later,
  /// would come too late.
  void check_letter(const dead_letter& what, unix_ms wait) {
    auto i = deliveries_.find(
      {{what.key.log, what.key.seq}, callback_of(what.key.sub)});
    if (what.why == failure::expired || i == deliveries_.end())
      return;
    if (what.at + wait < i->second.horizon)
      complain("given up too early: " + to_text(i->first.first) + " for "
               + i->first.second);
  }

  /// Who answered 410 is a subscriber no more. Only where nothing went wrong:
  /// the engine does not insist.
  void check_refused() {
    for (auto& [sub, revision] : refused_)
      if (auto row = view_.find(sub);
          row != nullptr && row->active && row->revision == revision)
        complain("still a subscriber after 410: " + sub.to_string());
  }

  bool has_refused(const subscription_id& sub) const {
    return refused_.contains(sub);
  }

  size_t finished() const { return deliveries_.size(); }
  size_t open() const { return open_.size(); }

private:
  // Around the end of a lease nobody can say who is a subscriber.
  static constexpr unix_ms margin_ms = 120'000;

  using delivery_key = std::pair<position, std::string>;

  /// Another layer of the same callback takes over.
  void hand_over(delivery_seen& seen, position at, const std::string& to) {
    if (seen.done)
      finished_.emplace(at, to);
    seen.done = false;
  }

  void end(life& who, bool told) {
    who.ended = step;
    who.end_told = told ? step : 0;
  }

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
        if (who.end_told == 0 && told)
          who.end_told = step;
      all.push_back({.row = row, .lease = row.expires_at});
    } else {
      auto& who = all.back();
      who.lapses = who.lapses
                   || (who.row.expires_at != row.expires_at
                       && who.row.expires_at <= now + margin_ms);
      who.row = row;
      auto is_known = told && is_news;
      who.lease
        = is_known ? row.expires_at : std::max(who.lease, row.expires_at);
    }
  }

  std::string callback_of(const subscription_id& sub) const {
    auto i = lives_.find(sub);
    return i == lives_.end() || i->second.empty()
             ? std::string{}
             : i->second.back().row.callback;
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

  /// Several layers with one callback: when one ends, another may take over,
  /// and repeat what was delivered or is under way.
  bool layered(const subscription& who, const std::string& topic_key) const {
    auto result = false;
    each_life(topic_key, who.callback, [&](const life& x) {
      auto over = x.ended != 0 || x.row.expires_at <= now;
      result = result || (x.row.id != who.id && over);
    });
    return result;
  }

  bool is_excused(const expectation& what) const {
    auto result = false;
    each_life(what.topic_key, what.callback, [&](const life& who) {
      auto unseen = who.ended != 0 && who.end_told == 0;
      auto over = who.ended > what.since || who.end_told > what.since || unseen
                  || (who.ended == 0 && who.row.expires_at <= now)
                  || who.lapses;
      result = result || over;
    });
    return result;
  }

  bool is_closed(const expectation& what) const {
    delivery_key key{what.at, what.callback};
    auto i = deliveries_.find(key);
    auto done = i != deliveries_.end() && (i->second.done || i->second.gone);
    // What was delivered before and is not kept any more cannot come again.
    done = done || (what.again && view_.is_trimmed(what.at));
    return done || finished_.contains(key) || is_excused(what);
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

  /// True if the disk knows that this delivery is finished.
  bool is_settled(position at, const subscription_id& sub) const {
    auto& who = lives_.at(sub).back();
    auto over = who.ended != 0 || who.row.expires_at <= now;
    return over || (view_.passed(sub, at) && !view_.has_row(sub, at));
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

  disk_view view_;
  std::map<subscription_id, std::vector<life>> lives_;
  std::vector<expectation> open_;
  std::map<delivery_key, delivery_seen> deliveries_;
  std::map<subscription_id, size_t> in_flight_;
  /// Who was given events once more on request.
  std::set<subscription_id> repeated_;
  /// When a callback's replay was cancelled last, in steps.
  std::map<std::string, uint64_t> unwanted_;
  /// Done before a crash that forgot it.
  std::set<delivery_key> finished_;
  /// Who answered 410, and its revision at that moment.
  std::map<subscription_id, uint64_t> refused_;
};

} // namespace herald::simulation
