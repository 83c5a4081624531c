#include "bench/publisher.hpp"

#include "bench/clock.hpp"
#include "bench/event_body.hpp"

#include <algorithm>

namespace herald::bench {

namespace {

constexpr uint64_t refusal_pause_ns = 10'000'000;

std::vector<std::string> make_heads(const publish_options& options,
                                    const sink& target) {
  std::vector<std::string> heads;
  for (uint64_t topic = 0; topic < options.topics; ++topic)
    heads.push_back("POST /events?topic="
                    + percent_encode(target.topic(options.first_topic + topic))
                    + " HTTP/1.1\r\nHost: 127.0.0.1:"
                    + std::to_string(options.node_port)
                    + "\r\nContent-Type: application/octet-stream\r\n"
                      "Content-Length: "
                    + std::to_string(options.body) + "\r\n\r\n");
  return heads;
}

} // namespace

publisher::publisher(const publish_options& options, const sink& target)
  : options_{options}, target_{target}, heads_{make_heads(options, target)},
    body_{make_body(options.body, {})},
    delivered_before_{target.counters().deliveries}, started_ns_{
                                                       monotonic_ns()} {
}

bool publisher::next(std::string& request, uint64_t& tag) {
  auto now = monotonic_ns();
  if (!may_publish(now))
    return false;
  tag = options_.rate > 0 ? due_ns() : now;
  const auto& head = heads_[sent_ % options_.topics];
  request.append(head).append(body_);
  write_stamp(request.data() + head.size(), {tag, sent_});
  ++sent_;
  return true;
}

bool publisher::may_publish(uint64_t now) const {
  if (now < paused_until_ns_)
    return false;
  if (options_.rate > 0)
    return now >= due_ns();
  return options_.subscribers == 0 || open_events() < options_.window;
}

uint64_t publisher::due_ns() const {
  return started_ns_
         + static_cast<uint64_t>(static_cast<double>(sent_) / options_.rate
                                 * 1e9);
}

uint64_t publisher::open_events() const {
  auto published = sent_ - refused_ - failed_;
  return published - std::min(delivered() / options_.subscribers, published);
}

uint64_t publisher::delivered() const {
  return target_.counters().deliveries.load(std::memory_order_acquire)
         - delivered_before_;
}

void publisher::answered(const http_answer& answer) {
  auto now = monotonic_ns();
  if (answer.status == 202) {
    ++accepted_;
    accept_latency_.record(now - answer.tag);
  } else if (answer.status == 429 || answer.status == 503) {
    ++refused_;
    paused_until_ns_ = now + refusal_pause_ns;
  } else if (failed_++ == 0) {
    first_failure_ = std::to_string(answer.status) + " "
                     + std::string{answer.body.substr(0, 200)};
  }
}

} // namespace herald::bench
