#pragma once

#include "actors/interfaces.hpp"
#include "actors/messages.hpp"
#include "actors/spreader/read_ahead.hpp"

#include <caf/actor_clock.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace herald {

/// Where a delivery that was handed out comes from, so: what its end changes.
enum class origin_kind : uint8_t {
  window, ///< Counted in the window; no row.
  row,    ///< A job row stands for it.
  log,    ///< Replayed: the subscriber's lag row stands for it.
};

/// A delivery at the delivery actor.
struct handed_out {
  log_id log = 0;
  event_ptr what;
  uint32_t attempts = 0;
  origin_kind from = origin_kind::window;
};

/// A subscriber that is served from a log.
struct replay {
  lag row;            ///< As it is, or will be, in the store.
  sequence read = 0;  ///< The log was looked through up to here.
  sequence asked = 0; ///< The registry is looking through it up to here.
  std::deque<sequence> wanted; ///< Found, not handed out yet. Ascending.
  read_ahead ahead;            ///< The first of `wanted`.

  replay(const lag& what, read_ahead_total& total)
    : row(what), read(what.after), ahead(total) {
    // nop
  }

  /// It is within the part that somebody asked for.
  bool in_range() const { return row.until != 0 && read < row.until; }

  /// What was found lies between the row and how far the log was looked
  /// through, and what was read ahead is the beginning of that.
  bool is_consistent() const;

  /// Behind that part it goes on where the subscription had got to.
  void pass_gap() {
    if (row.until != 0 && read >= row.until && read < row.resume)
      read = row.resume;
  }

  /// True if the lag row stands for the event.
  bool covers(sequence seq) const {
    return seq > row.after
           && (row.until == 0 || seq <= row.until || seq > row.resume);
  }
};

/// Somebody asks for a replay, or for the end of it; and who is to be answered.
struct replay_wish {
  std::vector<replay_range> ranges; ///< Empty: the end.
  uint64_t ticket = 0;
};

/// A subscriber with something to do: what a spreader knows of it. Jobs that
/// are not handed out stand in the store only.
///
/// Six flags in three groups that do not depend on each other. The first group
/// is of rows and loads; `found` never stands without `parked`:
///
///   parked  found  loading
///     -       -       -     no row is due that is not handed out
///    yes     yes      -     some may be: they are read when there is room
///    yes      -       -     a pass over its rows was broken off
///    yes      -      yes    a pass over its rows has met none that is due
///    yes     yes     yes    it has met some, or some came since it began
///     -       -      yes    the load has another purpose: the subscription
///                           behind the rows, a replay, a wish
///
///   `park`          parked and found on: a row is, or may be, due
///   `enqueue_load`  loading on, until `end_load`
///   `load_rows`     found off, where a pass begins
///   `pick_rows`     found on, if a row is due; where a pass ends, parked
///                   becomes what found is: another pass may be needed
///   `await_first`   parked and found off: the first row counts, and is not due
///
/// A load may have another purpose whatever the first two say. Wishes are
/// loads: as long as there is one, `loading` stands.
///
/// The second group is how it answers; of what does not fail nobody is told:
///
///   is_failing()  told_failing
///        -             -       the last attempt succeeded, or there was none
///       yes            -       it failed: before a restart, or soon after
///                              operators were told of it the last time
///       yes           yes      it failed, and operators know
///
/// A failed attempt leads down, one that succeeds to the first line.
///
/// The third is `late` alone: on where an item in the hand becomes a row, off
/// where there is room in the hand when the next event comes.
struct subscriber {
  subscription_id id;
  subscription_ptr who; ///< Null until resolved after a restart.
  uint32_t place = 0;   ///< Index in the table.
  uint32_t incarnation = 0;
  delivery_actor actor;          ///< Null while there is nothing to deliver.
  std::deque<event_ptr> waiting; ///< Of the window, not handed out yet.
  std::vector<handed_out> hand;
  uint64_t seen = 0; ///< Failures that this actor has reported.
  std::map<log_id, replay> replays;
  /// Per log: events up to here were served by a replay that has ended.
  std::map<log_id, sequence> covered;
  /// Rows from before a restart, of events that are going to be found again:
  /// behind the cursor or the lag row of then. The row stands for them.
  std::set<std::pair<log_id, sequence>> rows_ahead;
  size_t jobs = 0; ///< Rows, also of what is handed out.
  /// Per log: the last event that has, or had, a row which is not ahead.
  std::map<log_id, sequence> last_row;
  bool parked = false; ///< May have rows that are due and not handed out.
  std::optional<job_key> scan; ///< Its rows were looked through up to here,
  bool found = false;          ///< and some of them were due.
  bool loading = false; ///< An answer of the store or registry is awaited.
  bool late = false;    ///< Has had one in hand for longer than the patience.
  condition how;        ///< `how.failures` > 0: the last attempt failed.
  bool told_failing = false; ///< People know; when they were told last.
  unix_ms told_at = 0;
  /// Replays that were asked for and have not begun: they are loads, too.
  std::deque<replay_wish> wishes;
  caf::actor_clock::time_point idle_since{};

  /// Names this subscriber in reports; other subscribers at this place, before
  /// and after, have other tokens.
  uint64_t token() const { return uint64_t{incarnation} << 32 | place; }

  /// It may have such rows. A pass over its rows that is under way may have
  /// gone past them, so another one follows.
  void park() {
    parked = true;
    found = true;
  }

  void note_row(log_id log, sequence seq) {
    last_row[log] = std::max(last_row[log], seq);
  }

  /// Rows of which `f(log and sequence)` is true are not ahead any more: the
  /// window has come to their events.
  template <class F>
  void pass_rows(F f) {
    std::erase_if(rows_ahead, [&](auto& x) {
      auto is_past = f(x);
      if (is_past)
        note_row(x.first, x.second);
      return is_past;
    });
  }

  /// Its flags are a line of the tables above; its hand, its rows and its
  /// replays agree: it is served by the window or by a replay, per log.
  bool is_consistent() const;

  bool has_work() const {
    return !waiting.empty() || !hand.empty() || jobs > 0 || !replays.empty()
           || loading || !wishes.empty();
  }

  bool is_failing() const { return how.failures > 0; }
  bool is_paused() const { return who && who->paused; }

  /// One after the other: what fails stops the rest.
  bool is_ordered() const { return who && who->policy.ordered; }

  /// The first event of `log` that waits, or nothing.
  std::optional<sequence> first_waiting(log_id log) const;

  /// The hand's entry of (log, seq), or nullptr.
  handed_out* find(log_id log, sequence seq);
};

/// The subscribers of a partition that have something to do. References stay
/// valid until the subscriber is erased. Not thread-safe.
class subscriber_table {
public:
  subscriber* find(const subscription_id& id);

  /// The subscriber that a report's token names; nullptr if it is gone.
  subscriber* find(uint64_t token);

  /// The subscriber of `id`, new if need be.
  subscriber& at(const subscription_id& id);

  void erase(subscriber& who);

  size_t size() const { return index_.size(); }

  /// Calls `f(subscriber&)` for each; `f` may erase the one it is given.
  template <class F>
  void each(F f) {
    for (size_t i = 0; i < places_.size(); ++i)
      if (places_[i])
        f(*places_[i]);
  }

private:
  std::vector<std::unique_ptr<subscriber>> places_;
  std::vector<uint32_t> free_;
  std::unordered_map<subscription_id, uint32_t> index_;
  uint32_t incarnations_ = 0;
};

} // namespace herald
