#pragma once

#include "actors/counter.hpp"
#include "actors/messages.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace herald {

/// What publishers, deliveries and spreaders count, for metrics. Shared by all
/// of a node; written by its actors, once per message rather than per event,
/// and read by anyone. Every member is a count on its own: two that are read
/// one after the other need not fit together.
struct engine_counters {
  /// Upper bounds of the buckets of `durations`, in milliseconds.
  static constexpr std::array<uint32_t, 11> duration_bounds{
    5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10'000};

  static constexpr size_t verdicts = 5;  ///< Of `verdict`.
  static constexpr size_t failures = 10; ///< Of `failure`.
  static constexpr size_t codes = 17;    ///< Of `errc`, which begins at 1.

  /// What one spreader has of each; `tell` brings the sums up to date.
  struct gauges {
    uint64_t jobs = 0;     ///< Rows.
    uint64_t lagging = 0;  ///< Subscribers that are served from a log.
    uint64_t open = 0;     ///< Deliveries without a row.
    uint64_t breakers = 0; ///< That are open.
  };

  /// Without a shape no cursors are kept.
  explicit engine_counters(size_t partitions = 0, size_t logs = 0);

  // -- events -----------------------------------------------------------------

  /// These were stored, or known already.
  void published(std::span<const append_result> results);

  /// So many were not stored.
  void refused(const caf::error& why, size_t events);

  // -- deliveries -------------------------------------------------------------

  void attempted(std::span<const post_reply> replies);
  void settled(std::span<const delivery_report> reports);

  // -- spreaders --------------------------------------------------------------

  /// `was` becomes `is`.
  void tell(gauges& was, const gauges& is);

  void cursor_at(partition_id partition, log_id log, sequence at);

  /// Since when the partition has been behind the logs; 0: it is not.
  void behind_since(partition_id partition, unix_ms since);

  /// Of the partition that has been behind for longest; 0: none is.
  unix_ms behind_since() const;

  /// Of the partition that is furthest behind `head`.
  uint64_t lag(log_id log, sequence head) const;

  counter accepted{0};
  counter duplicate{0};
  counter mismatched{0};                     ///< Of those, with another body.
  std::array<counter, codes> not_accepted{}; ///< By code.
  std::array<counter, verdicts> outcomes{};  ///< By verdict.
  std::array<counter, failures> failed{};    ///< By failure.
  std::array<counter, duration_bounds.size() + 1> durations{}; ///< Per bucket.
  counter duration_ms{0}; ///< Sum of all durations.
  counter dead_letters{0};
  counter jobs{0};
  counter lagging{0};
  counter open{0};
  counter breakers{0};

private:
  size_t logs_;
  std::vector<counter> cursors_;             ///< By partition, then log.
  std::vector<std::atomic<unix_ms>> behind_; ///< By partition.
};

} // namespace herald
