#include "actors/spreader/spreader.hpp"

#include <algorithm>
#include <cassert>

namespace herald {

// -- answers that wait for a commit -------------------------------------------

uint64_t
spreader_state::open_ticket(caf::typed_response_promise<atom::done>& to) {
  open_tickets.emplace(++tickets, to);
  return tickets;
}

void spreader_state::answer(uint64_t ticket, caf::error why) {
  auto node = open_tickets.extract(ticket);
  if (node.empty())
    return;
  if (why)
    node.mapped().deliver(std::move(why));
  else
    node.mapped().deliver(atom::done_v);
}

/// Answers once everything said so far is written.
void spreader_state::answer_when_written(uint64_t ticket) {
  if (pending.empty() && sent.empty())
    return answer(ticket);
  assert(open_tickets.contains(ticket));
  (pending.empty() ? for_this_commit : for_next_commit).push_back(ticket);
  dirty(true);
}

// -- one event again ----------------------------------------------------------

/// The row of `key` as it will be once everything is committed.
void spreader_state::find_row(
  const job_key& key, row_answer then,
  std::function<void(const caf::error&)> otherwise) {
  std::optional<job_key> before;
  if (key.seq > 0)
    before = job_key{key.sub, key.log, key.seq - 1};
  asks.request(store, atom::jobs_v, own, key.sub, before, uint64_t{1})
    .then(
      [this, key, then](const std::vector<job>& rows) {
        std::optional<job> row;
        if (!rows.empty() && rows.front().key == key)
          row = rows.front();
        auto note
          = [&](const job_key& at, const std::optional<job>& now_it_is) {
              if (at == key)
                row = now_it_is;
            };
        sent.each_change(key.sub, note);
        pending.each_change(key.sub, note);
        then(row);
      },
      [otherwise](const caf::error& why) { otherwise(why); });
}

/// Its delivery is being made, or waits in memory.
bool spreader_state::is_on_its_way(subscriber& who, log_id log, sequence seq) {
  if (who.find(log, seq) != nullptr)
    return true;
  auto same
    = [&](const event_ptr& x) { return x->log == log && x->seq == seq; };
  if (std::any_of(who.waiting.begin(), who.waiting.end(), same))
    return true;
  auto i = who.replays.find(log);
  return i != who.replays.end()
         && std::binary_search(i->second.wanted.begin(), i->second.wanted.end(),
                               seq);
}

/// The window or a replay comes to the event later, and would deliver it if the
/// subscriber wants it.
bool spreader_state::is_ahead(const subscriber& who, log_id log, sequence seq) {
  if (auto i = who.replays.find(log); i != who.replays.end())
    return i->second.covers(seq) && seq > i->second.read;
  return seq > logs[log].window.expanded();
}

/// While rows of an earlier life are being deleted, none can be written.
caf::error spreader_state::refuse_order(const subscription_id& id) const {
  if (!running || draining)
    return fail(errc::unavailable, "The partition is not running.");
  if (forgetting.contains(id))
    return fail(errc::unavailable, "The store is still deleting what was left "
                                   "of an earlier subscription.");
  return {};
}

caf::result<atom::done> spreader_state::redeliver(redeliver_order& what) {
  if (auto err = refuse_order(what.who->id))
    return err;
  for (auto& [log, seq] : what.events)
    if (log >= logs.size() || is_before_start(*what.who, log, seq))
      return fail(errc::conflict, "The event is older than the subscription.");
  auto join = std::make_shared<order_join>();
  auto promise = self->make_response_promise<atom::done>();
  join->ticket = open_ticket(promise);
  join->outstanding = what.events.size();
  for (auto& [log, seq] : what.events)
    find_row(
      {what.who->id, log, seq},
      [this, join, key = job_key{what.who->id, log, seq}](
        const std::optional<job>& row) { one_found(*join, revive(key, row)); },
      [this, join](const caf::error& why) { one_found(*join, why); });
  if (what.events.empty())
    answer(join->ticket);
  return promise;
}

void spreader_state::one_found(order_join& join, const caf::error& why) {
  assert(join.outstanding > 0);
  if (why)
    join.why = why;
  if (--join.outstanding > 0)
    return;
  if (join.why)
    answer(join.ticket, join.why);
  else
    answer_when_written(join.ticket);
}

/// From now on the event is pending as if it had just been accepted. Who asked
/// may not know yet that the subscription has ended: whom this process has
/// forgotten is asked for anew.
caf::error spreader_state::revive(const job_key& key,
                                  const std::optional<job>& row) {
  if (forgetting.contains(key.sub)) // It has ended since.
    return fail(errc::not_found, "There is no such subscription.");
  auto& who = subscribers.at(key.sub);
  pending.undead(key);
  if (is_on_its_way(who, key.log, key.seq)) {
    dirty(true);
    return {};
  }
  auto time = wall();
  pending.put({key, 0, time});
  who.jobs += row ? 0 : 1;
  if (is_ahead(who, key.log, key.seq))
    who.rows_ahead.emplace(key.log, key.seq);
  else
    who.note_row(key.log, key.seq);
  who.park();
  dirty(true);
  refill(who);
  return {};
}

caf::result<atom::done>
spreader_state::drop_letters(const std::vector<job_key>& keys) {
  for (auto& key : keys)
    pending.undead(key);
  auto promise = self->make_response_promise<atom::done>();
  answer_when_written(open_ticket(promise));
  return promise;
}

// -- what became of an event --------------------------------------------------

/// Nothing if only the store can tell.
std::optional<delivery_fate>
spreader_state::fate_in_memory(log_view& log, sequence seq,
                               const subscription_id& id) {
  using kind = delivery_fate::kind;
  auto who = subscribers.find(id);
  if (auto item = who == nullptr ? nullptr : who->find(log.id, seq))
    return delivery_fate{kind::pending, item->attempts, 0};
  auto comes = who == nullptr ? seq > log.window.expanded()
                              : is_ahead(*who, log.id, seq)
                                  || is_on_its_way(*who, log.id, seq);
  if (comes)
    return delivery_fate{kind::pending, 0, 0};
  if (who == nullptr || who->jobs == 0)
    return delivery_fate{};
  return std::nullopt;
}

caf::result<std::vector<delivery_fate>>
spreader_state::fates(fate_query& what) {
  if (!running)
    return fail(errc::unavailable, "The partition is not running.");
  if (what.log >= logs.size())
    return fail(errc::invalid, "There is no such log.");
  auto join = std::make_shared<fate_join>();
  join->result.resize(what.who.size());
  join->outstanding = 1;
  join->promise = self->make_response_promise<std::vector<delivery_fate>>();
  auto promise = join->promise;
  for (size_t i = 0; i < what.who.size(); ++i) {
    auto known = fate_in_memory(logs[what.log], what.seq, what.who[i]);
    if (known) {
      join->result[i] = *known;
      continue;
    }
    ++join->outstanding;
    find_row(
      {what.who[i], what.log, what.seq},
      [join, i](const std::optional<job>& row) {
        if (row)
          join->result[i]
            = {delivery_fate::kind::pending, row->attempt, row->due};
        join->one_known();
      },
      [join](const caf::error& why) {
        join->why = why;
        join->one_known();
      });
  }
  join->one_known();
  return promise;
}

void spreader_state::fate_join::one_known() {
  assert(outstanding > 0);
  if (--outstanding > 0)
    return;
  if (why)
    promise.deliver(std::move(why));
  else
    promise.deliver(std::move(result));
}

} // namespace herald
