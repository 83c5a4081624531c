#pragma once

#include "bench/load/histogram.hpp"
#include "bench/load/load_client.hpp"
#include "bench/load/sink.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace herald::bench {

struct publish_options {
  uint16_t node_port = 0;
  uint64_t topics = 1;      ///< Events go to them in turn.
  uint64_t subscribers = 0; ///< Of each topic.
  size_t body = 1024;       ///< Bytes; see `body_size_of`.
  size_t batch = 1;         ///< Events of one request; as NDJSON if above 1.
  uint64_t most = 0;        ///< Events in all; 0: no end.
  /// Closed loop: events published and not yet received by all of their
  /// subscribers. Not used without subscribers: the connections bound it.
  uint64_t window = 1;
  /// Open loop if above 0: events a second, each stamped with the time at
  /// which it was due, so that a slow node cannot hide its delays.
  double rate = 0;
  uint64_t first_topic = 0;
};

/// Publishes to a node. A refusal (429, 503) is counted
/// and followed by a pause of 10 ms.
class publisher : public load_source {
public:
  /// Counts what `target` receives from now on as answers to its own events.
  publisher(const publish_options& options, const sink& target);

  bool next(std::string& request, uint64_t& tag) override;
  void answered(const http_answer& answer) override;

  uint64_t accepted() const { return accepted_; }
  uint64_t refused() const { return refused_; }

  /// All of the `most` events are accepted.
  bool is_done() const {
    return options_.most > 0 && accepted_ >= options_.most;
  }
  uint64_t failed() const { return failed_; }

  /// Deliveries that the sink should have had for the accepted events.
  uint64_t expected() const { return accepted_ * options_.subscribers; }

  /// Deliveries that the sink had since this publisher was made.
  uint64_t delivered() const;

  /// Publish stamp to 202, in ns.
  histogram accept_latency() { return accept_latency_.snapshot(); }

  /// The first answer that was neither a 202 nor a refusal.
  const std::string& first_failure() const { return first_failure_; }

private:
  bool may_publish(uint64_t now) const;
  void write_one(std::string& request, uint64_t at_ns);
  void write_batch(std::string& request, uint64_t at_ns);
  /// When the next request is: when its last event is.
  uint64_t due_ns() const;
  void note_failure(const http_answer& answer);
  uint64_t open_events() const;

  publish_options options_;
  const sink& target_;
  std::vector<std::string> heads_; ///< Of each topic: a request's or a line's.
  std::string body_;               ///< As large as any has to be.
  std::string lines_;
  uint64_t delivered_before_;
  uint64_t started_ns_;
  uint64_t paused_until_ns_ = 0;
  uint64_t sent_ = 0;
  uint64_t accepted_ = 0;
  uint64_t refused_ = 0;
  uint64_t failed_ = 0;
  histogram accept_latency_;
  std::string first_failure_;
};

} // namespace herald::bench
