#include "actors/spreader/breaker.hpp"
#include "actors/spreader/spreader.hpp"

#include <algorithm>
#include <cassert>

namespace herald {

/// From `after` on, the subscriber is served from the log: one row, whatever
/// the length of its backlog. In order, or while nothing is sent, what waits is
/// left to the log too, but for what waits before a row: the log would come to
/// the row's event as well.
void spreader_state::start_replay(subscriber& who, log_id log, sequence after) {
  if (who.is_ordered() || who.is_paused())
    if (auto first = who.first_waiting(log))
      after = std::max(*first - 1, who.last_row[log]);
  assert(!who.replays.contains(log));
  settle_waiting(who, log, after);
  settle_hand(who, log);
  lag row{who.id, log, after};
  pending.lagging(row);
  who.replays.try_emplace(log, row, ahead_bytes);
  dirty(false);
}

/// Nothing of it is handed out as it came.
void spreader_state::leave_to_the_log(subscriber& who) {
  for (auto& log : logs)
    if (auto first = who.first_waiting(log.id);
        first && !who.replays.contains(log.id))
      start_replay(who, log.id, *first - 1);
}

/// What is open before a lag begins: after a restart nothing but these rows
/// says that it is not done, because the lag row then stands for all events of
/// its log that are matched again.
void spreader_state::settle_waiting(subscriber& who, log_id log,
                                    sequence after) {
  std::erase_if(who.waiting, [&](const event_ptr& what) {
    if (what->log != log)
      return false;
    if (what->seq <= after) {
      make_row(who, log, what->seq, 0);
      who.park();
    }
    logs[log].window.settle(what->seq);
    --open_deliveries;
    return true;
  });
}

void spreader_state::settle_hand(subscriber& who, log_id log) {
  for (auto& item : who.hand)
    if (item.log == log && item.from == origin_kind::window) {
      leave_window(item);
      item.from = origin_kind::row;
      make_row(who, log, item.what->seq, item.attempts);
    }
}

/// A replay goes on while the subscriber answers and its rows are few; while it
/// fails, its rows probe it, and where order counts, they come first.
bool spreader_state::may_replay(const subscriber& who) const {
  auto rows_first = who.is_failing() || who.is_ordered();
  return !who.replays.empty() && !who.is_paused() && who.jobs < limits.jobs / 2
         && !(rows_first && who.jobs > 0);
}

/// An attempt that failed is no reason to read again what is in memory; that
/// nothing will be sent for a while is one to give the memory back.
bool spreader_state::will_replay_soon(const subscriber& who) const {
  return !who.is_paused() && who.jobs < limits.jobs / 2
         && !is_open(who.how, wall());
}

/// Reads what was found in the log. Looks further only when all that was found
/// is handed out: what is left when a replay catches up becomes rows.
void spreader_state::replay_next(subscriber& who) {
  if (draining)
    return end_load(&who);
  auto found_some = false;
  for (auto& [log, state] : who.replays) {
    if (auto size = next_load(who, state); size.events > 0)
      return load_ahead(who, log, size);
    found_some = found_some || !state.wanted.empty();
  }
  if (found_some) {
    end_load(&who);
    return refill(who);
  }
  // Every log is looked through in turn.
  auto behind = std::min_element(
    who.replays.begin(), who.replays.end(),
    [](auto& x, auto& y) { return x.second.read < y.second.read; });
  read_replay(who, behind->first);
}

/// What a load of found events should bring: what there is room for now. Where
/// the hand is full, more than that while it goes well and memory allows, so
/// that the store is asked for many at once and before they are needed.
spreader_state::load_size spreader_state::next_load(const subscriber& who,
                                                    const replay& state) const {
  auto held = state.ahead.size();
  auto left = state.wanted.size() - held;
  auto free = room(who) - std::min(room(who), held);
  if (free > 0 && free * 2 >= hand_limit(who))
    return {std::min(free, left), limits.load_bytes};
  auto mine = state.ahead.bytes();
  auto may_read_ahead = held * 2 < limits.ahead_events && !who.is_failing()
                        && mine < limits.ahead_share
                        && ahead_bytes < limits.ahead_bytes;
  if (may_read_ahead)
    return {
      std::min(limits.ahead_events - held, left),
      std::min(limits.ahead_share - mine, limits.ahead_bytes - ahead_bytes)};
  return {}; // Tried again when more of the hand has come back.
}

bool spreader_state::may_load_replay(const subscriber& who) const {
  auto is_done = true;
  for (auto& [log, state] : who.replays) {
    if (next_load(who, state).events > 0)
      return true;
    is_done = is_done && state.wanted.empty();
  }
  return is_done;
}

void spreader_state::load_ahead(subscriber& who, log_id log, load_size size) {
  auto& state = who.replays.at(log);
  auto first
    = state.wanted.begin() + static_cast<ptrdiff_t>(state.ahead.size());
  std::vector<sequence> seqs(first,
                             first + static_cast<ptrdiff_t>(size.events));
  asks.request(store, atom::bodies_v, log, seqs, uint64_t{size.bytes})
    .then(
      [this, token = who.token(), log, seqs](std::vector<event_ptr>& found) {
        auto it = subscribers.find(token);
        if (it != nullptr)
          ahead_loaded(*it, log, seqs, found);
        end_load(it);
        if (it != nullptr)
          refill(*it);
      },
      [this, token = who.token()](const caf::error&) {
        end_load(subscribers.find(token));
      });
}

/// A replay changes in loads only, but for what is handed out of it; and what
/// was read ahead may have been let go, and is then read again.
void spreader_state::ahead_loaded(subscriber& who, log_id log,
                                  const std::vector<sequence>& seqs,
                                  std::vector<event_ptr>& found) {
  auto& state = who.replays.at(log);
  for (size_t i = 0; i < found.size(); ++i) {
    auto next = state.ahead.size();
    if (next == state.wanted.size() || state.wanted[next] != seqs[i])
      return;
    state.ahead.push(seqs[i], std::move(found[i]));
  }
}

/// Hands out up to `max` of what was read ahead, unless it is dead.
void spreader_state::take_ahead(subscriber& who, size_t max,
                                std::vector<handed_out>& items) {
  for (auto& [log, state] : who.replays)
    while (items.size() < max && !state.ahead.empty()) {
      auto seq = state.ahead.front();
      assert(!state.wanted.empty() && state.wanted.front() == seq);
      state.wanted.pop_front();
      handed_out item{log, state.ahead.pop(), 0, origin_kind::log};
      if (auto lost = why_lost(item.what); lost != failure::none)
        body_missing(who, item, seq, lost);
      else
        items.push_back(std::move(item));
    }
}

/// What the store says counts up to where the log had been matched when it was
/// asked: events behind that may have been appended after it looked.
void spreader_state::read_replay(subscriber& who, log_id log) {
  auto part = end_of_part(who.replays.at(log), log);
  asks
    .request(store, atom::read_v, log, who.replays.at(log).read,
             uint64_t{limits.chunk_events})
    .then(
      [this, token = who.token(), log, part](std::vector<event_meta>& metas) {
        auto it = subscribers.find(token);
        if (it == nullptr || draining)
          return end_load(it);
        auto read = it->replays.at(log).read;
        auto follows = !metas.empty() && metas.front().seq == read + 1;
        if (follows || read >= part)
          replay_chunk(*it, log, part, metas);
        else
          ask_trimmed(*it, log, part, std::move(metas));
      },
      [this, token = who.token()](const caf::error&) {
        end_load(subscribers.find(token));
      });
}

/// Between the last chunk and this one something is missing: either the log has
/// a gap there, or retention was faster. The store is asked only after the
/// chunk was read, so that nothing can slip through in between.
void spreader_state::ask_trimmed(subscriber& who, log_id log, sequence part,
                                 std::vector<event_meta> metas) {
  auto shared = std::make_shared<std::vector<event_meta>>(std::move(metas));
  asks.request(store, atom::heads_v)
    .then(
      [this, token = who.token(), log, part,
       shared](const std::vector<log_bounds>& bounds) {
        auto it = subscribers.find(token);
        if (it == nullptr || draining)
          return end_load(it);
        auto in_range = it->replays.at(log).in_range();
        auto end
          = shared->empty() ? part : std::min(part, shared->front().seq - 1);
        note_trimmed(*it, log, std::min(end, bounds[log].trimmed));
        // Behind the part that was asked for there may be a gap of its own.
        if (in_range && !it->replays.at(log).in_range())
          return replay_next(*it);
        replay_chunk(*it, log, part, *shared);
      },
      [this, token = who.token()](const caf::error&) {
        end_load(subscribers.find(token));
      });
}

/// Not beyond what was matched for all: from there on events come the usual
/// way.
sequence spreader_state::end_of_part(const replay& state, log_id log) const {
  return state.in_range() ? state.row.until : logs[log].window.matched();
}

/// Has the registry look through a chunk, up to `part`.
void spreader_state::replay_chunk(subscriber& who, log_id log, sequence part,
                                  std::vector<event_meta>& metas) {
  auto& state = who.replays.at(log);
  std::erase_if(metas, [&](auto& x) { return x.seq > part; });
  if (metas.empty()) {
    state.read = std::max(state.read, part);
    state.pass_gap();
    note_progress(who, log);
    if (state.read < end_of_part(state, log))
      return replay_next(who);
    finish_replay(who, log);
    end_load(&who);
    return refill(who);
  }
  state.asked = metas.back().seq;
  self->send(registry,
             replay_request{who.token(), log, who.id, std::move(metas)});
}

/// The events behind `after`, up to `until`, are dead: one letter for all of
/// them, but for those with a row, which is delivered or dies for itself.
void spreader_state::expire(subscriber& who, log_id log, sequence after,
                            sequence until) {
  auto bury = [&](sequence from, sequence to) {
    if (from > to)
      return;
    dead_letter letter;
    letter.key = {who.id, log, from};
    letter.up_to = to;
    letter.at = wall();
    letter.why = failure::expired;
    die(who.who, letter);
  };
  auto from = after + 1;
  for (auto i = who.rows_ahead.lower_bound({log, from});
       i != who.rows_ahead.end() && *i <= std::pair{log, until}; ++i) {
    bury(from, i->second - 1);
    from = i->second + 1;
  }
  bury(from, until);
}

/// Events that retention took before they could be replayed are dead. Those
/// that somebody wanted once more had their turn.
void spreader_state::note_trimmed(subscriber& who, log_id log, sequence gone) {
  auto& state = who.replays.at(log);
  if (state.read >= gone)
    return;
  if (!state.in_range())
    expire(who, log, state.read, gone);
  state.read = gone;
  state.pass_gap();
  note_progress(who, log);
}

void spreader_state::take(replay_result& what) {
  auto who = subscribers.find(what.token);
  if (who == nullptr)
    return end_load(nullptr);
  if (!what.who) {
    end_load(who);
    return end(who->id);
  }
  auto i = who->replays.find(what.log);
  if (i != who->replays.end()) {
    auto& state = i->second;
    assert(who->loading && state.asked > state.read);
    state.read = state.asked;
    state.pass_gap();
    for (auto seq : what.wanted)
      if (!who->rows_ahead.contains({what.log, seq}))
        state.wanted.push_back(seq);
    note_progress(*who, what.log);
    // In order, or while nothing is sent, it is not to become so many rows.
    auto stays
      = !state.wanted.empty() && (who->is_ordered() || who->is_paused());
    if (!stays && !state.in_range()
        && state.read >= logs[what.log].window.matched())
      finish_replay(*who, what.log);
  }
  if (!who->parked && may_replay(*who) && !draining)
    return replay_next(*who);
  end_load(who);
  refill(*who);
}

/// Moves the lag row behind everything that is settled.
void spreader_state::note_progress(subscriber& who, log_id log) {
  auto i = who.replays.find(log);
  if (i == who.replays.end())
    return;
  auto& state = i->second;
  assert(state.is_consistent());
  auto first_open = state.read + 1;
  if (!state.wanted.empty())
    first_open = std::min(first_open, state.wanted.front());
  for (auto& item : who.hand)
    if (item.from == origin_kind::log && item.log == log)
      first_open = std::min(first_open, item.what->seq);
  if (first_open - 1 <= state.row.after)
    return;
  state.row.after = first_open - 1;
  if (state.row.until != 0 && state.row.after >= state.row.until)
    state.row = {who.id, log, std::max(state.row.after, state.row.resume)};
  assert(state.is_consistent());
  pending.lagging(state.row);
  dirty(false);
}

/// What is in flight of a replay gets rows of its own.
void spreader_state::replayed_to_rows(subscriber& who, log_id log) {
  for (auto& item : who.hand)
    if (item.from == origin_kind::log && item.log == log) {
      item.from = origin_kind::row;
      make_row(who, log, item.what->seq, item.attempts);
    }
}

/// The replay has caught up with the window: what is left of it becomes rows,
/// in the same commit that ends the lag, and new events come the usual way.
void spreader_state::finish_replay(subscriber& who, log_id log) {
  auto& state = who.replays.at(log);
  // The window goes on where the replay ends: nothing lies between them.
  assert(!state.in_range() && state.read >= logs[log].window.matched());
  replayed_to_rows(who, log);
  for (auto seq : state.wanted) {
    make_row(who, log, seq, 0);
    who.park();
  }
  who.covered[log] = state.read;
  who.replays.erase(log);
  pending.unlag(who.id, log);
  dirty(false);
}

} // namespace herald
