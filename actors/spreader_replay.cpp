#include "actors/spreader.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr std::chrono::seconds store_timeout{60};

} // namespace

/// From `after` on, the subscriber is served from the log: one row, whatever
/// the length of its backlog.
void spreader_state::start_replay(subscriber& who, log_id log,
                                  sequence after) {
  who.replays.emplace(log, replay{after, after, {}});
  pending.lag_from(who.id, log, after);
  dirty(false);
}

/// A replay goes on while the subscriber answers and its rows are few; while it
/// fails, its rows probe it.
bool spreader_state::may_replay(const subscriber& who) const {
  return !who.replays.empty() && who.jobs < limits.jobs / 2
         && !(who.failing && who.jobs > 0);
}

/// Hands out what was found in the log, or looks further.
void spreader_state::replay_next(subscriber& who) {
  auto free = room(who);
  if (free == 0 || draining)
    return end_load(&who);
  for (auto& [log, state] : who.replays) {
    if (state.wanted.empty())
      continue;
    auto count = std::min(free, state.wanted.size());
    std::vector<sequence> seqs(state.wanted.begin(),
                               state.wanted.begin()
                                 + static_cast<ptrdiff_t>(count));
    std::vector<handed_out> picked(
      count, handed_out{log, nullptr, 0, origin_kind::log});
    return load_bodies(who, std::move(picked), std::move(seqs));
  }
  // Every log is looked through in turn.
  auto behind = std::min_element(
    who.replays.begin(), who.replays.end(),
    [](auto& x, auto& y) { return x.second.read < y.second.read; });
  read_replay(who, behind->first);
}

void spreader_state::read_replay(subscriber& who, log_id log) {
  auto& state = who.replays.at(log);
  note_trimmed(who, log, state);
  self
    ->request(store, store_timeout, atom::read_v, log, state.read,
              uint64_t{limits.chunk_events})
    .then(
      [this, token = who.token(), log](std::vector<event_meta>& metas) {
        auto it = subscribers.find(token);
        if (it == nullptr || draining)
          return end_load(it);
        auto& found = it->replays.at(log);
        if (metas.empty()) {
          // The end of the log, whatever was trimmed before it.
          found.read = std::max(found.read, logs[log].open.matched());
          finish_replay(*it, log);
          return end_load(it);
        }
        found.read = metas.back().seq;
        self->send(registry, replay_request{token, log, it->id, std::move(metas)});
      },
      [this, token = who.token()](const caf::error&) {
        end_load(subscribers.find(token));
      });
}

/// Events that retention took before they could be replayed are dead: one row
/// for the whole range.
void spreader_state::note_trimmed(subscriber& who, log_id log, replay& state) {
  auto gone = logs[log].trimmed;
  if (state.read >= gone)
    return;
  dead_letter letter;
  letter.key = {who.id, log, state.read + 1};
  letter.up_to = gone;
  letter.at = wall();
  letter.why = failure::expired;
  pending.died(letter);
  state.read = gone;
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
    i->second.wanted.assign(what.wanted.begin(), what.wanted.end());
    note_progress(*who, what.log);
    if (i->second.read >= logs[what.log].open.matched())
      finish_replay(*who, what.log);
  }
  if (who->parked || !may_replay(*who) || draining)
    return end_load(who);
  replay_next(*who);
}

/// Moves the lag row behind everything that is settled.
void spreader_state::note_progress(subscriber& who, log_id log) {
  auto i = who.replays.find(log);
  if (i == who.replays.end())
    return;
  auto& state = i->second;
  auto first_open = state.read + 1;
  if (!state.wanted.empty())
    first_open = std::min(first_open, state.wanted.front());
  for (auto& item : who.hand)
    if (item.from == origin_kind::log && item.log == log)
      first_open = std::min(first_open, item.what->seq);
  if (first_open - 1 <= state.after)
    return;
  state.after = first_open - 1;
  pending.lag_from(who.id, log, state.after);
  dirty(false);
}

/// The replay has caught up with the window: what is left of it becomes rows,
/// in the same commit that ends the lag, and new events come the usual way.
void spreader_state::finish_replay(subscriber& who, log_id log) {
  auto& state = who.replays.at(log);
  for (auto& item : who.hand)
    if (item.from == origin_kind::log && item.log == log) {
      item.from = origin_kind::row;
      make_row(who, log, item.what->seq, item.attempts);
    }
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
