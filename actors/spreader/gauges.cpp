#include "actors/spreader/breaker.hpp"
#include "actors/spreader/spreader.hpp"

#include <algorithm>

namespace herald {

/// Brings up to date what the node counts of this partition.
void spreader_state::tell_gauges() {
  engine_counters::gauges is;
  auto time = wall();
  is.open = open_deliveries;
  subscribers.each([&](subscriber& who) {
    is.jobs += who.jobs;
    is.lagging += who.replays.empty() ? 0 : 1;
    is.breakers += is_open(who.how, time) ? 1 : 0;
  });
  auto& counters = *deliveries->counters;
  counters.tell(told, is);
  auto is_behind
    = [](const log_view& log) { return log.window.matched() < log.head; };
  if (std::none_of(logs.begin(), logs.end(), is_behind))
    behind_since = 0;
  else if (behind_since == 0)
    behind_since = time;
  counters.behind_since(own.partition, behind_since);
  for (auto& log : logs)
    counters.cursor_at(own.partition, log.id, log.window.cursor());
}

} // namespace herald
