#pragma once

#include "storage/store.hpp"

#include <optional>
#include <set>
#include <utility>

namespace herald {

/// Which subscribers have jobs due soon. The store holds every job by its due
/// time; this holds the beginning of that list, bounded, and where it ends.
/// Rows before the end are known here, rows behind it are read in time. To know
/// a row twice is harmless. Not thread-safe.
class due_queue {
public:
  explicit due_queue(size_t limit) : limit_(limit) {
    // nop
  }

  /// A row was written, with this due time.
  void written(unix_ms due, const job_key& key);

  /// Rows that were read from the store behind `position()`; `complete` means
  /// that none is left up to `up_to`. If rows had to be evicted since that
  /// position was asked for, they are not taken: the read is to be repeated.
  void scanned(const std::vector<job>& rows, bool complete, unix_ms up_to);

  /// Where the next read starts. Asked when it starts; one read at a time.
  std::optional<due_position> position() {
    evicted_ = false;
    return end_;
  }

  /// True if rows that are due by `until` may be unknown and there is room.
  bool wants_scan(unix_ms until) const;

  /// The next subscriber with a job due at `now` or before, if any.
  std::optional<subscription_id> pop(unix_ms now);

  /// When the next known job is due.
  std::optional<unix_ms> next() const;

  size_t size() const { return known_.size(); }

private:
  void shrink();

  /// A row is due in exactly one place: what is known ends where the next read
  /// starts, and is bounded.
  bool is_consistent() const;

  size_t limit_;
  std::set<std::pair<unix_ms, subscription_id>> known_;
  std::optional<due_position> end_;
  bool evicted_ = false; ///< Since `position()` was asked for.
};

} // namespace herald
