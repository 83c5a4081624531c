#include "http/client/core.hpp"

#include <boost/asio/post.hpp>
#include <caf/send.hpp>

#include <utility>
#include <vector>

namespace herald {

namespace asio = boost::asio;

using std::chrono::steady_clock;

// -- deadlines ----------------------------------------------------------------

void client_core::arm_sweep() {
  if (sweeping_)
    return;
  sweeping_ = true;
  timer_.expires_after(sweep_every_);
  timer_.async_wait(
    [self = shared_from_this()](const boost::system::error_code& ec) {
      self->sweeping_ = false;
      if (!ec)
        self->sweep();
    });
}

void client_core::sweep() {
  auto now = steady_clock::now();
  sweep_active(now);
  free_places(now);
  sweep_queue(now);
  sweep_idle(now);
  dispatch();
  if (!stopped_ && !(active_.empty() && idle_.empty() && impatient_.empty()))
    arm_sweep();
}

// What is given up starts others, and so changes the list.
void client_core::sweep_active(client_time now) {
  std::vector<client_connection::pointer> all;
  for (auto& on : active_)
    all.emplace_back(&on);
  for (auto& on : all)
    if (on->is_linked())
      on->check(now);
}

// Of those that have been in flight for long the first may stay, in all and per
// origin; the rest goes while somebody waits who has nothing in flight.
void client_core::free_places(client_time now) {
  std::vector<client_connection::pointer> late;
  for (auto& on : active_) {
    on.origin().stay = 0;
    if (on.busy_since() + options_.patience <= now)
      late.emplace_back(&on);
  }
  size_t stay = 0;
  for (auto& on : late) {
    if (!on->is_linked())
      continue;
    auto& origin = on->origin();
    if ((stay >= places_.may_stay() && is_full())
        || (origin.stay >= lines_.may_stay() && is_full(origin))) {
      add(stats.given_up, 1);
      on->give_up();
    } else {
      ++stay;
      ++origin.stay;
    }
  }
}

bool client_core::is_full() const {
  auto& waiting = hungry_[static_cast<size_t>(client_claim::first)];
  return in_flight_ >= places_.all && !waiting.empty();
}

bool client_core::is_full(const client_origin& origin) const {
  return origin.busy() >= lines_.all && origin.has_waiting(client_claim::first);
}

void client_core::sweep_queue(client_time now) {
  std::vector<client_attempt*> late;
  for (auto& what : impatient_)
    if (what.deadline <= now)
      late.push_back(&what);
  for (auto* what : late) {
    what->queue_deadline_hook::unlink();
    client_origin::pull(*what);
    take(stats.waiting);
    http_outcome outcome;
    outcome.why = failure::timeout;
    outcome.excerpt = "no connection was free in time";
    reply(*what, std::move(outcome), nullptr);
  }
}

void client_core::sweep_idle(client_time now) {
  while (!idle_.empty()
         && now - idle_.front().idle_since >= options_.idle_timeout)
    lost(idle_.front());
}

// -- replies ------------------------------------------------------------------

void client_core::reply(client_attempt& what, http_outcome outcome,
                        answer* got) {
  auto& lane = *what.lane;
  add(stats.answered, 1);
  if (what.fetch) {
    fetch_reply result{std::move(outcome), {}, {}};
    if (got != nullptr) {
      result.body = std::move(got->body);
      result.fields = std::move(got->fields);
    }
    what.fetch->done(std::move(result));
    attempts_.give_back(what);
    return tidy(lane);
  }
  if (lane.replies.empty())
    dirty_.push_back(&lane);
  lane.replies.push_back({what.post.token, std::move(outcome)});
  attempts_.give_back(what);
  if (!flushing_)
    asio::post(io_, [self = shared_from_this()] { self->flush(); });
  flushing_ = true;
}

// Runs after all that was ready in this turn of the loop, so that a listener
// gets what was answered meanwhile in one message.
void client_core::flush() {
  flushing_ = false;
  for (auto* lane : std::exchange(dirty_, {})) {
    caf::anon_send(lane->listener, std::exchange(lane->replies, {}));
    tidy(*lane);
  }
}

void client_core::tidy(client_lane& lane) {
  if (!lane.unused())
    return;
  auto& origin = lane.origin;
  origin.lanes.erase(lane.key);
  tidy(origin);
}

void client_core::tidy(client_origin& origin) {
  if (origin.unused())
    origins_.erase(origin.key);
}

// -- end ----------------------------------------------------------------------

void client_core::close_all() {
  stopped_ = true;
  timer_.cancel();
  names_.stop();
  refuse_waiting();
  while (!active_.empty())
    active_.front().fail(failure::connect, "stopping");
  while (!idle_.empty())
    lost(idle_.front());
  flush();
}

void client_core::refuse_waiting() {
  std::vector<client_attempt*> all;
  for (auto& [key, origin] : origins_)
    for (auto& [id, lane] : origin->lanes)
      for (auto& what : lane->waiting)
        all.push_back(&what);
  for (auto* what : all)
    client_origin::pull(*what);
  for (auto* what : all) {
    what->queue_deadline_hook::unlink();
    take(stats.waiting);
    reply(*what, stopping_outcome(), nullptr);
  }
}

} // namespace herald
