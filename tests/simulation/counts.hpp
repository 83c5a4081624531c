#pragma once

#include <cstddef>
#include <string>

namespace herald::simulation {

/// What happened, over one or many seeds.
struct counts {
  size_t events = 0;   ///< Acknowledged.
  size_t repeated = 0; ///< Acknowledged as duplicates.
  size_t posts = 0;
  size_t deliveries = 0;  ///< Answered by 2xx.
  size_t retries = 0;     ///< Later attempts.
  size_t lags = 0;        ///< Lag rows that came.
  size_t replays = 0;     ///< Lag rows that went, of subscribers that stayed.
  size_t escalations = 0; ///< Deliveries that got a row before an attempt.
  size_t scans = 0;       ///< Reads of due rows.
  size_t dead = 0;        ///< Dead letters of one event.
  size_t ranges = 0;      ///< Dead letters of a range.
  size_t crashes = 0;
  size_t power_cuts = 0;
  size_t stops = 0;       ///< Orderly.
  size_t takeovers = 0;   ///< By another node, noticed.
  size_t faults = 0;      ///< Store calls that failed.
  size_t patches = 0;     ///< Changes by operators.
  size_t asked_again = 0; ///< Replays and redeliveries, acknowledged.
  size_t opened = 0;      ///< Breakers that opened.
  size_t repeats = 0;     ///< Deliveries that a crash may repeat.
  size_t jumps = 0;       ///< Of the system's clock.
  size_t slow = 0;        ///< Store calls that took their time,
  size_t late = 0;        ///< so long that nobody waited for the answer.

  void add(const counts& x);
  std::string to_text() const;
};

} // namespace herald::simulation
