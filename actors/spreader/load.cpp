#include "actors/spreader/spreader.hpp"

#include <algorithm>
#include <cassert>

namespace herald {

/// Subscribers whose jobs are due now are to be loaded.
void spreader_state::wake_due() {
  auto time = wall();
  while (auto id = due.pop(time)) {
    auto who = subscribers.find(*id);
    if (who == nullptr || who->jobs == 0)
      continue;
    who->park();
    load_later(*who);
  }
}

/// Reads the due times of the near future.
void spreader_state::scan_due() {
  auto up_to = wall() + limits.look_ahead.count();
  // Half the horizon may pass before it is read again.
  if (scanning || !due.wants_scan(up_to - limits.look_ahead.count() / 2))
    return;
  scanning = true;
  auto from = due.position();
  asks.request(store, atom::due_v, own, up_to, from, uint64_t{limits.due_page})
    .then(
      [this, up_to, from](const std::vector<job>& rows) {
        scanning = false;
        due.scanned(rows, rows.size() < limits.due_page, up_to);
        // What was passed over because it was not committed yet.
        auto note = [this, &from](const job& row) {
          if (!from || due_position{row.due, row.key} > *from)
            due.written(row.due, row.key);
        };
        sent.each_put(note);
        pending.each_put(note);
        arm(now());
      },
      [this](const caf::error& why) {
        scanning = false;
        if (!quit_if_fenced(why))
          arm(now() + limits.store_retry);
      });
}

void spreader_state::load_later(subscriber& who) {
  if (!who.loading && !draining && may_load(who))
    enqueue_load(who);
}

/// If not, its rows are looked at again when more of the hand has come back.
bool spreader_state::rows_have_room(const subscriber& who) const {
  return room(who) * 2 >= hand_limit(who);
}

bool spreader_state::may_load(const subscriber& who) const {
  if (!who.who)
    return true; // It is to be resolved.
  return (who.parked && rows_have_room(who))
         || (may_replay(who) && may_load_replay(who));
}

void spreader_state::enqueue_load(subscriber& who) {
  assert(!who.loading);
  who.loading = true;
  load_queue.push_back(who.token());
  load_next();
}

void spreader_state::load_next() {
  while (loads < limits.loads && !load_queue.empty()) {
    auto who = subscribers.find(load_queue.front());
    load_queue.pop_front();
    if (who == nullptr)
      continue;
    assert(who->loading);
    ++loads;
    load(*who);
  }
  assert(loads <= limits.loads);
}

void spreader_state::load(subscriber& who) {
  if (!who.who)
    return resolve(who);
  if (!who.wishes.empty())
    return grant_wish(who);
  if (who.parked && rows_have_room(who))
    return load_rows(who);
  if (may_replay(who))
    return replay_next(who);
  end_load(&who);
}

/// One load has come to its end; `who` is null if the subscriber ended.
void spreader_state::end_load(subscriber* who) {
  assert(loads > 0);
  --loads;
  if (who != nullptr) {
    assert(who->loading);
    who->loading = false;
    if (!who->wishes.empty())
      enqueue_load(*who);
    assert(who->is_consistent());
  }
  load_next();
}

/// After a restart: who is behind the id of a row?
void spreader_state::resolve(subscriber& who) {
  asks.request(registry, atom::resolve_v, std::vector<subscription_id>{who.id})
    .then(
      [this, token = who.token()](const std::vector<subscription_ptr>& found) {
        auto it = subscribers.find(token);
        if (it == nullptr)
          return end_load(nullptr);
        if (!it->who)
          it->who = found[0];
        if (it->who)
          return load(*it);
        end_load(nullptr);
        end(it->id); // Its rows are left over from before a crash.
      },
      [this, token = who.token()](const caf::error&) {
        end_load(subscribers.find(token));
      });
}

void spreader_state::load_rows(subscriber& who) {
  assert(who.loading && who.parked);
  if (who.is_ordered())
    who.scan.reset(); // The first one counts, always.
  if (!who.scan)
    who.found = false;
  asks
    .request(store, atom::jobs_v, own, who.id, who.scan,
             uint64_t{limits.rows_page})
    .then(
      [this, token = who.token()](const std::vector<job>& rows) {
        if (auto it = subscribers.find(token))
          pick_rows(*it, rows);
        else
          end_load(nullptr);
      },
      [this, token = who.token()](const caf::error& why) {
        if (!quit_if_fenced(why))
          end_load(subscribers.find(token));
      });
}

/// The rows of the page that `stored` is, as they will be once everything is
/// committed.
std::map<job_key, job>
spreader_state::with_unsaved(const subscriber& who,
                             const std::vector<job>& stored) const {
  std::map<job_key, job> rows;
  for (auto& row : stored)
    rows.emplace(row.key, row);
  auto is_last = stored.size() < limits.rows_page;
  auto note = [&](const job_key& key, const std::optional<job>& now_it_is) {
    auto in_page
      = (!who.scan || key > *who.scan) && (is_last || key <= stored.back().key);
    if (!in_page)
      return;
    if (now_it_is)
      rows.insert_or_assign(key, *now_it_is);
    else
      rows.erase(key);
  };
  sent.each_change(who.id, note);
  pending.each_change(who.id, note);
  return rows;
}

/// A row of this pair's earlier life, which had ended when the process died
/// before its rows were deleted.
void spreader_state::drop_leftover(subscriber& who, const job_key& key) {
  pending.drop(key);
  who.jobs -= std::min<size_t>(who.jobs, 1);
  who.scan = key;
  dirty(false);
}

/// Chooses rows that are due and not handed out, as many as there is room for
/// and from one log. A whole pass over the rows that finds none means that
/// nothing is parked.
void spreader_state::pick_rows(subscriber& who,
                               const std::vector<job>& stored) {
  auto free = room(who);
  if (free == 0 || draining)
    return end_load(&who);
  std::vector<handed_out> picked;
  std::vector<sequence> seqs;
  auto time = wall();
  auto at_end = stored.size() < limits.rows_page;
  for (auto& [key, row] : with_unsaved(who, stored)) {
    assert(is_undone(key));
    assert(!who.scan || key > *who.scan); // A pass never goes back.
    if (is_before_start(*who.who, key.log, key.seq)) {
      drop_leftover(who, key);
      continue;
    }
    if (who.is_ordered() && picked.empty() && row.due > time)
      return await_first(who);
    if (row.due <= time && who.find(key.log, key.seq) == nullptr) {
      if (seqs.size() == free
          || (!picked.empty() && picked.back().log != key.log)) {
        at_end = false;
        break;
      }
      seqs.push_back(key.seq);
      picked.push_back({key.log, nullptr, row.attempt, origin_kind::row});
    }
    who.scan = key;
  }
  if (!at_end && picked.empty())
    who.scan = stored.back().key;
  who.found = who.found || !picked.empty();
  if (at_end) {
    who.scan.reset();
    who.parked = who.found;
  }
  // In order: the lowest row alone, into an empty hand.
  assert(!who.is_ordered() || picked.size() + who.hand.size() <= 1);
  if (!picked.empty())
    return load_bodies(who, std::move(picked), std::move(seqs));
  if (who.parked)
    return load_rows(who);
  load(who);
}

/// Nothing overtakes the first row; its due time wakes the subscriber.
void spreader_state::await_first(subscriber& who) {
  who.parked = false;
  who.found = false;
  end_load(&who);
}

/// Reads the events of `picked` and hands them out.
void spreader_state::load_bodies(subscriber& who,
                                 std::vector<handed_out> picked,
                                 std::vector<sequence> seqs) {
  auto log = picked.front().log;
  auto shared = std::make_shared<std::vector<handed_out>>(std::move(picked));
  asks.request(store, atom::bodies_v, log, seqs, uint64_t{limits.load_bytes})
    .then(
      [this, token = who.token(), shared, seqs](std::vector<event_ptr>& found) {
        auto it = subscribers.find(token);
        if (it != nullptr && !draining)
          bodies_loaded(*it, *shared, seqs, found);
        end_load(it);
        if (it != nullptr)
          refill(*it);
      },
      [this, token = who.token()](const caf::error&) {
        end_load(subscribers.find(token));
      });
}

/// What did not fit into one load, or what there is no room for any more, is
/// found again later.
void spreader_state::bodies_loaded(subscriber& who,
                                   std::vector<handed_out>& picked,
                                   const std::vector<sequence>& seqs,
                                   std::vector<event_ptr>& found) {
  std::vector<handed_out> items;
  auto free = room(who);
  for (size_t i = 0; i < found.size(); ++i) {
    auto& item = picked[i];
    if (items.size() == free) {
      if (item.from == origin_kind::row)
        who.park();
      break;
    }
    auto lost = why_lost(found[i]);
    if (lost == failure::none && is_too_old(who, item, *found[i]))
      lost = failure::expired;
    if (lost != failure::none) {
      body_missing(who, item, seqs[i], lost);
      continue;
    }
    item.what = std::move(found[i]);
    items.push_back(std::move(item));
  }
  if (!items.empty())
    hand_out(who, std::move(items));
}

/// It has been tried, and its time is over: while the breaker was open.
bool spreader_state::is_too_old(const subscriber& who, const handed_out& item,
                                const event& what) const {
  auto max_age
    = who.who->policy.retry_max_age.value_or(deliveries->retry.max_age);
  return item.attempts > 0 && what.accepted_at + max_age.count() < wall();
}

/// The event is lost: visibly dead, not silently dropped.
void spreader_state::body_missing(subscriber& who, const handed_out& picked,
                                  sequence seq, failure why) {
  dead_letter letter;
  letter.key = {who.id, picked.log, seq};
  letter.up_to = seq;
  letter.attempts = picked.attempts;
  letter.at = wall();
  letter.why = why;
  die(who.who, letter);
  if (picked.from == origin_kind::row) {
    assert(who.jobs > 0);
    pending.drop(letter.key);
    --who.jobs;
  }
  dirty(false);
}

} // namespace herald
