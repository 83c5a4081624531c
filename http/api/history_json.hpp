#pragma once

#include "storage/model.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace herald {

/// What was tried and what was given up, as JSON. Pure functions, any thread.

/// An event of a log.
using event_place = std::pair<log_id, sequence>;

/// What people call an event.
struct event_name {
  std::string id;
  std::string topic;
};

/// The names of those events that are still there.
using event_names = std::map<event_place, event_name>;

/// Events that one read of their log finds: `count` behind `after`.
struct read_run {
  log_id log = 0;
  sequence after = 0;
  uint64_t count = 0;

  bool operator==(const read_run&) const = default;
};

/// Limit on what one read takes along that nobody asked for, between two events
/// that somebody did.
inline constexpr sequence max_read_gap = 16;

/// Limit on the events of one read.
inline constexpr uint64_t max_read_run = 1000;

/// The reads that find all of these, in order; at most one per event.
std::vector<read_run> runs_of(std::vector<event_place> places);

/// One attempt; the event's id and topic are null if it is gone.
std::string attempt_json(const attempt_record& what, const event_names& names);

/// One dead letter; the same.
std::string dead_letter_json(const dead_letter& what, const event_names& names);

/// True if the letter's event can be delivered again: it is one that is there.
bool can_be_redelivered(const dead_letter& what, const event_names& names);

} // namespace herald
