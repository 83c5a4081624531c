#include "actors/spreader/breaker.hpp"
#include "actors/spreader/spreader.hpp"

#include <algorithm>

// What the registry says of subscriptions: that they have changed or ended; and
// how they fare.

namespace herald {

namespace {

/// Puts `now` in the place of everyone of this id.
void replace_in(std::vector<subscription_ptr>& in, const subscription_id& id,
                const subscription_ptr& now) {
  for (auto& each : in)
    if (each && each->id == id)
      each = now;
}

} // namespace

void spreader_state::take(const subscription_ended& what) {
  if (desk)
    desk->heard();
  end(what.id);
}

void spreader_state::take(subscription_changed& what) {
  if (desk)
    desk->heard();
  change(std::move(what.now));
}

void spreader_state::end(subscription_id id) {
  for (auto& log : logs) {
    log.window.remove(id);
    if (log.loading)
      replace_in(log.loading->who, id, nullptr);
  }
  if (auto who = subscribers.find(id)) {
    for (auto& what : who->waiting) {
      logs[what->log].window.settle(what->seq);
      --open_deliveries;
    }
    for (auto& item : who->hand)
      leave_window(item);
    auto had_rows = who->jobs > 0 || !who->replays.empty() || who->is_failing();
    drop_wishes(*who);
    retire(*who);
    pending.forget(id);
    sent.forget(id); // It may have to be committed again.
    if (had_rows)
      forget_rows(id);
  }
  dirty(true);
  if (draining)
    finish_drain();
}

/// Deletes the rows of an ended subscription; tried again until it is done.
void spreader_state::forget_rows(const subscription_id& id) {
  forgetting.insert_or_assign(id, true);
  asks.request(store, atom::forget_v, own, id)
    .then(
      [this, id](atom::done) {
        forgetting.erase(id);
        proceed();
      },
      [this, id](const caf::error& why) {
        if (!quit_if_fenced(why))
          forgetting[id] = false; // Housekeeping asks again.
      });
}

/// Forgets a subscriber that has nothing to do, or has ended.
void spreader_state::retire(subscriber& who) {
  if (who.actor) {
    self->demonitor(who.actor.address());
    self->send_exit(who.actor, caf::exit_reason::user_shutdown);
  }
  subscribers.erase(who);
}

/// What was matched for it is delivered as it is now.
void spreader_state::change(subscription_ptr now_it_is) {
  for (auto& log : logs) {
    log.window.update(now_it_is);
    if (log.loading)
      replace_in(log.loading->who, now_it_is->id, now_it_is);
  }
  auto who = subscribers.find(now_it_is->id);
  if (who == nullptr)
    return;
  auto was_ordered = who->is_ordered();
  who->who = std::move(now_it_is);
  if (who->actor)
    order(*who, {});
  if (who->is_paused())
    leave_to_the_log(*who);
  if (who->is_ordered() && !was_ordered)
    hold(*who); // What has left may fail, and comes first then.
  refill(*who);
}

std::vector<subscriber_status>
spreader_state::status(const std::vector<subscription_id>& ids) {
  std::vector<subscriber_status> result(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    auto who = subscribers.find(ids[i]);
    if (who == nullptr)
      continue;
    result[i].failing
      = who->is_failing() && (who->has_work() || is_open(who->how, wall()));
    result[i].lagging = !who->replays.empty();
    result[i].last_attempt = who->how.last_attempt;
    result[i].failures = who->how.failures;
    result[i].since = who->how.since;
    result[i].open_until = who->how.open_until;
    for (auto& [log, state] : who->replays)
      result[i].lags.push_back(state.row);
    result[i].pending = who->jobs + who->waiting.size();
    for (auto& item : who->hand)
      result[i].pending += item.from != origin_kind::row ? 1 : 0;
  }
  return result;
}

} // namespace herald
