#pragma once

#include <chrono>
#include <cstddef>

namespace herald {

/// The bounds of one I/O thread's server, and the answer at each.
struct server_limits {
  using ms = std::chrono::milliseconds;

  size_t header_bytes = 16 * 1024;   ///< 431 above.
  size_t body_bytes = 1024 * 1024;   ///< 413 above.
  size_t connections = 16 * 1024;    ///< Open at once; 503 beyond, and close.
  size_t buffered_bytes = 256 << 20; ///< Of all bodies at once; 503 beyond.
  /// Of what comes behind the last answer, read and dropped; then it is cut
  /// off.
  size_t lingering_bytes = 64 << 20;
  size_t min_bytes_per_second = 65536; ///< Adds to a large body's deadline.
  ms header_deadline{10'000}; ///< From its first byte, or accept; then 408.
  ms body_deadline{30'000};   ///< From the end of the header; then 408.
  ms idle_deadline{60'000};   ///< Between two requests; then closed.
  ms answer_deadline{90'000}; ///< For the engine, a poll's wait included.
  ms write_deadline{30'000}; ///< For the client to take an answer; then closed.
  /// For the client to close after the last answer, from the last byte that it
  /// sent; no longer than `body_deadline` in all.
  ms linger_deadline{2'000};
  ms sweep_interval{250}; ///< How exactly deadlines are kept.
};

} // namespace herald
