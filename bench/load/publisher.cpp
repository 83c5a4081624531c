#include "bench/load/publisher.hpp"

#include "bench/load/event_body.hpp"
#include "bench/process/clock.hpp"

#include <algorithm>

namespace herald::bench {

namespace {

constexpr uint64_t refusal_pause_ns = 10'000'000;

std::string start_of_request(const std::string& target, uint16_t port,
                             const std::string& type) {
  return "POST " + target
         + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port)
         + "\r\nContent-Type: " + type + "\r\nContent-Length: ";
}

std::vector<std::string> make_heads(const publish_options& options,
                                    const sink& target) {
  std::vector<std::string> heads;
  for (uint64_t i = 0; i < options.topics; ++i) {
    auto topic = target.topic(options.first_topic + i);
    heads.push_back(
      options.batch > 1
        ? R"({"topic":")" + topic + R"(","data":")"
        : start_of_request("/events?topic=" + percent_encode(topic),
                           options.node_port, "application/octet-stream"));
  }
  return heads;
}

} // namespace

publisher::publisher(const publish_options& options, const sink& target)
  : options_{options}, target_{target}, heads_{make_heads(options, target)},
    body_{
      make_body(options.body == mixed_sizes ? largest_body : options.body, {})},
    delivered_before_{target.counters().deliveries}, started_ns_{
                                                       monotonic_ns()} {
}

bool publisher::next(std::string& request, uint64_t& tag) {
  auto now = monotonic_ns();
  if (!may_publish(now))
    return false;
  tag = options_.rate > 0 ? due_ns() : now;
  if (options_.batch > 1)
    write_batch(request, tag);
  else
    write_one(request, tag);
  return true;
}

void publisher::write_one(std::string& request, uint64_t at_ns) {
  auto size = body_size_of(options_.body, sent_);
  request += heads_[sent_ % options_.topics];
  request.append(std::to_string(size)).append("\r\n\r\n");
  auto at = request.size();
  request.append(body_, 0, size);
  write_stamp(request.data() + at, {at_ns, sent_});
  ++sent_;
}

// The quotes are part of the body.
void publisher::write_batch(std::string& request, uint64_t at_ns) {
  lines_.clear();
  for (size_t i = 0; i < options_.batch; ++i, ++sent_) {
    auto size = body_size_of(options_.body, sent_);
    lines_ += heads_[sent_ % options_.topics];
    auto at = lines_.size();
    lines_.append(body_, 0, size - 2).append("\"}\n");
    write_stamp(lines_.data() + at, {at_ns, sent_});
  }
  request
    += start_of_request("/events", options_.node_port, "application/x-ndjson");
  request.append(std::to_string(lines_.size())).append("\r\n\r\n");
  request += lines_;
}

bool publisher::may_publish(uint64_t now) const {
  if (now < paused_until_ns_)
    return false;
  if (options_.most > 0 && sent_ - refused_ - failed_ >= options_.most)
    return false;
  if (options_.rate > 0)
    return now >= due_ns();
  return options_.subscribers == 0 || open_events() < options_.window;
}

uint64_t publisher::due_ns() const {
  auto last = sent_ + options_.batch - 1;
  return started_ns_
         + static_cast<uint64_t>(static_cast<double>(last) / options_.rate
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
    accepted_ += options_.batch;
    accept_latency_.record(now - answer.tag);
  } else if (answer.status == 429 || answer.status == 503) {
    refused_ += options_.batch;
    paused_until_ns_ = now + refusal_pause_ns;
  } else {
    note_failure(answer);
  }
}

void publisher::note_failure(const http_answer& answer) {
  if (failed_ == 0)
    first_failure_ = std::to_string(answer.status) + " "
                     + std::string{answer.body.substr(0, 200)};
  failed_ += options_.batch;
}

} // namespace herald::bench
