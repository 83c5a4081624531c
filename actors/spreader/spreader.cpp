#include "actors/spreader/spreader.hpp"

#include "actors/spreader/breaker.hpp"

#include <algorithm>
#include <cassert>

namespace herald {

failure why_lost(const event_ptr& what) {
  if (!what)
    return failure::expired;
  return what->damaged ? failure::damaged : failure::none;
}

bool is_before_start(const subscription& who, log_id log, sequence seq) {
  return log < who.starts.size() && seq <= who.starts[log];
}

void spreader_state::init(spreader_options what) {
  own = what.own;
  limits = what.limits;
  store = std::move(what.store);
  registry = std::move(what.registry);
  desk = std::move(what.desk);
  deliveries = std::move(what.deliveries);
  to_people = std::move(what.notices);
  due = due_queue{limits.due_in_memory};
  random.seed(static_cast<uint32_t>(deliveries->seed ^ own.partition));
  logs.resize(what.logs);
  for (size_t i = 0; i < logs.size(); ++i)
    logs[i].id = static_cast<log_id>(i);
}

/// Makes sure that a tick comes at `when` or before.
void spreader_state::arm(time_point when) {
  if (!ticks.empty() && *ticks.begin() <= when)
    return;
  ticks.insert(when);
  auto delay = std::max(when - now(), caf::actor_clock::duration_type{0});
  self->delayed_send(self, delay, atom::tick_v);
}

void spreader_state::tick() {
  ticks.erase(ticks.begin(), ticks.upper_bound(now()));
  if (!running)
    return;
  escalate(false);
  wake_due();
  probe();
  scan_due();
  proceed();
  commit();
  keep_house();
  auto next = last_housekeeping + limits.housekeeping;
  for (auto& log : logs)
    if (auto first = log.window.first_open())
      next = std::min(next, in_step(first->since + limits.patience));
  if (auto first = due.next())
    next = std::min(next, deliveries->time->when(*first));
  if (!probes.empty())
    next = std::min(next, deliveries->time->when(probes.begin()->first));
  // Never spin: what could not be done now is tried a little later.
  arm(std::max(next, now() + std::chrono::milliseconds{1}));
  if (unsaved())
    dirty(false);
}

void spreader_state::keep_house() {
  if (now() < last_housekeeping + limits.housekeeping)
    return;
  last_housekeeping = now();
  assert(counts_add_up());
  tell_gauges();
  refresh_heads();
  for (auto& [id, asked] : forgetting)
    if (!asked)
      forget_rows(id);
  subscribers.each([this](subscriber& who) {
    auto is_past = [this, &who](auto& x) {
      return !who.replays.contains(x.first)
             && x.second <= logs[x.first].window.expanded();
    };
    std::erase_if(who.covered, is_past);
    who.pass_rows(is_past);
    if (who.has_work() || !who.covered.empty() || !who.rows_ahead.empty()
        || is_open(who.how, wall())) {
      who.idle_since = now();
      refill(who);
    } else if (now() - who.idle_since >= idle_limit(who)) {
      if (who.is_failing())
        pending.recovered(who.id); // Nothing is left that could fail again.
      retire(who);
    }
  });
}

/// Whoever is called rarely is remembered for long enough to tell when next.
milliseconds spreader_state::idle_limit(const subscriber& who) const {
  constexpr double longest_ms = 3'600'000;
  if (!who.who || !who.who->policy.rate)
    return limits.idle;
  auto turns_ms = std::min(2000 / *who.who->policy.rate, longest_ms);
  return std::max(limits.idle, milliseconds{static_cast<int64_t>(turns_ms)});
}

spreader_actor::behavior_type
spreader(spreader_actor::stateful_pointer<spreader_state> self,
         spreader_options options) {
  self->state.init(std::move(options));
  self->set_down_handler(
    [self](const caf::down_msg& msg) { self->state.lost(msg.source); });
  self->set_exit_handler([self](const caf::exit_msg& msg) {
    self->state.stop();
    self->quit(msg.reason);
  });
  return {
    [self](appended& what) { self->state.take(what); },
    [self](match_result& what) { self->state.take(what); },
    [self](replay_result& what) { self->state.take(what); },
    [self](const std::vector<delivery_report>& reports) {
      self->state.settle(reports);
    },
    [self](const subscription_ended& what) { self->state.take(what); },
    [self](subscription_changed& what) { self->state.take(what); },
    [self](atom::tick) { self->state.tick(); },
    [self](atom::start) { return self->state.start(); },
    [self](atom::status, const std::vector<subscription_id>& ids) {
      return self->state.status(ids);
    },
    [self](redeliver_order& what) { return self->state.redeliver(what); },
    [self](atom::drop, const std::vector<job_key>& keys) {
      return self->state.drop_letters(keys);
    },
    [self](replay_order& what) { return self->state.replay_again(what); },
    [self](atom::cancel, const subscription_id& id) {
      return self->state.cancel_replay(id);
    },
    [self](fate_query& what) { return self->state.fates(what); },
    [self](atom::drain) { return self->state.drain(); },
  };
}

} // namespace herald
