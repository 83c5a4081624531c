#include "actors/registry/registry.hpp"
#include "config/log.hpp"

#include <cassert>
#include <utility>

// Rows of which the store may know more than we do: somebody else wrote them,
// or we did and did not hear of it.

namespace herald {

/// Whether the row was written is not known.
void registry_state::doubt(const subscription_id& id) {
  assert(!rereading.contains(id));
  rereading[id];
  doubted.push_back(id);
}

/// Reads the rows in doubt anew, one after the other: while the store fails,
/// it is asked no more than once in a while.
void registry_state::read_doubted() {
  if (doubted.empty() || reading || self->clock().now() < read_not_before)
    return;
  reading = true;
  read_anew(doubted.front());
}

void registry_state::reread(row_change& row, const caf::error& why) {
  counters->conflicts.fetch_add(1, std::memory_order_relaxed);
  assert(!rereading.contains(row.id));
  auto& waiting = rereading[row.id];
  for (auto& what : row.operations)
    if (++what.conflicts > limits.conflicts)
      fail_operation(what, why);
    else
      waiting.push_back(std::move(what));
  read_anew(row.id);
}

void registry_state::read_anew(const subscription_id& id) {
  asks.request(store, atom::fetch_v, id)
    .then([this, id](
            const std::optional<subscription>& stored) { adopt(id, stored); },
          [this, id](const caf::error& why) { reading_failed(id, why); });
}

/// A row in doubt is read until the store says what it holds, or that nobody
/// can read it.
void registry_state::reading_failed(const subscription_id& id,
                                    const caf::error& why) {
  if (!is_doubted(id) || code_of(why) == errc::corrupt) {
    fail_waiting(id, why);
    return end_reading(id);
  }
  for (auto& each : doubted)
    fail_waiting(each, why);
  reading = false;
  read_not_before = self->clock().now() + limits.store_retry;
  self->delayed_send(self, limits.store_retry, atom::commit_v);
}

void registry_state::fail_waiting(const subscription_id& id,
                                  const caf::error& why) {
  for (auto& what : std::exchange(rereading.at(id), {}))
    fail_operation(what, why);
}

void registry_state::adopt(const subscription_id& id,
                           const std::optional<subscription>& stored) {
  auto known = table.get(id);
  operation_effect effect;
  effect.activated = stored && stored->active;
  effect.ended = known && stored && known->created_at != stored->created_at;
  install(id, stored ? &*stored : nullptr, effect);
  verify_pending(id);
  end_reading(id);
}

bool registry_state::is_doubted(const subscription_id& id) const {
  return reading && doubted.front() == id;
}

void registry_state::end_reading(const subscription_id& id) {
  auto node = rereading.extract(id);
  assert(!node.empty());
  auto& waiting = node.mapped();
  // In front: they came before what waits in the queue.
  for (; !waiting.empty(); waiting.pop_back())
    queue.push_front(std::move(waiting.back()));
  if (is_doubted(id)) {
    reading = false;
    doubted.pop_front();
    read_doubted();
    answer_held();
  }
  write();
  assert(waits_add_up());
}

} // namespace herald
