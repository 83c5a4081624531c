#include "actors/spreader/spreader.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

// A part of the log again: replays that somebody asks for.

namespace herald {

caf::result<atom::done> spreader_state::replay_again(replay_order& what) {
  if (auto err = refuse_order(what.who->id))
    return err;
  if (what.ranges.empty())
    return atom::done_v;
  auto promise = self->make_response_promise<atom::done>();
  asks.request(store, atom::heads_v)
    .then(
      [this, promise, id = what.who->id,
       ranges = what.ranges](const std::vector<log_bounds>& heads) mutable {
        if (auto err = refuse_order(id)) {
          promise.deliver(std::move(err));
          return;
        }
        match_from_store(heads);
        wish(subscribers.at(id), std::move(ranges), promise);
        advance();
      },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

/// A replay may reach behind the start of its subscription, to what nobody
/// wanted when it was appended: the news leave that out. So all that is not
/// matched yet is read from the store. What was read there before leaves out
/// nothing, and its answers have come: the store's came in order.
void spreader_state::match_from_store(const std::vector<log_bounds>& heads) {
  for (auto& log : logs) {
    drop_tail(log);
    log.head = std::max(log.head, heads[log.id].head);
    log.is_void = log.busy && !log.from_store;
  }
}

caf::result<atom::done>
spreader_state::cancel_replay(const subscription_id& id) {
  auto who = subscribers.find(id);
  auto is_asked = [](auto& x) { return x.second.row.until != 0; };
  if (who == nullptr
      || std::none_of(who->replays.begin(), who->replays.end(), is_asked))
    return fail(errc::not_found, "No replay is running.");
  auto promise = self->make_response_promise<atom::done>();
  wish(*who, {}, promise);
  return promise;
}

/// Not in the midst of a load, which relies on the state of the replay.
void spreader_state::wish(subscriber& who, std::vector<replay_range> ranges,
                          caf::typed_response_promise<atom::done>& promise) {
  who.wishes.push_back({std::move(ranges), open_ticket(promise)});
  if (!who.loading)
    enqueue_load(who);
  assert(who.is_consistent());
}

/// The subscriber has ended.
void spreader_state::drop_wishes(subscriber& who) {
  for (auto& each : who.wishes)
    answer(each.ticket,
           fail(errc::not_found, "There is no such subscription."));
  who.wishes.clear();
}

void spreader_state::grant_wish(subscriber& who) {
  auto& next = who.wishes.front();
  auto is_asked = [](auto& x) { return x.second.row.until != 0; };
  auto runs = std::any_of(who.replays.begin(), who.replays.end(), is_asked);
  if (next.ranges.empty())
    return end_replays(who);
  if (!runs && !draining) {
    forget_passed(who);
    return list_rows(who, std::nullopt);
  }
  answer(next.ticket, draining ? fail(errc::stopping, "The node is stopping.")
                               : fail(errc::conflict, "A replay is running."));
  who.wishes.pop_front();
  end_load(&who);
}

/// Rows that were remembered because the log was going to come to their events:
/// it has, and they may be done; or somebody wants them again, done or not.
void spreader_state::forget_passed(subscriber& who) {
  auto is_wanted = [&](auto& x) {
    auto& ranges = who.wishes.front().ranges;
    return std::any_of(ranges.begin(), ranges.end(), [&](auto& range) {
      return range.log == x.first && range.after < x.second
             && (range.until == 0 || x.second <= range.until);
    });
  };
  std::erase_if(who.rows_ahead, [&](auto& x) {
    if (is_wanted(x))
      return true;
    auto i = who.replays.find(x.first);
    return x.second <= (i == who.replays.end() ? logs[x.first].window.expanded()
                                               : i->second.read);
  });
}

/// What has a row is not to be found again in the log.
void spreader_state::list_rows(subscriber& who, std::optional<job_key> after) {
  if (who.jobs == 0)
    return begin_ranges(who);
  asks
    .request(store, atom::jobs_v, own, who.id, after, uint64_t{limits.due_page})
    .then(
      [this, token = who.token()](const std::vector<job>& rows) {
        auto it = subscribers.find(token);
        if (it == nullptr)
          return end_load(nullptr);
        for (auto& row : rows)
          it->rows_ahead.emplace(row.key.log, row.key.seq);
        if (rows.size() < limits.due_page)
          begin_ranges(*it);
        else
          list_rows(*it, rows.back().key);
      },
      [this, token = who.token()](const caf::error& why) {
        auto it = subscribers.find(token);
        if (it != nullptr) {
          answer(it->wishes.front().ticket, why);
          it->wishes.pop_front();
        }
        end_load(it);
      });
}

void spreader_state::begin_ranges(subscriber& who) {
  auto what = std::move(who.wishes.front());
  who.wishes.pop_front();
  for (auto& range : what.ranges)
    begin_range(who, range);
  // What is not on the disk yet.
  auto note = [&](const job_key& key, const std::optional<job>& row) {
    if (row)
      who.rows_ahead.emplace(key.log, key.seq);
    else
      who.rows_ahead.erase({key.log, key.seq});
  };
  sent.each_change(who.id, note);
  pending.each_change(who.id, note);
  answer_when_written(what.ticket);
  end_load(&who);
  refill(who);
}

/// What is still to come anyway is left out.
void spreader_state::begin_range(subscriber& who, const replay_range& what) {
  auto& log = logs[what.log];
  auto known = who.replays.find(what.log);
  auto here
    = known == who.replays.end() ? log.window.expanded() : known->second.read;
  auto until = what.until == 0 ? here : std::min(what.until, here);
  if (what.after >= until)
    return;
  if (known == who.replays.end()) {
    settle_waiting(who, what.log, here);
    settle_hand(who, what.log);
  } else {
    // What was found and is not done gets rows, so that nothing that is done
    // comes again when it goes on from here.
    replayed_to_rows(who, what.log);
    for (auto seq : known->second.wanted) {
      make_row(who, what.log, seq, 0);
      who.park();
    }
  }
  lag row{who.id, what.log, what.after, until, here};
  pending.lagging(row);
  who.replays.insert_or_assign(what.log, replay{row, ahead_bytes});
}

/// A part that somebody asked for ends early: on with the rest.
void spreader_state::end_replays(subscriber& who) {
  auto ticket = who.wishes.front().ticket;
  who.wishes.pop_front();
  for (auto& each : who.replays) {
    auto& state = each.second;
    if (state.row.until == 0)
      continue;
    state.row = {who.id, each.first, state.row.resume};
    state.read = std::max(state.read, state.row.after);
    std::erase_if(state.wanted,
                  [&](sequence seq) { return seq <= state.row.after; });
    state.ahead.clear();
    pending.lagging(state.row);
  }
  answer_when_written(ticket);
  end_load(&who);
  refill(who);
}

} // namespace herald
