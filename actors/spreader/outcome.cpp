#include "actors/delivery/retry.hpp"
#include "actors/spreader/breaker.hpp"
#include "actors/spreader/spreader.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace herald {

namespace {

strike strike_of(const attempt_record& made) {
  return made.status == status_too_many ? strike::busy : strike::broken;
}

bool is_failure(const delivery_report& report) {
  return report.made && report.how != verdict::done;
}

} // namespace

void spreader_state::settle(const std::vector<delivery_report>& reports) {
  deliveries->counters->settled(reports);
  subscriber* who = nullptr;
  for (auto& report : reports) {
    who = subscribers.find(report.token);
    if (who == nullptr)
      continue;
    who->seen += is_failure(report) ? 1 : 0;
    auto item = who->find(report.log, report.seq);
    if (item == nullptr)
      continue;
    auto what = std::move(*item);
    *item = std::move(who->hand.back());
    who->hand.pop_back();
    apply(*who, std::move(what), report);
  }
  // All reports of one message come from one delivery actor.
  if (who != nullptr) {
    who->idle_since = now();
    go_on(*who);
    refill(*who);
  }
  dirty(true);
  if (draining)
    return finish_drain();
  proceed();
}

void spreader_state::apply(subscriber& who, handed_out what,
                           const delivery_report& report) {
  note_attempt(who, report);
  if (report.made)
    pending.attempted(*report.made);
  switch (report.how) {
    case verdict::retry:
      return apply_retry(who, what, report.due, what.attempts + 1);
    case verdict::dead:
      return apply_death(who, what, report);
    case verdict::unused:
      if (who.who->expires_at > wall()) // It was held back.
        return apply_retry(who, what, wall(), what.attempts);
      break;
    case verdict::gone:
      asks.request(registry, atom::remove_v, who.id)
        .then([](atom::done) {}, [](const caf::error&) {});
      break;
    case verdict::done:
      break;
  }
  leave_window(what);
  drop_row(who, what);
  if (what.from == origin_kind::log)
    note_progress(who, what.log);
}

void spreader_state::apply_retry(subscriber& who, const handed_out& what,
                                 unix_ms due_time, uint32_t attempts) {
  leave_window(what);
  if (what.from != origin_kind::row)
    ++who.jobs;
  job_key key{who.id, what.log, what.what->seq};
  pending.put({key, attempts, due_time});
  if (!who.rows_ahead.contains({key.log, key.seq}))
    who.note_row(key.log, key.seq);
  due.written(due_time, key);
  if (auto first = due.next())
    arm(deliveries->time->when(*first));
  if (what.from == origin_kind::log)
    note_progress(who, what.log);
  if (who.is_ordered())
    leave_to_the_log(who);
}

/// A delivery actor waits for this after a failure. Where the breaker is open,
/// what has not left yet comes back.
void spreader_state::go_on(subscriber& who) {
  if (who.is_failing() && !who.hand.empty() && who.actor)
    order(who, {}, is_open(who.how, wall()));
}

/// Success ends a bad time; a failure may open the breaker.
void spreader_state::note_attempt(subscriber& who,
                                  const delivery_report& report) {
  if (report.how != verdict::done && !is_failure(report))
    return; // It never left.
  auto time = wall();
  if (report.how == verdict::done) {
    if (who.is_failing())
      pending.recovered(who.id);
    if (std::exchange(who.told_failing, false))
      tell_of(notice_kind::recovered, who);
    who.how = {};
    who.how.last_attempt = time;
    return;
  }
  auto was_open = is_open(who.how, time);
  who.how.sub = who.id;
  note_failure(who.how, strike_of(*report.made), time, deliveries->breaker,
               retries_of(deliveries->retry, who.who->policy),
               random_share(random));
  pending.failing(who.how);
  if (!who.told_failing
      && (who.told_at == 0
          || time >= who.told_at + limits.between_notices.count())) {
    who.told_failing = true;
    who.told_at = time;
    tell_of(notice_kind::failing, who, report.made.get());
  }
  // An open breaker has a probe at its end, and no other pause than this.
  assert(!was_open || probes.contains({who.how.open_until, who.id}));
  if (was_open || !is_open(who.how, time))
    return;
  probes.emplace(who.how.open_until, who.id);
  arm(deliveries->time->when(who.how.open_until));
}

/// The pause of some open breakers is over: one attempt each.
void spreader_state::probe() {
  auto time = wall();
  while (!probes.empty() && probes.begin()->first <= time) {
    auto id = probes.begin()->second;
    probes.erase(probes.begin());
    if (auto who = subscribers.find(id))
      refill(*who);
  }
}

/// Collected: a bad moment of many subscribers is one message.
void spreader_state::tell_of(notice_kind what, const subscriber& who,
                             const attempt_record* made) {
  notice next;
  next.what = what;
  next.who = who.who;
  next.at = wall();
  if (made != nullptr) {
    next.why = made->why;
    next.status = made->status;
  }
  news.push_back(std::move(next));
}

/// Gives an event up, visibly.
void spreader_state::die(const subscription_ptr& who,
                         const dead_letter& letter) {
  pending.died(letter);
  notice next;
  next.what = notice_kind::dead;
  next.who = who;
  next.at = letter.at;
  next.why = letter.why;
  next.status = letter.status;
  next.attempts = letter.attempts;
  next.log = letter.key.log;
  next.seq = letter.key.seq;
  next.up_to = letter.up_to;
  news.push_back(std::move(next));
}

void spreader_state::apply_death(subscriber& who, const handed_out& what,
                                 const delivery_report& report) {
  dead_letter letter;
  letter.key = {who.id, what.log, what.what->seq};
  letter.up_to = what.what->seq;
  letter.attempts = what.attempts + 1;
  letter.at = wall();
  letter.why = report.made ? report.made->why : failure::policy;
  letter.status = report.made ? report.made->status : uint16_t{0};
  die(who.who, letter);
  leave_window(what);
  drop_row(who, what);
  if (what.from == origin_kind::log)
    note_progress(who, what.log);
}

void spreader_state::leave_window(const handed_out& what) {
  if (what.from != origin_kind::window)
    return;
  assert(open_deliveries > 0);
  logs[what.log].window.settle(what.what->seq);
  --open_deliveries;
}

void spreader_state::drop_row(subscriber& who, const handed_out& what) {
  if (what.from != origin_kind::row)
    return;
  assert(who.jobs > 0);
  pending.drop({who.id, what.log, what.what->seq});
  --who.jobs;
}

} // namespace herald
