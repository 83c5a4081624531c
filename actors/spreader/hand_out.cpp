#include "actors/spreader/breaker.hpp"
#include "actors/spreader/spreader.hpp"

#include <algorithm>
#include <cassert>

namespace herald {

/// Takes on deliveries from the windows as far as there is room; all of them
/// when the node stops.
void spreader_state::expand(bool all) {
  if (!forgetting.empty())
    return; // Rows of an ended subscription must be gone before new ones.
  std::vector<subscriber*> touched;
  auto room = [&] {
    return all
           || (open_deliveries < limits.open_deliveries
               && pending.size() < limits.uncommitted);
  };
  for (auto& log : logs)
    while (room()) {
      auto entry = log.window.next_to_expand();
      if (entry == nullptr)
        break;
      while (entry->expanded < entry->who.size() && room()) {
        auto& who = entry->who[entry->expanded++];
        auto before = entry->open_deliveries;
        take_on(log, *entry, who);
        if (entry->open_deliveries > before)
          touched.push_back(subscribers.find(who->id));
      }
      entry->since = now();
      assert(entry->is_consistent());
      arm(in_step(now() + limits.patience));
    }
  assert(all || draining || open_deliveries <= limits.open_deliveries);
  for (auto who : touched)
    refill(*who);
}

void spreader_state::take_on(log_view& log, window_entry& entry,
                             const subscription_ptr& who) {
  auto& s = subscribers.at(who->id);
  if (!s.who || s.who->revision < who->revision)
    s.who = who;
  auto seq = entry.what->seq;
  if (s.replays.contains(log.id))
    return; // The lag row stands for it.
  if (auto i = s.covered.find(log.id); i != s.covered.end()) {
    if (seq <= i->second)
      return; // A replay ran ahead of us.
    s.covered.erase(i);
  }
  if (s.rows_ahead.erase({log.id, seq}) > 0)
    return s.note_row(log.id, seq); // Its row outlived a restart.
  if (s.jobs >= limits.jobs || s.is_paused() || (s.is_ordered() && s.jobs > 0))
    return start_replay(s, log.id, seq - 1);
  if (would_only_wait(s)) {
    make_row(s, log.id, seq, 0);
    return s.park();
  }
  s.waiting.push_back(entry.what);
  ++entry.open_deliveries;
  ++open_deliveries;
}

/// Its hand is full of what fails or is late: the patience for it is used up.
bool spreader_state::would_only_wait(subscriber& who) {
  if (!who.late && !who.is_failing())
    return false;
  auto has_room = room(who) > who.waiting.size();
  who.late = who.late && !has_room;
  return !has_room && !who.is_ordered();
}

/// How many deliveries this subscriber's actor should have: enough to be busy
/// until the next ones come.
size_t spreader_state::hand_limit(const subscriber& who) const {
  if (who.is_failing() || who.is_ordered())
    return 1;
  if (who.who && who.who->policy.in_flight)
    return 2 * size_t{*who.who->policy.in_flight};
  return limits.in_hand;
}

/// How many more it should have now.
size_t spreader_state::room(const subscriber& who) const {
  if (who.is_paused() || (who.how.open_until != 0 && is_open(who.how, wall())))
    return 0;
  auto limit = hand_limit(who);
  return limit - std::min(limit, who.hand.size());
}

/// How many more first tries it should have now: while there are rows that are
/// due, half of the hand is theirs; in order, they come first.
size_t spreader_state::room_for_new(const subscriber& who) const {
  if (who.is_ordered() && who.jobs > 0)
    return 0;
  if (!who.parked)
    return room(who);
  auto half = (hand_limit(who) + 1) / 2;
  auto is_new = [](auto& x) { return x.from != origin_kind::row; };
  auto held = static_cast<size_t>(
    std::count_if(who.hand.begin(), who.hand.end(), is_new));
  return std::min(room(who), half - std::min(half, held));
}

/// Hands out what the subscriber can take: first tries before old rows. What
/// may not be replayed now does not take memory either.
void spreader_state::refill(subscriber& who) {
  assert(who.is_consistent());
  if (draining)
    return;
  auto free = room_for_new(who);
  std::vector<handed_out> items;
  while (items.size() < free && !who.waiting.empty()) {
    auto& next = who.waiting.front();
    items.push_back({next->log, std::move(next), 0, origin_kind::window});
    items.back().log = items.back().what->log;
    who.waiting.pop_front();
  }
  if (may_replay(who))
    take_ahead(who, free, items);
  else if (!will_replay_soon(who))
    for (auto& each : who.replays)
      each.second.ahead.clear();
  // In order, nothing overtakes a row.
  assert(items.size() <= room(who));
  assert(items.empty() || !who.is_ordered() || who.jobs == 0);
  if (!items.empty())
    hand_out(who, std::move(items));
  if (who.parked || may_replay(who) || (!who.who && who.has_work()))
    load_later(who);
}

void spreader_state::hand_out(subscriber& who, std::vector<handed_out> items) {
  auto is_new = !who.actor;
  if (is_new) {
    who.actor = self->spawn<caf::monitored>(delivery, deliveries,
                                            spreader_actor{self}, who.token());
    who.seen = 0;
  }
  std::vector<delivery_item> taken;
  for (auto& item : items) {
    assert(who.who && who.find(item.log, item.what->seq) == nullptr);
    taken.push_back({item.what, item.attempts});
    who.hand.push_back(std::move(item));
  }
  order(who, std::move(taken), false, is_new && who.is_failing());
}

void spreader_state::order(subscriber& who, std::vector<delivery_item> items,
                           bool hold, bool failing) {
  self->send(who.actor, delivery_order{who.who, std::move(items), hold,
                                       who.seen, failing});
}

/// Turns what has been open for too long into rows; everything if `all`.
void spreader_state::escalate(bool all) {
  auto patient_until = now() - limits.patience;
  for (auto& log : logs) {
    auto& entries = log.window.entries();
    // A full window makes room at once.
    auto at_once
      = entries.size() >= limits.window_events ? entries.size() / 4 : size_t{0};
    size_t i = 0;
    for (auto& entry : entries) {
      if (!all && i++ >= at_once && entry.since > patient_until)
        break;
      escalate(log, entry);
    }
  }
}

void spreader_state::escalate(log_view& log, window_entry& entry) {
  auto seq = entry.what->seq;
  auto leave = [&] {
    --entry.open_deliveries;
    --open_deliveries;
  };
  for (; entry.escalated < entry.expanded; ++entry.escalated) {
    if (entry.open_deliveries == 0)
      continue;
    auto who = subscribers.find(entry.who[entry.escalated]->id);
    if (who == nullptr)
      continue;
    auto i = std::find_if(
      who->waiting.begin(), who->waiting.end(),
      [&](const event_ptr& x) { return x->seq == seq && x->log == log.id; });
    if (i != who->waiting.end() && (who->is_ordered() || who->is_paused())) {
      start_replay(*who, log.id, seq - 1);
    } else if (i != who->waiting.end()) {
      who->waiting.erase(i);
      make_row(*who, log.id, seq, 0);
      who->park();
      leave();
    } else if (auto item = who->find(log.id, seq);
               item != nullptr && item->from == origin_kind::window) {
      item->from = origin_kind::row;
      make_row(*who, log.id, seq, item->attempts);
      who->late = true;
      leave();
    }
  }
  // Every delivery that was taken on is done, a row, or the log's.
  assert(entry.open_deliveries == 0 && entry.is_consistent());
}

/// Due at once: what is handed out is skipped until this process ends, and
/// then it is due indeed.
void spreader_state::make_row(subscriber& who, log_id log, sequence seq,
                              uint32_t attempts) {
  // The rows of an earlier life are gone before there are new ones.
  assert(!forgetting.contains(who.id));
  pending.put({{who.id, log, seq}, attempts, wall()});
  who.note_row(log, seq);
  ++who.jobs;
  dirty(false);
}

/// A delivery actor died of a bug: what it had is handed out again.
void spreader_state::lost(const caf::actor_addr& source) {
  subscribers.each([&](subscriber& who) {
    if (!who.actor || who.actor->address() != source)
      return;
    who.actor = nullptr;
    auto items = std::move(who.hand);
    who.hand.clear();
    if (!items.empty() && !draining)
      hand_out(who, std::move(items));
  });
}

} // namespace herald
