#include "actors/spreader/spreader.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace herald {

/// Rows do not wait for long, also those of a commit that failed.
milliseconds spreader_state::commit_interval() const {
  auto hurry = delivered || !pending.empty() || !sent.empty();
  return hurry ? limits.commit_interval : limits.cursor_interval;
}

/// The first moment, not before `when`, at which all spreaders do something: to
/// be woken together costs little more than for one of them.
spreader_state::time_point spreader_state::in_step(time_point when,
                                                   milliseconds step) const {
  auto since = when.time_since_epoch();
  auto rest = since % step;
  return rest == rest.zero() ? when : when + (step - rest);
}

spreader_state::time_point spreader_state::next_commit() const {
  constexpr caf::actor_clock::duration_type a_moment{1};
  return in_step(last_commit + a_moment, commit_interval());
}

/// Something is to be committed. A cursor that only passed events which nobody
/// wanted can wait: to lose it costs a little matching.
void spreader_state::dirty(bool was_delivered) {
  delivered = delivered || was_delivered;
  if (committing)
    return; // Its answer goes on.
  arm(std::max(in_step(std::max(next_commit(), now())), not_before));
}

/// True if a commit would write something.
bool spreader_state::unsaved() {
  if (!pending.empty() || !sent.empty() || !sent_cursors.empty())
    return true;
  return std::any_of(logs.begin(), logs.end(), [](log_view& log) {
    return log.window.cursor() > log.committed;
  });
}

void spreader_state::commit() {
  if (committing || now() < not_before)
    return;
  if (now() < next_commit() && !draining)
    return;
  if (sent.empty() && sent_cursors.empty()) {
    assert(for_this_commit.empty());
    // The rows are taken together with the cursors that rely on them.
    sent = std::move(pending);
    deliveries->counters->dead_letters += sent.deaths();
    pending = {};
    for_this_commit = std::exchange(for_next_commit, {});
    for (auto& log : logs)
      if (auto at = log.window.cursor(); at > log.committed) {
        assert(may_go_to(log, at));
        sent_cursors.push_back({log.id, at});
      }
    delivered = false;
  }
  if (sent.empty() && sent_cursors.empty())
    return;
  committing = true;
  last_commit = now();
  auto batch = std::make_shared<commit_batch>(sent.batch());
  batch->advance = sent_cursors;
  asks
    .request(store, atom::commit_v, own,
             std::shared_ptr<const commit_batch>{std::move(batch)})
    .then([this](atom::done) { committed(); },
          [this](const caf::error& why) { commit_failed(why); });
}

void spreader_state::committed() {
  assert(committing);
  committing = false;
  for (auto& [log, at] : sent_cursors)
    logs[log].committed = std::max(logs[log].committed, at);
  sent = {};
  sent_cursors.clear();
  if (!news.empty() && to_people)
    self->send(to_people, std::exchange(news, {}));
  news.clear();
  if (!for_this_commit.empty())
    flush_for(std::exchange(for_this_commit, {}));
  if (unsaved())
    dirty(false);
  if (draining)
    finish_drain();
  else
    proceed();
}

/// Whoever asked for something relies on it, also over a power cut.
void spreader_state::flush_for(std::vector<uint64_t> who) {
  // What they asked for is written.
  assert(sent.empty() && !committing);
  auto shared = std::make_shared<std::vector<uint64_t>>(std::move(who));
  asks.request(store, atom::flush_v)
    .then(
      [this, shared](atom::done) {
        for (auto ticket : *shared)
          answer(ticket);
      },
      [this, shared](const caf::error& why) {
        for (auto ticket : *shared)
          answer(ticket, why);
      });
}

/// Another node has the partition: this one must do nothing more for it. The
/// actor ends, and the node with it (node.cpp).
bool spreader_state::quit_if_fenced(const caf::error& why) {
  if (code_of(why) != errc::fenced)
    return false;
  stop();
  self->quit(why);
  return true;
}

/// The same batch is tried again after a while: it was not written, or that is
/// not known. The storekeeper has logged it.
void spreader_state::commit_failed(const caf::error& why) {
  assert(committing);
  committing = false;
  if (quit_if_fenced(why))
    return;
  not_before = now() + limits.store_retry;
  arm(not_before);
}

} // namespace herald
