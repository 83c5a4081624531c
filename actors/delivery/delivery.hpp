#pragma once

#include "actors/delivery/rate_limit.hpp"
#include "actors/engine_counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/poster.hpp"
#include "actors/wall_clock.hpp"
#include "config/config.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <memory>
#include <random>
#include <vector>

namespace herald {

/// What all delivery actors of a node share.
struct delivery_options {
  retry_config retry;
  breaker_config breaker;
  size_t in_flight = 8;
  std::vector<std::shared_ptr<poster>> posters; ///< At least one.
  std::shared_ptr<const wall_clock> time;
  uint64_t seed = 0;           ///< Of the jitter.
  bool keep_successes = false; ///< In the history of attempts.
  size_t excerpt_bytes = 256;  ///< Of an answer, in that history.
  std::shared_ptr<engine_counters> counters
    = std::make_shared<engine_counters>();
};

/// Makes the attempts for one subscriber: concurrency, rate, request,
/// signature, judgement of the answer, time of the next try; as its policy
/// says, or else the node's configuration. While the last attempt failed, and
/// where it is ordered, one attempt at a time; after a failure its spreader
/// says whether to go on. It holds only what its spreader handed out (bounded
/// there), keeps nothing on disk, and reports every item once.
struct delivery_state {
  static inline constexpr const char* name = "delivery";

  struct flight {
    uint64_t token = 0;
    delivery_item item;
    unix_ms started = 0;
  };

  delivery_actor::pointer self;
  std::shared_ptr<const delivery_options> options;
  spreader_actor spreader;
  uint64_t place = 0; ///< The subscriber's `delivery_report::token`.
  subscription_ptr who;
  target_ptr to;
  std::shared_ptr<const std::string> head;
  std::deque<delivery_item> queue;
  std::vector<flight> flights;
  uint64_t next_token = 0;
  bool failing = false;
  uint64_t failures = 0; ///< That were reported,
  uint64_t seen = 0;     ///< and that the spreader is known to know of.
  unix_ms awaited = 0;  ///< When the rate allows the next attempt, if it waits.
  retry_config retries; ///< In force.
  rate_limit rate;
  std::minstd_rand random;

  explicit delivery_state(delivery_actor::pointer ptr) : self(ptr) {
    // nop
  }

  void take(delivery_order order);
  void tick();
  void settle(std::vector<post_reply>& replies);

private:
  void know(subscription_ptr now_it_is);
  void pump();
  size_t limit() const;
  void await_rate(unix_ms time);
  void refuse_queue(verdict how);
  post_request make_request(delivery_item item, unix_ms time);
  delivery_report judge(const flight& what, const http_outcome& outcome);
  void judge_failure(const flight& what, const http_outcome& outcome,
                     delivery_report& report);
  unix_ms now() const;
};

delivery_actor::behavior_type
delivery(delivery_actor::stateful_pointer<delivery_state> self,
         std::shared_ptr<const delivery_options> options,
         spreader_actor spreader, uint64_t place);

} // namespace herald
