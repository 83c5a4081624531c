#pragma once

#include "config/config.hpp"

#include <cstddef>

namespace herald {

/// The bounds of one spreader. At each, it stops reading the log until there is
/// room; what waits meanwhile waits in the store.
struct spreader_limits {
  size_t window_events = 1000;            ///< Events with open deliveries.
  size_t window_bytes = 64 * 1024 * 1024; ///< Of their bodies.
  size_t open_deliveries = 1024;          ///< Not done and without a row.
  size_t in_hand = 16;                    ///< Handed out, per subscriber.
  size_t jobs = 1000;          ///< Rows per subscriber; then it lags.
  size_t due_in_memory = 4096; ///< Known due times.
  size_t tail_events = 4096;   ///< Appended, not matched, still in memory.
  size_t tail_bytes = 32 * 1024 * 1024;
  size_t uncommitted = 16384; ///< Rows that wait for a commit.
  size_t loads = 8;           ///< Subscribers being served from the store.
  size_t load_bytes = 4 * 1024 * 1024; ///< Of bodies, per load.
  size_t ahead_events = 128;           ///< Read ahead, per subscriber and log.
  size_t ahead_bytes = 1024 * 1024;    ///< From here on nothing is read ahead.
  size_t ahead_share = 256 * 1024;     ///< Of that, per subscriber and log.
  size_t chunk_events = 256;           ///< Events read from the log at once.
  size_t max_matches = 4096;           ///< Per match request.
  size_t rows_page = 64;               ///< Rows of a subscriber read at once.
  size_t due_page = 512;               ///< Due rows read at once.
  milliseconds patience{250};          ///< Open longer than this: a row.
  milliseconds commit_interval{50};
  milliseconds cursor_interval{1000}; ///< When nothing was delivered.
  milliseconds store_retry{200};      ///< After the store failed.
  milliseconds housekeeping{1000};
  milliseconds idle{5000};              ///< Then a delivery actor ends.
  milliseconds look_ahead{10'000};      ///< Due times known in advance.
  milliseconds between_notices{60'000}; ///< That one subscriber is failing.
};

} // namespace herald
