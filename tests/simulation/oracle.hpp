#pragma once

#include "actors/messages.hpp"
#include "tests/simulation/disk_view.hpp"
#include "tests/simulation/life.hpp"
#include "tests/simulation/subscriber_book.hpp"

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
  oracle(std::shared_ptr<memory_disk> disk, const world_time& time,
         unix_ms max_age)
    : subscribers{disk, time}, view_{std::move(disk)}, time_(time),
      max_age_(max_age) {
    // nop
  }

  subscriber_book subscribers;

  /// The first thing that went wrong; empty: nothing.
  std::string problem;

  void complain(std::string what) {
    if (problem.empty())
      problem = std::move(what);
  }

  // -- events -----------------------------------------------------------------

  /// The event was acknowledged as being at `at`.
  void acknowledged(std::vector<expectation> what, position at) {
    for (auto& each : what) {
      each.at = at;
      open_.push_back(std::move(each));
    }
    check_cursors("acknowledgement");
  }

  // -- once more --------------------------------------------------------------

  /// Somebody asks for these once more: from now on they may come. Leaves those
  /// of which the engine may know no end yet: what is under way counts.
  void begin_again(const subscription_id& sub, const replay_range& range,
                   std::vector<expectation>& what) {
    repeated_[sub].push_back(range);
    begun_[sub] = time_.step;
    cancelled_.erase(sub);
    std::erase_if(open_, [this](auto& x) { return is_closed(x); });
    for (auto& each : what)
      each.since = time_.step;
    std::erase_if(what, [this](const expectation& each) {
      auto i = deliveries_.find({each.at, each.callback});
      if (i == deliveries_.end())
        return false;
      auto& seen = i->second;
      seen.asked_step = time_.step;
      auto is_news = seen.in_flight > 0
                     || (seen.done && seen.answered_step >= time_.quiet_step);
      seen.done = false;
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

  /// A replay of `log`, asked for at `asked`, was acknowledged: no power cut
  /// takes it. The row may be that of a later one.
  void check_replay(const subscription_id& sub, log_id log, uint64_t asked) {
    if (begun_[sub] == asked && view_.is_unsafe(sub, log))
      complain("a replay was answered, but not fsynced: " + sub.to_string());
  }

  /// Somebody wants no more of it.
  void forget_again(const subscription_id& sub) {
    auto callback = subscribers.callback_of(sub);
    unwanted_[callback] = time_.step;
    std::erase_if(open_, [&](const expectation& x) {
      return x.again && x.callback == callback;
    });
  }

  /// That, asked for at `asked`, was acknowledged: what has come before does
  /// not come again.
  void cancelled(const subscription_id& sub, uint64_t asked) {
    if (begun_[sub] >= asked)
      return;
    cancelled_[sub] = {time_.step, 0};
    if (view_.has_replay(sub))
      complain("a replay was cancelled, but is on disk: " + sub.to_string());
  }

  /// An operator was told that an event comes once more: its dead letter is
  /// gone, unless it has died again.
  void check_revived(const subscription_id& sub, position at, unix_ms asked) {
    auto letter = view_.letter_of(sub, at);
    if (letter != nullptr && letter->at < asked)
      complain("a dead letter remains: " + to_text(at));
  }

  /// Behind `from`, nothing may be open before `at`.
  void check_order(const subscription_id& sub, position at, sequence from) {
    if (is_repeated(sub, at) || !subscribers.is_alone(sub))
      return;
    std::erase_if(open_, [this](auto& x) { return is_closed(x); });
    for (auto& each : open_)
      if (each.callback == subscribers.callback_of(sub)
          && each.at.first == at.first && each.at.second > from
          && each.at.second < at.second && !is_repeated(sub, each.at)
          && !subscribers.is_dead(each) && !view_.is_trimmed(each.at)
          && !may_be_dead(deliveries_[{each.at, each.callback}]))
        complain("out of order: " + to_text(at) + " before "
                 + subscribers.describe(each));
  }

  /// The cursor never passes what is neither done nor written down.
  void check_cursors(const char* when) {
    std::erase_if(open_, [this](auto& x) { return is_closed(x); });
    for (auto& each : open_)
      if (subscribers.is_passed(each) && !subscribers.is_written(each)
          && !subscribers.is_dead(each))
        complain(std::string{"passed by the cursor at "} + when + ": "
                 + subscribers.describe(each));
  }

  /// A lag row never goes back, unless a replay begins.
  void check_lag() {
    std::map<std::pair<subscription_id, log_id>, lag> rows;
    for (auto& state : view_.disk->partitions)
      rows.insert(state.lagging.begin(), state.lagging.end());
    for (auto& [key, row] : rows) {
      auto i = lagging_.find(key);
      auto begins = i == lagging_.end()
                    || (row.until != 0
                        && (row.until != i->second.until
                            || row.resume != i->second.resume));
      auto& was = begins ? row : i->second;
      auto least = was.until != 0 && row.until == 0 ? was.resume : was.after;
      // The same part once more looks like the first one.
      auto order = begun_[key.first];
      auto again = row.after < least && row.until != 0
                   && std::exchange(taken_up_[key], order) != order;
      if (row.after < least && !again)
        complain("a lag row goes back: " + key.first.to_string() + " "
                 + to_text({key.second, row.after}));
    }
    lagging_ = std::move(rows);
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
      if (!subscribers.is_dead(each))
        complain("never delivered: " + subscribers.describe(each));
  }

  // -- deliveries -------------------------------------------------------------

  /// `limit`: how many may be in flight per subscription.
  void arrived(const arrival& what, size_t limit) {
    auto& all = subscribers.lives_of(what.sub);
    auto text = what.sub.to_string().substr(0, 12) + " of " + to_text(what.at)
                + " attempt " + std::to_string(what.attempt);
    auto who = std::find_if(all.rbegin(), all.rend(), [&](const life& x) {
      return x.row.starts.at(what.at.first) < what.at.second;
    });
    if (who == all.rend())
      return complain("delivery without a subscription: " + text);
    if (who->end_told != 0 && who->end_told < time_.quiet_step)
      return complain("delivery after the end: " + text);
    if (who->lease <= time_.quiet_wall)
      return complain("delivery after the lease: " + text);
    if (!topic_matches(who->row.topic_key, what.topic_key))
      return complain("delivery of another topic: " + text);
    auto& seen = deliveries_[{what.at, who->row.callback}];
    if (++in_flight_[what.sub] > limit && all.size() == 1)
      complain("too many in flight: " + text + " limit "
               + std::to_string(limit));
    ++seen.in_flight;
    auto has_row = view_.row_of(what.sub, what.at) != nullptr;
    auto had_row = std::exchange(seen.had_row, has_row);
    seen.horizon = what.horizon;
    seen.life = who->row.created_at;
    auto before = std::exchange(seen.sub, what.sub);
    // A layer's row may be from a process whose clock had ended another layer,
    // which gets the event too, before or after.
    auto from_row = (has_row || had_row) && before != subscription_id{}
                    && before != what.sub;
    if (who->ended != 0 || from_row
        || subscribers.layered(who->row, what.topic_key)) {
      if (before != what.sub)
        hand_over(seen, what.at, who->row.callback);
      return;
    }
    if (is_repeated(what.sub, what.at))
      return note_again(what, seen, 2 * limit);
    if (seen.in_flight > 1)
      complain("delivery twice at the same time: " + text);
    if (seen.done)
      complain("delivery again: " + text);
    if (is_early(seen))
      complain("delivery before its time: " + text);
    if (seen.given_up)
      complain("delivery past the horizon: " + text);
  }

  /// The subscriber's answer is on its way. If it failed, the next attempt is
  /// made after `wait` at least, and `longest_wait` at most.
  void answered(const subscription_id& sub, position at, uint16_t status,
                unix_ms wait, unix_ms longest_wait) {
    auto& seen = deliveries_[{at, subscribers.callback_of(sub)}];
    --seen.in_flight;
    --in_flight_[sub];
    seen.done = seen.done || status / 100 == 2;
    seen.once_done = seen.once_done || seen.done;
    seen.answered_step = time_.step;
    seen.gone = seen.gone || status == 410;
    // The answer to an earlier life says nothing of this one.
    if (auto row = view_.find(sub);
        row != nullptr && status == 410 && row->created_at == seen.life)
      refused_[sub] = row->revision;
    seen.answered_at = time_.now;
    seen.wait = wait;
    seen.due = 0;
    auto failed = status / 100 != 2;
    seen.given_up = failed && time_.wall + wait > seen.horizon;
    seen.may_be_dead = failed && time_.wall + longest_wait > seen.horizon;
  }

  /// The engine's memory is gone: what was promised for a time counts by the
  /// row and the clock of then. How many finished deliveries it may repeat.
  size_t note_crash();

  /// After an orderly stop nothing that was finished may be repeated.
  void check_stop();

  /// An event may be given up only if its next attempt, at most `wait` later,
  /// would come too late.
  void check_letter(const dead_letter& what, unix_ms wait) {
    auto i = deliveries_.find(
      {{what.key.log, what.key.seq}, subscribers.callback_of(what.key.sub)});
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
  struct cancellation {
    uint64_t step = 0; ///< When it was acknowledged.
    size_t count = 0;  ///< What came again since.
  };

  using delivery_key = std::pair<position, std::string>;

  bool is_repeated(const subscription_id& sub, position at) const {
    auto i = repeated_.find(sub);
    auto holds = [&](const replay_range& x) {
      return x.log == at.first && x.after < at.second && at.second <= x.until;
    };
    return i != repeated_.end()
           && std::any_of(i->second.begin(), i->second.end(), holds);
  }

  /// A replay that was cancelled leaves what had been handed out.
  void note_again(const arrival& what, const delivery_seen& seen, size_t most) {
    auto i = cancelled_.find(what.sub);
    if (i == cancelled_.end() || i->second.step >= time_.quiet_step)
      return;
    auto is_old = seen.once_done && what.attempt == 1
                  && view_.row_of(what.sub, what.at) == nullptr;
    if (is_old && ++i->second.count > most)
      complain("a replay goes on that was cancelled: " + to_text(what.at));
  }

  /// Another layer of the same callback takes over.
  void hand_over(delivery_seen& seen, position at, const std::string& to) {
    if (seen.done)
      finished_.emplace(at, to);
    seen.done = false;
  }

  bool is_closed(const expectation& what) const {
    delivery_key key{what.at, what.callback};
    auto i = deliveries_.find(key);
    auto done = i != deliveries_.end() && (i->second.done || i->second.gone);
    // What was delivered before and is not kept any more cannot come again.
    done = done || (what.again && view_.is_trimmed(what.at));
    return done || finished_.contains(key) || subscribers.is_excused(what);
  }

  /// A row from an earlier process counts, unless it is due so late that the
  /// clock must have been set back since.
  bool is_early(const delivery_seen& what) const {
    auto latest = time_.begun_wall + (what.tried ? max_age_ : 0);
    return time_.now - what.answered_at < time_.least(what.wait)
           || (time_.wall < what.due && what.due <= latest);
  }

  bool may_be_dead(const delivery_seen& what) const {
    return what.may_be_dead || (what.horizon != 0 && what.horizon < time_.wall);
  }

  /// Its row is gone, and a lag row that came after it says nothing of it.
  bool is_doubled(const delivery_seen& seen, position at) const {
    return seen.had_row && view_.has_row(seen.sub, at);
  }

  /// True if the disk knows that this delivery is finished.
  bool is_known(position at, const subscription_id& sub) const {
    return view_.passed(sub, at) && !view_.has_row(sub, at);
  }

  disk_view view_;
  const world_time& time_;
  unix_ms max_age_; ///< No retry is planned for later.
  std::vector<expectation> open_;
  std::map<delivery_key, delivery_seen> deliveries_;
  std::map<subscription_id, size_t> in_flight_;
  /// Who was given events once more on request.
  std::map<subscription_id, std::vector<replay_range>> repeated_;
  std::map<std::pair<subscription_id, log_id>, lag> lagging_; ///< As seen last.
  std::map<subscription_id, uint64_t> begun_;                 ///< When, last.
  /// The order that a row has gone back for.
  std::map<std::pair<subscription_id, log_id>, uint64_t> taken_up_;
  /// Whose replay was cancelled last, since when nobody has asked for more.
  std::map<subscription_id, cancellation> cancelled_;
  /// When a callback's replay was cancelled last, in steps.
  std::map<std::string, uint64_t> unwanted_;
  /// Done before a crash that forgot it.
  std::set<delivery_key> finished_;
  /// Who answered 410, and its revision at that moment.
  std::map<subscription_id, uint64_t> refused_;
};

} // namespace herald::simulation
