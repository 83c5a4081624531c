#pragma once

#include "bench/load/sink.hpp"

#include <cstdint>

namespace herald::bench {

struct subscribe_options {
  uint16_t node_port = 0;
  uint64_t topics = 1;
  uint64_t subscribers = 1; ///< Of each topic.
  size_t connections = 128;
  uint64_t first_topic = 0;
  health how = health::well;
  bool is_signed = false; ///< Each with its `secret_of`.
};

/// Subscribes callbacks of the sink through `/hub`, `topics` * `subscribers`
/// from `first_topic` * `subscribers` on, as `sink::verify` numbers them, and
/// waits until nothing is pending at the node. Tries again where the node
/// refuses (429, 503). Throws `std::runtime_error` on any other answer, a
/// denial, or when no progress is made for 30 s. The topics are named by `of`,
/// which may be another sink.
void subscribe_all(const subscribe_options& options, const sink& target,
                   const sink& of);

} // namespace herald::bench
