#include "actors/delivery/delivery.hpp"

#include "actors/delivery/excerpt.hpp"
#include "actors/delivery/retry.hpp"
#include "actors/delivery/wire.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace herald {

namespace {

constexpr uint16_t status_gone = 410;
constexpr uint16_t status_loop_detected = 508;

bool is_success(const http_outcome& outcome) {
  return outcome.status / 100 == 2;
}

/// A node that it came through before says so, and will every time.
bool goes_round(const event& what, const http_outcome& outcome) {
  return outcome.status == status_loop_detected && hops_of(what) >= max_hops;
}

/// Retry-After counts with these answers only (RFC 9110, 6585).
bool honours_retry_after(uint16_t status) {
  return status == status_too_many || status == 503;
}

std::shared_ptr<attempt_record> record_of(const subscription& who,
                                          const delivery_state::flight& what,
                                          const http_outcome& outcome,
                                          size_t max_excerpt) {
  auto result = std::make_shared<attempt_record>();
  result->key = {who.id, what.item.what->log, what.item.what->seq};
  result->attempt = what.item.attempts + 1;
  result->at = what.started;
  result->duration_ms = outcome.duration_ms;
  result->status = outcome.status;
  if (!is_success(outcome))
    result->why = outcome.status != 0 ? failure::status : outcome.why;
  // Where there was no answer, it is our own reason.
  result->excerpt = outcome.status != 0
                      ? excerpt_of(outcome.excerpt, who, max_excerpt)
                      : outcome.excerpt;
  return result;
}

} // namespace

unix_ms delivery_state::now() const {
  return options->time->at(self->clock().now());
}

void delivery_state::take(delivery_order order) {
  if (who != order.who)
    know(std::move(order.who));
  assert(order.seen <= failures || order.seen == delivery_order{}.seen);
  seen = order.seen;
  failing = failing || order.failing;
  for (auto& item : order.items)
    queue.push_back(std::move(item));
  if (order.hold)
    refuse_queue(verdict::unused);
  else
    pump();
}

void delivery_state::know(subscription_ptr now_it_is) {
  auto& policy = now_it_is->policy;
  if (!who || who->callback != now_it_is->callback || who->policy != policy) {
    to = nullptr;
    if (auto parsed = parse_target(now_it_is->callback)) {
      to = std::make_shared<const target>(std::move(*parsed));
      head = subscription_head(*to, *now_it_is);
    }
    retries = retries_of(options->retry, policy);
    rate.configure(policy.rate);
  }
  who = std::move(now_it_is);
}

size_t delivery_state::limit() const {
  if (failing && seen < failures)
    return 0;
  if (failing || who->policy.ordered)
    return 1;
  return who->policy.in_flight.value_or(
    static_cast<uint32_t>(options->in_flight));
}

/// What is handed out waits here for its turn: bounded, and soon a row. A tick
/// for a later time may be under way: the rate was lower.
void delivery_state::await_rate(unix_ms time) {
  auto when = rate.next(time);
  assert(when > time); // Else it would be asked over and over.
  if (awaited != 0 && awaited <= when)
    return;
  awaited = when;
  self->delayed_send(self, milliseconds{when - time}, atom::tick_v);
}

/// It may come early by the clock that counts, which is drawn to the system's.
void delivery_state::tick() {
  awaited = 0;
  pump();
}

void delivery_state::pump() {
  auto time = now();
  if (who->expires_at <= time || who->paused)
    return refuse_queue(verdict::unused);
  // Callbacks are validated before they are stored; rules may have changed.
  if (!to)
    return refuse_queue(verdict::dead);
  std::vector<post_request> batch;
  while (flights.size() < limit() && !queue.empty()) {
    if (!rate.take(time)) {
      await_rate(time);
      break;
    }
    batch.push_back(make_request(std::move(queue.front()), time));
    queue.pop_front();
  }
  if (batch.empty())
    return;
  auto& posters = options->posters;
  auto index = std::hash<subscription_id>{}(who->id) % posters.size();
  posters[index]->post(post_listener{self}, std::move(batch));
}

/// Nothing may leave: the lease has ended (WebSub 5.3), the subscription is
/// paused, or there is nowhere to send it.
void delivery_state::refuse_queue(verdict how) {
  if (queue.empty())
    return;
  std::vector<delivery_report> reports;
  for (auto& item : queue)
    reports.push_back({.token = place,
                       .log = item.what->log,
                       .seq = item.what->seq,
                       .how = how,
                       .due = 0,
                       .made = nullptr});
  queue.clear();
  self->send(spreader, std::move(reports));
}

post_request delivery_state::make_request(delivery_item item, unix_ms time) {
  // Never more at once than allowed, nor past the lease, nor while paused.
  assert(flights.size() < limit());
  assert(to && !who->paused && who->expires_at > time);
  post_request result;
  result.token = ++next_token;
  result.to = to;
  result.head = head;
  result.fields = attempt_fields(*who, *item.what, item.attempts + 1, time);
  result.what = item.what;
  result.timeout = who->policy.timeout.value_or(milliseconds{0});
  result.again = failing || item.attempts > 0;
  flights.push_back({result.token, std::move(item), time});
  return result;
}

void delivery_state::settle(std::vector<post_reply>& replies) {
  options->counters->attempted(replies);
  std::vector<delivery_report> reports;
  reports.reserve(replies.size());
  for (auto& reply : replies) {
    auto i = std::find_if(flights.begin(), flights.end(),
                          [&](auto& x) { return x.token == reply.token; });
    if (i == flights.end())
      continue;
    reports.push_back(judge(*i, reply.outcome));
    flights.erase(i);
  }
  if (!reports.empty())
    self->send(spreader, std::move(reports));
  pump();
}

delivery_report delivery_state::judge(const flight& what,
                                      const http_outcome& outcome) {
  delivery_report report;
  report.token = place;
  report.log = what.item.what->log;
  report.seq = what.item.what->seq;
  if (!is_success(outcome)) {
    judge_failure(what, outcome, report);
    return report;
  }
  failing = false;
  rate.succeeded();
  if (options->keep_successes)
    report.made = record_of(*who, what, outcome, options->excerpt_bytes);
  return report;
}

void delivery_state::judge_failure(const flight& what,
                                   const http_outcome& outcome,
                                   delivery_report& report) {
  failing = true;
  ++failures;
  if (outcome.status == status_gone) {
    report.how = verdict::gone;
  } else if (goes_round(*what.item.what, outcome)) {
    report.how = verdict::dead;
  } else {
    std::optional<milliseconds> asked;
    auto time = now();
    if (outcome.status == status_too_many)
      rate.too_many(time);
    if (honours_retry_after(outcome.status))
      asked = parse_retry_after(outcome.retry_after, time);
    auto attempts = what.item.attempts + 1;
    auto due = next_due(retries, attempts, what.item.what->accepted_at, time,
                        asked, random_share(random));
    report.how = due ? verdict::retry : verdict::dead;
    report.due = due.value_or(0);
  }
  report.made = record_of(*who, what, outcome, options->excerpt_bytes);
}

delivery_actor::behavior_type
delivery(delivery_actor::stateful_pointer<delivery_state> self,
         std::shared_ptr<const delivery_options> options,
         spreader_actor spreader, uint64_t place) {
  auto& state = self->state;
  state.random.seed(static_cast<uint32_t>(options->seed ^ place));
  state.options = std::move(options);
  state.spreader = std::move(spreader);
  state.place = place;
  return {
    [self](delivery_order& order) { self->state.take(std::move(order)); },
    [self](std::vector<post_reply>& replies) { self->state.settle(replies); },
    [self](atom::tick) { self->state.tick(); },
  };
}

} // namespace herald
