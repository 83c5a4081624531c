#include "actors/registry/registry.hpp"
#include "tests/simulation/process.hpp"

#include <algorithm>

// What a world does to the calls of its store, and sees in them. Named like a
// test so that it is built into the test program.

namespace herald::simulation {

namespace {

// How long a registry waits for the store.
constexpr auto change_deadline = registry_limits{}.store_deadline;

} // namespace

caf::error world::fault(std::string_view call, fault_at when) {
  if (dead_)
    return fail(errc::unavailable, "the process is dead");
  auto failed = fault_percent_ > 0 && random_.percent(fault_percent_);
  if (when == fault_at::before && fault_is_full_ && failed
      && (call == "append" || call == "commit" || call == "change")) {
    ++counted_.faults;
    return fail(errc::full, "the disk is full");
  }
  if (calls_until_crash_ > 0 && --calls_until_crash_ == 0) {
    tell("crash within " + std::string{call});
    dead_ = true;
  }
  failed = (failed && !fault_is_full_) || dead_;
  counted_.faults += failed ? 1 : 0;
  if (when == fault_at::after) {
    if (call == "change")
      look_at_change(!failed && !is_late(change_deadline));
    if (call == "commit" || call == "forget")
      look_at_commit(failed || call == "forget" || is_late(ask_timeout));
    if (call == "forget")
      policies_.note_forgotten();
    if (call == "trim")
      oracle_.check_trim();
    counted_.scans += call == "due" ? 1 : 0;
  }
  if (!failed)
    return {};
  tell("fault in " + std::string{call});
  return fail(errc::unavailable, "no answer");
}

/// True if nobody waits any more for the answer to the call under way.
bool world::is_late(milliseconds deadline) {
  auto late = pace_.time_of(running_, process_->now()) >= deadline;
  counted_.late += late ? 1 : 0;
  return late;
}

void world::look_at_change(bool told) {
  oracle_.subscribers.look_at_subscriptions(told);
  if (told)
    pace_.when_answered(running_, [this, step = time_.step] {
      oracle_.subscribers.note_told(step);
    });
  if (auto why = intents_.look_at(*disk_, time_.step, told); !why.empty())
    oracle_.complain(why);
}

void world::look_at_commit(bool failed) {
  if (takeover_ && !takeover_->is_respected())
    oracle_.complain("a node writes that was replaced");
  if (takeover_ && !failed && !takeover_->refuse())
    oracle_.complain("a node goes on that was replaced");
  oracle_.check_cursors("a commit");
  oracle_.check_lag();
  look_at_lag();
  look_at_jobs();
}

void world::look_at_lag() {
  std::set<std::pair<subscription_id, log_id>> lagging;
  for (auto& state : disk_->partitions)
    for (auto& [key, row] : state.lagging)
      lagging.insert(key);
  for (auto& key : lagging)
    counted_.lags += lagging_.contains(key) ? 0 : 1;
  for (auto& key : lagging_)
    counted_.replays += lagging.contains(key) ? 0 : 1;
  lagging_ = std::move(lagging);
}

/// Beyond its limit a subscriber may get rows for what was open when its lag
/// began or ended: the window and one chunk of each log, and what is in hand.
void world::look_at_jobs() {
  auto& bounds = plan_.spreading;
  auto batch = std::max(bounds.chunk_events,
                        plan_.publishing.group_events + most_at_once);
  auto most
    = bounds.jobs + 2 * plan_.settings.delivery.in_flight
      + plan_.shape.logs * (bounds.window_events + bounds.chunk_events + batch);
  for (auto& state : disk_->partitions) {
    std::map<subscription_id, size_t> rows;
    for (auto& [key, row] : state.jobs) {
      if (row.attempt == 0 && escalated_.insert(key).second)
        ++counted_.escalations;
      if (++rows[key.sub] > most)
        oracle_.complain("too many rows of one subscriber");
    }
  }
}

} // namespace herald::simulation
