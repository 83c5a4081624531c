#include "tests/simulation/oracle.hpp"

// What the oracle makes of the end of a process.

namespace herald::simulation {

size_t oracle::note_crash() {
  size_t count = 0;
  in_flight_.clear();
  cancelled_.clear();
  lagging_.clear();
  subscribers.note_crash();
  for (auto& [key, seen] : deliveries_) {
    seen.in_flight = 0;
    seen.given_up = false;
    seen.wait = 0;
    auto row = view_.row_of(seen.sub, key.first);
    seen.due = row ? row->due : 0;
    seen.tried = row && row->attempt > 0;
    seen.doubled = seen.doubled || view_.is_doubled(seen.sub, key.first);
    // A lease that is over may not be, by the next clock.
    if (!seen.done || subscribers.has_ended(seen.sub)
        || is_known(key.first, seen.sub))
      continue;
    finished_.emplace(key);
    seen.done = false;
    seen.once_done = false;
    ++count;
  }
  return count;
}

void oracle::check_stop() {
  for (auto& [key, seen] : deliveries_)
    if (seen.done && !seen.doubled && !is_doubled(seen, key.first)
        && !is_repeated(seen.sub, key.first) && !subscribers.is_over(seen.sub)
        && !subscribers.is_before_life(seen.sub, key.first)
        && !is_known(key.first, seen.sub))
      complain("would be repeated after an orderly stop: " + to_text(key.first)
               + " for " + key.second);
}

} // namespace herald::simulation
