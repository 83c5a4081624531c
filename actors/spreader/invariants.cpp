#include "actors/spreader/spreader.hpp"

#include <algorithm>

// What is asserted of the spreader as a whole: pure questions about its state.

namespace herald {

/// Each count is the sum of what it counts: the open deliveries are those of
/// the windows' entries, and wait for or are with a subscriber; the bytes that
/// were read ahead are those of the replays; every load that a subscriber
/// awaits is under way or in the queue.
bool spreader_state::counts_add_up() {
  size_t in_windows = 0;
  for (auto& log : logs)
    for (auto& entry : log.window.entries())
      in_windows += entry.open_deliveries;
  size_t at_subscribers = 0;
  size_t bytes_ahead = 0;
  size_t loading = 0;
  subscribers.each([&](subscriber& who) {
    auto is_open = [](auto& x) { return x.from == origin_kind::window; };
    at_subscribers += who.waiting.size()
                      + static_cast<size_t>(std::count_if(
                        who.hand.begin(), who.hand.end(), is_open));
    for (auto& each : who.replays)
      bytes_ahead += each.second.ahead.bytes();
    loading += who.loading ? 1 : 0;
  });
  return in_windows == open_deliveries && at_subscribers == open_deliveries
         && bytes_ahead == ahead_bytes && loads <= limits.loads
         && loading <= loads + load_queue.size();
}

/// A cursor never goes back, and passes neither what is open nor what was not
/// matched or not taken on.
bool spreader_state::may_go_to(log_view& log, sequence at) const {
  auto first = log.window.first_open();
  return at >= log.committed && at <= log.window.expanded()
         && (first == nullptr || at < first->what->seq);
}

/// What waits to be written does not say that the row is done. The later change
/// counts.
bool spreader_state::is_undone(const job_key& row) const {
  auto change = pending.change_of(row);
  if (change == nullptr)
    change = sent.change_of(row);
  return change == nullptr || change->has_value();
}

} // namespace herald
