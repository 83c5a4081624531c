#include "actors/breaker.hpp"
#include "actors/spreader.hpp"

namespace herald {

/// Brings up to date what the node counts of this partition.
void spreader_state::tell_gauges() {
  engine_counters::gauges is;
  auto time = wall();
  is.open = open;
  subscribers.each([&](subscriber& who) {
    is.jobs += who.jobs;
    is.lagging += who.replays.empty() ? 0 : 1;
    is.breakers += is_open(who.how, time) ? 1 : 0;
  });
  auto& counters = *deliveries->counters;
  counters.tell(told, is);
  for (auto& log : logs)
    counters.cursor_at(own.partition, log.id, log.open.cursor());
}

} // namespace herald
