#pragma once

#include "http/api/log_cursor.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace herald {

/// Puts the events of several logs into one order: that of their acceptance,
/// then of the logs. It reads nothing itself:
///
///     while (auto log = merge.wanted())
///       merge.add(*log, read(*log, merge.position(*log), some));
///     if (auto next = merge.next())
///       ...
///
/// Not thread-safe.
class log_merge {
public:
  /// Behind `from`, one position per log. `heads` are the logs' heads before
  /// anything is read: what lies before them is there for certain.
  log_merge(log_positions from, log_positions heads);

  /// A log whose next event has to be known before `next` can choose.
  std::optional<log_id> wanted() const;

  /// Up to where a log was passed on. Read a wanted one from there.
  sequence position(log_id log) const { return passed_[log]; }

  /// What a wanted log has next, ascending; none means that it ends there.
  void add(log_id log, std::vector<event_meta> found);

  /// The next event, or nothing at the end. No log is wanted.
  std::optional<event_meta> next();

  /// Everything was passed on.
  bool at_end() const;

  /// Stands behind everything that was passed on.
  const log_positions& positions() const { return passed_; }

private:
  bool is_empty(log_id log) const;

  log_positions passed_;
  log_positions heads_;
  std::vector<std::deque<event_meta>> waiting_; ///< By log.
};

} // namespace herald
