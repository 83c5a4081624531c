#include "http/client/core.hpp"

#include <boost/asio/post.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <cassert>

namespace herald {

namespace asio = boost::asio;

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

void refuse(const post_listener& who, const std::vector<post_request>& what) {
  std::vector<post_reply> replies;
  replies.reserve(what.size());
  for (const auto& request : what)
    replies.push_back({request.token, stopping_outcome()});
  caf::anon_send(who, std::move(replies));
}

milliseconds granularity(const delivery_config& limits) {
  auto shortest = std::min(limits.timeout, limits.connect_timeout);
  return std::clamp(shortest / 10, milliseconds{1}, milliseconds{50});
}

} // namespace

client_core::client_core(asio::io_context& io, client_options options,
                         tls_context_ptr tls)
  : io_(io), options_(std::move(options)), tls_(std::move(tls)),
    names_(io, options_.lookup, options_.delivery.connection_age), timer_(io),
    sweep_every_(granularity(options_.delivery)),
    attempts_(2 * options_.total_in_flight), places_{options_.total_in_flight},
    lines_{options_.origin_connections} {
  assert(options_.origin_connections > 0 && options_.total_in_flight > 0);
}

http_outcome stopping_outcome() {
  http_outcome result;
  result.why = failure::connect;
  result.excerpt = "stopping";
  return result;
}

// -- hand-over ----------------------------------------------------------------

/// False if nothing is taken over any more.
template <class F>
bool client_core::hand_over(F put) {
  std::lock_guard guard{mutex_};
  if (refusing_)
    return false;
  put(inbox_);
  if (!notified_)
    asio::post(io_, [self = shared_from_this()] { self->drain(); });
  notified_ = true;
  return true;
}

void client_core::post(post_listener who, std::vector<post_request> what) {
  if (what.empty())
    return;
  auto put = [&](inbox& in) {
    in.posts.emplace_back(std::move(who), std::move(what));
  };
  if (!hand_over(put))
    refuse(who, what);
}

void client_core::fetch(client_fetch what) {
  if (!hand_over([&](inbox& in) { in.fetches.push_back(std::move(what)); }))
    what.done({stopping_outcome(), {}, {}});
}

void client_core::set_policy(address_policy policy) {
  asio::post(io_, [self = shared_from_this(), policy = std::move(policy)] {
    self->options_.policy = policy;
    for (auto& on : self->idle_)
      on.expires = {};
    while (!self->idle_.empty())
      self->lost(self->idle_.front());
    for (auto& on : self->active_)
      on.expires = {};
  });
}

void client_core::stop() {
  hand_over([this](inbox& in) {
    in.stop = true;
    refusing_ = true;
  });
}

void client_core::drain() {
  inbox in;
  {
    std::lock_guard guard{mutex_};
    std::swap(in, inbox_);
    notified_ = false;
  }
  for (auto& [who, what] : in.posts)
    enqueue(who, std::move(what));
  for (auto& what : in.fetches)
    enqueue(std::move(what), steady_clock::now());
  if (in.stop)
    close_all();
  else
    dispatch();
}

// -- queue --------------------------------------------------------------------

client_origin& client_core::origin_of(const target& to) {
  auto& origin = origins_[to.origin];
  if (!origin) {
    origin = std::make_unique<client_origin>(to.origin);
    origin->is_base_url = options_.self.is_base_url(to);
  }
  return *origin;
}

void client_core::enqueue(const post_listener& who,
                          std::vector<post_request> what) {
  const target* last = nullptr;
  client_lane* lane = nullptr;
  for (auto& request : what) {
    if (request.to.get() != last)
      lane = &origin_of(*request.to).lane_of(who);
    last = request.to.get();
    auto& attempt = attempts_.take();
    attempt.lane = lane;
    attempt.post = std::move(request);
    enqueue(attempt);
  }
}

void client_core::enqueue(client_fetch what, client_time now) {
  auto& attempt = attempts_.take();
  attempt.lane = &origin_of(*what.what.to).lane_of(post_listener{});
  attempt.started = now;
  attempt.deadline = now + what.what.timeout;
  attempt.fetch = std::make_unique<client_fetch>(std::move(what));
  impatient_.push_back(attempt);
  enqueue(attempt);
  arm_sweep();
}

void client_core::enqueue(client_attempt& what) {
  client_origin::push(what);
  add(stats.waiting, 1);
  want(what.lane->origin);
}

bool client_core::can_start(const client_queue& queue) const {
  auto& origin = *queue.origin;
  return !queue.turns.empty()
         && lines_.allow(queue.claim, origin.busy(), origin.again);
}

void client_core::want(client_origin& origin) {
  for (auto& queue : origin.queues)
    if (!queue.is_linked() && can_start(queue))
      hungry_[static_cast<size_t>(queue.claim)].push_back(queue);
}

// What fails at once comes back here; the outer loop goes on with it.
void client_core::dispatch() {
  if (dispatching_)
    return;
  dispatching_ = true;
  while (auto queue = next()) {
    queue->unlink();
    if (can_start(*queue))
      start(*queue);
  }
  dispatching_ = false;
}

/// Whose turn it is, or nullptr.
client_queue* client_core::next() {
  using enum client_claim;
  constexpr std::array usual{first, more, again};
  constexpr std::array other{again, first, more};
  for (auto claim : again_next_ ? other : usual) {
    auto& hungry = hungry_[static_cast<size_t>(claim)];
    if (!hungry.empty() && places_.allow(claim, in_flight_, again_))
      return &hungry.front();
  }
  return nullptr;
}

void client_core::start(client_queue& queue) {
  auto& origin = *queue.origin;
  auto& what = origin.pop(queue.claim);
  again_next_ = !what.is_again();
  what.queue_deadline_hook::unlink();
  what.left = steady_clock::now();
  if (!what.fetch) {
    what.started = what.left;
    auto own = what.post.timeout;
    what.deadline
      = what.started + (own.count() > 0 ? own : options_.delivery.timeout);
  }
  take(stats.waiting);
  ++in_flight_;
  again_ += what.is_again() ? 1 : 0;
  add(stats.in_flight, 1);
  arm_sweep();
  while (!origin.idle.empty() && origin.idle.back()->expires <= what.left)
    drop(*origin.idle.back());
  if (origin.idle.empty())
    send_on_new(origin, what);
  else
    send_on_idle(origin, what);
}

void client_core::send_on_new(client_origin& origin, client_attempt& what) {
  client_connection::pointer on{new client_connection{*this, origin}};
  ++origin.connections;
  add(stats.connections, 1);
  add(stats.opened, 1);
  active_.push_back(*on);
  // Before sending: the request may fail at once, and the origin end with it.
  want(origin);
  on->send(what);
}

void client_core::send_on_idle(client_origin& origin, client_attempt& what) {
  client_connection::pointer on{origin.idle.back()};
  origin.idle.pop_back();
  --idle_count_;
  on->unlink();
  active_.push_back(*on);
  want(origin);
  on->send(what);
}

// -- connections --------------------------------------------------------------

void client_core::settled(client_connection& on, client_attempt& what,
                          http_outcome outcome, answer* got, bool reusable) {
  auto& origin = on.origin();
  on.unlink();
  --in_flight_;
  take(stats.in_flight);
  again_ -= what.is_again() ? 1 : 0;
  origin.settled(what, outcome.status / 100 != 2);
  if (reusable)
    keep(on);
  else
    forget(on);
  want(origin);
  reply(what, std::move(outcome), got);
  dispatch();
}

void client_core::resend(client_connection& on, client_attempt& what) {
  auto& origin = on.origin();
  on.unlink();
  forget(on);
  what.resent = true;
  add(stats.resent, 1);
  send_on_new(origin, what);
  dispatch();
}

void client_core::lost(client_connection& idle) {
  auto& origin = idle.origin();
  drop(idle);
  want(origin);
  tidy(origin);
  dispatch();
}

void client_core::keep(client_connection& idle) {
  idle.origin().idle.push_back(&idle);
  idle_.push_back(idle);
  if (++idle_count_ <= options_.idle_connections)
    return;
  auto& oldest = idle_.front();
  auto& origin = oldest.origin();
  drop(oldest);
  tidy(origin);
}

void client_core::drop(client_connection& idle) {
  std::erase(idle.origin().idle, &idle);
  --idle_count_;
  idle.unlink();
  forget(idle);
  idle.close();
}

void client_core::forget(client_connection& closed) {
  --closed.origin().connections;
  take(stats.connections);
}

} // namespace herald
