#pragma once

#include "bench/load/histogram.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace herald::bench {

/// What the sink counted since it was started. Written by the sink only.
struct sink_counters {
  alignas(64) std::atomic<uint64_t> deliveries{0}; ///< POSTs answered.
  alignas(64) std::atomic<uint64_t> challenges{0}; ///< Verifications echoed.
  std::atomic<uint64_t> denials{0};     ///< GETs without a challenge.
  std::atomic<uint64_t> connections{0}; ///< Accepted.
  std::atomic<uint64_t> bad_lengths{0}; ///< Bodies of another size.
  std::atomic<uint64_t> bad_bodies{0};  ///< Bodies without a stamp.
  std::atomic<uint64_t> malformed{0};   ///< Connections closed for bad HTTP.
  std::atomic<uint64_t> duplicates{0};  ///< Seen before; verification only.
  std::atomic<uint64_t> misrouted{0};   ///< Wrong callback; verification only.
  std::atomic<uint64_t> unverified{0};  ///< Beyond the bitmap.
  std::atomic<uint64_t> sick{0};        ///< POSTs that a sick callback got.
  std::atomic<uint64_t> refused{0};     ///< POSTs answered 503 while dead.
  std::atomic<uint64_t> unsigned_{0};   ///< Without a signature.
  std::atomic<uint64_t> bad_signatures{0}; ///< Of those that are looked at.
};

/// What the driver tells the sink. Written by the driver only, and only while
/// nothing is being delivered.
struct sink_settings {
  alignas(64) std::atomic<uint64_t> body_size{0}; ///< Or `mixed_sizes`.
  std::atomic<bool> verify{false};
  std::atomic<uint64_t> topics{1};      ///< Event n is on topic n % topics.
  std::atomic<uint64_t> subscribers{1}; ///< Of each topic.
  /// Sick callbacks answer like all others until this is set, which is when
  /// they fall ill: what the answers of the slow ones are late by.
  std::atomic<uint64_t> sick_delay_ns{0};
  std::atomic<bool> is_dead{false}; ///< Every POST is answered 503.
  std::atomic<bool> is_signed{false};
};

/// One MAP_SHARED region, made before the sink is forked: driver and sink talk
/// through it, so that looking at the counters costs no traffic.
struct sink_memory {
  /// Bits of `seen`: (event, subscriber) pairs that can be told apart.
  static constexpr uint64_t seen_bits = uint64_t{1} << 33;

  sink_counters counters;
  sink_settings settings;
  histogram latency; ///< Publish stamp to receipt, in ns.
  alignas(
    4096) uint64_t seen[seen_bits / 64]; // NOLINT(modernize-avoid-c-arrays)
};

/// Adds to a counter that has this one writer: no locked instruction needed.
inline void bump(std::atomic<uint64_t>& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1,
                std::memory_order_release);
}

} // namespace herald::bench
