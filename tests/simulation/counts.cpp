#include "tests/simulation/counts.hpp"

#include <sstream>

// Named like a test so that it is built into the test program.

namespace herald::simulation {

void counts::add(const counts& x) {
  for (auto member :
       {&counts::events,      &counts::repeated,    &counts::posts,
        &counts::deliveries,  &counts::retries,     &counts::lags,
        &counts::replays,     &counts::escalations, &counts::scans,
        &counts::dead,        &counts::ranges,      &counts::crashes,
        &counts::power_cuts,  &counts::stops,       &counts::takeovers,
        &counts::faults,      &counts::repeats,     &counts::patches,
        &counts::asked_again, &counts::opened,      &counts::jumps,
        &counts::slow,        &counts::late})
    this->*member += x.*member;
}

std::string counts::to_text() const {
  std::ostringstream out;
  out << events << " events acknowledged (" << repeated << " duplicates), "
      << posts << " attempts (" << retries << " retries), " << deliveries
      << " deliveries, " << lags << " lag starts, " << replays
      << " replays finished, " << escalations << " escalations, " << scans
      << " due scans, " << dead << " dead letters, " << ranges
      << " dead ranges, " << crashes << " crashes (" << power_cuts
      << " power cuts, " << repeats << " finished deliveries forgotten), "
      << stops << " orderly stops, " << takeovers << " takeovers, " << faults
      << " store faults, " << patches << " policy changes, " << asked_again
      << " replays and redeliveries asked for, " << opened
      << " breakers opened, " << jumps << " clock jumps, " << slow
      << " slow store calls (" << late << " too late)";
  return out.str();
}

} // namespace herald::simulation
