#include "actors/registry/subscription_operation.hpp"

namespace herald {

namespace {

using row_type = std::optional<subscription>;

subscription new_row(const intent_request& asked, unix_ms now) {
  subscription result;
  result.id = asked.id;
  result.topic = asked.topic;
  result.topic_key = asked.topic_key;
  result.callback = asked.callback;
  result.from = asked.what.from;
  result.created_at = now;
  return result;
}

caf::error unknown() {
  return fail(errc::not_found, "There is no such subscription.");
}

/// The topic is echoed as it was written in this request (WebSub 5.3).
intent wish_of(const intent_request& asked) {
  auto result = asked.what;
  result.topic = asked.topic;
  return result;
}

bool same_wish(const intent& x, const intent& y) {
  auto z = y;
  z.requested_at = x.requested_at;
  return x == z;
}

bool is_alive(const subscription& row, unix_ms now) {
  return row.active && row.expires_at > now;
}

void drop(row_type& row, operation_effect& effect) {
  effect.ended = effect.ended || row->active;
  effect.activated = false;
  effect.changed = true;
  row.reset();
}

/// A renewal goes on where it was; anything else starts a new life.
void activate(subscription& row, const operation& what, const intent& wish,
              unix_ms now, operation_effect& effect) {
  if (!is_alive(row, now)) {
    effect.ended = effect.ended || row.active;
    row.starts = what.heads;
    row.created_at = now;
    // What an operator says of a pending one is for the life to come.
    if (row.active) {
      row.paused = false;
      row.policy = {};
    }
  }
  row.active = true;
  row.topic = wish.topic;
  row.secret = wish.secret;
  row.method = wish.method;
  row.lease_seconds = wish.lease_seconds;
  row.from = wish.from;
  row.expires_at = what.sent_at + wish.lease_seconds * 1000;
  row.pending.reset();
  effect.activated = true;
  effect.changed = true;
}

void await_confirmation(subscription& row, const intent_request& asked,
                        operation_effect& effect) {
  auto wish = wish_of(asked);
  if (row.pending && same_wish(*row.pending, wish))
    return;
  row.pending = std::move(wish);
  effect.changed = true;
}

void subscribe(const operation& what, row_type& row, unix_ms now,
               operation_effect& effect) {
  auto& asked = *what.asked;
  if (!row)
    row = new_row(asked, now);
  if (asked.skip_verification)
    activate(*row, what, wish_of(asked), now, effect);
  else
    await_confirmation(*row, asked, effect);
}

void unsubscribe(const operation& what, row_type& row,
                 operation_effect& effect) {
  auto& asked = *what.asked;
  if (asked.must_exist && (!row || !row->active))
    effect.problem = unknown();
  else if (row && asked.skip_verification)
    drop(row, effect);
  else if (row)
    await_confirmation(*row, asked, effect);
}

/// A word that was replaced by a newer one meanwhile counts for nothing.
void confirm(const operation& what, row_type& row, unix_ms now,
             operation_effect& effect) {
  if (!row || row->pending != what.about)
    return;
  if (what.about.subscribe)
    activate(*row, what, what.about, now, effect);
  else
    drop(row, effect);
}

void give_up(const operation& what, row_type& row, operation_effect& effect) {
  if (!row || row->pending != what.about)
    return;
  row->pending.reset();
  effect.changed = true;
  if (!row->active)
    row.reset();
}

/// With a pending intent the verification decides.
void expire(row_type& row, unix_ms now, operation_effect& effect) {
  auto grace = std::chrono::milliseconds{expiry_grace}.count();
  if (row && row->active && !row->pending && row->expires_at + grace <= now)
    drop(row, effect);
}

void patch(const operation& what, row_type& row, operation_effect& effect) {
  if (!row) {
    effect.problem = unknown();
    return;
  }
  row->paused = what.change->paused.value_or(row->paused);
  apply(*what.change, row->policy);
  effect.changed = true;
  effect.altered = true;
}

/// Never forward: an event that it has been given stays its own.
void rewind(const operation& what, row_type& row, operation_effect& effect) {
  if (!row || !row->active) {
    effect.problem = unknown();
    return;
  }
  for (size_t log = 0; log < what.starts.size(); ++log)
    if (log < row->starts.size() && what.starts[log] < row->starts[log]) {
      row->starts[log] = what.starts[log];
      effect.changed = true;
      effect.altered = true;
    }
}

} // namespace

void apply(const subscription_patch& what, delivery_policy& policy) {
  auto take = [&](policy_member which, auto member) {
    if ((what.given & which) != 0)
      policy.*member = what.policy.*member;
  };
  take(policy_retry_schedule, &delivery_policy::retry_schedule);
  take(policy_retry_max_age, &delivery_policy::retry_max_age);
  take(policy_timeout, &delivery_policy::timeout);
  take(policy_in_flight, &delivery_policy::in_flight);
  take(policy_rate, &delivery_policy::rate);
  take(policy_ordered, &delivery_policy::ordered);
  take(policy_signature, &delivery_policy::signature);
  take(policy_headers, &delivery_policy::headers);
}

bool needs_heads(const operation& what) {
  return (what.what == operation::kind::confirm && what.about.subscribe)
         || (what.what == operation::kind::request
             && what.asked->skip_verification && what.asked->what.subscribe);
}

void apply(const operation& what, std::optional<subscription>& row, unix_ms now,
           operation_effect& effect) {
  effect.problem = {};
  switch (what.what) {
    case operation::kind::request:
      return what.asked->what.subscribe ? subscribe(what, row, now, effect)
                                        : unsubscribe(what, row, effect);
    case operation::kind::confirm:
      return confirm(what, row, now, effect);
    case operation::kind::give_up:
      return give_up(what, row, effect);
    case operation::kind::remove:
      if (!row)
        effect.problem = unknown();
      [[fallthrough]];
    case operation::kind::deny:
      if (row)
        drop(row, effect);
      return;
    case operation::kind::expire:
      return expire(row, now, effect);
    case operation::kind::patch:
      return patch(what, row, effect);
    case operation::kind::rewind:
      return rewind(what, row, effect);
  }
}

} // namespace herald
