#include "http/client_queue.hpp"

#include <cassert>
#include <utility>

namespace herald {

client_lane& client_origin::lane_of(const post_listener& who) {
  auto id = who ? who.id() : caf::actor_id{0};
  auto& lane = lanes[id];
  if (!lane)
    lane = std::make_unique<client_lane>(*this, who, id);
  return *lane;
}

void client_origin::push(client_attempt& what) {
  auto& lane = *what.lane;
  if (!lane.is_linked())
    lane.origin.turns.push_back(lane);
  lane.waiting.push_back(what);
}

void client_origin::pull(client_attempt& what) {
  what.list_hook::unlink();
  if (what.lane->waiting.empty())
    what.lane->unlink();
}

client_attempt& client_origin::pop() {
  assert(has_waiting());
  auto& lane = turns.front();
  turns.pop_front();
  auto& result = lane.waiting.front();
  lane.waiting.pop_front();
  if (!lane.waiting.empty())
    turns.push_back(lane);
  return result;
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
