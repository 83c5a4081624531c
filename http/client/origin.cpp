#include "http/client/origin.hpp"

#include <cassert>
#include <utility>

namespace herald {

client_claim client_lane::claim() const {
  if (failing || waiting.front().is_again())
    return client_claim::again;
  return in_flight == 0 ? client_claim::first : client_claim::more;
}

client_origin::client_origin(std::string name) : key(std::move(name)) {
  for (auto claim : client_claims) {
    queue(claim).origin = this;
    queue(claim).claim = claim;
  }
}

client_lane& client_origin::lane_of(const post_listener& who) {
  auto id = who ? who.id() : caf::actor_id{0};
  auto& lane = lanes[id];
  if (!lane)
    lane = std::make_unique<client_lane>(*this, who, id);
  return *lane;
}

void client_origin::push(client_attempt& what) {
  what.lane->waiting.push_back(what);
  place(*what.lane);
}

void client_origin::pull(client_attempt& what) {
  what.list_hook::unlink();
  place(*what.lane);
}

client_attempt& client_origin::pop(client_claim what) {
  assert(has_waiting(what));
  auto& lane = queue(what).turns.front();
  lane.unlink();
  auto& result = lane.waiting.front();
  lane.waiting.pop_front();
  ++lane.in_flight;
  result.post.again = what == client_claim::again;
  again += result.is_again() ? 1 : 0;
  place(lane);
  return result;
}

void client_origin::settled(const client_attempt& what, bool failed) {
  what.lane->failing = failed && !what.fetch;
  --what.lane->in_flight;
  again -= what.is_again() ? 1 : 0;
  place(*what.lane);
}

/// Puts the lane at the end of the queue of its claim, unless it waits there.
void client_origin::place(client_lane& lane) {
  if (lane.is_linked()
      && (lane.waiting.empty() || lane.queued_as != lane.claim()))
    lane.unlink();
  if (lane.waiting.empty() || lane.is_linked())
    return;
  lane.queued_as = lane.claim();
  lane.origin.queue(lane.queued_as).turns.push_back(lane);
}

client_attempt& attempt_pool::take() {
  if (unused_.empty())
    return *new client_attempt;
  auto result = std::move(unused_.back());
  unused_.pop_back();
  return *result.release();
}

void attempt_pool::give_back(client_attempt& what) {
  assert(!what.list_hook::is_linked());
  std::unique_ptr<client_attempt> owned{&what};
  if (unused_.size() >= max_kept_)
    return;
  owned->post = {};
  owned->fetch.reset();
  owned->resent = false;
  unused_.push_back(std::move(owned));
}

} // namespace herald
