#include "bench/load/subscribe.hpp"

#include "bench/load/http_get.hpp"
#include "bench/load/load_client.hpp"
#include "bench/load/signature.hpp"
#include "bench/process/clock.hpp"
#include "bench/process/interrupt.hpp"
#include "bench/process/progress.hpp"

#include <deque>
#include <numeric>
#include <stdexcept>

namespace herald::bench {

namespace {

constexpr uint64_t progress_patience_ns = 30'000'000'000;
constexpr uint64_t try_again_ns = 20'000'000;

class subscriber : public load_source {
public:
  subscriber(const subscribe_options& options, const sink& target,
             const sink& of)
    : options_{options}, target_{target}, of_{of},
      waiting_(options.topics * options.subscribers) {
    std::iota(waiting_.begin(), waiting_.end(), uint64_t{0});
    missing_ = waiting_.size();
  }

  bool next(std::string& request, uint64_t& tag) override {
    if (waiting_.empty() || monotonic_ns() < paused_until_ns_)
      return false;
    tag = waiting_.front();
    waiting_.pop_front();
    auto form = form_of(tag);
    request += "POST /hub HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
               "application/x-www-form-urlencoded\r\nContent-Length: ";
    request += std::to_string(form.size()) + "\r\n\r\n" + form;
    return true;
  }

  void answered(const http_answer& answer) override {
    if (answer.status == 202) {
      --missing_;
    } else if (answer.status == 429 || answer.status == 503) {
      waiting_.push_back(answer.tag);
      paused_until_ns_ = monotonic_ns() + try_again_ns;
    } else {
      throw std::runtime_error{"subscribing was answered "
                               + std::to_string(answer.status) + " "
                               + std::string{answer.body}};
    }
  }

  size_t missing() const { return missing_; }

private:
  std::string form_of(uint64_t index) const {
    auto callback = options_.first_topic * options_.subscribers + index;
    return "hub.mode=subscribe&hub.topic="
           + percent_encode(
             of_.topic(options_.first_topic + index / options_.subscribers))
           + "&hub.callback="
           + percent_encode(target_.callback(callback, options_.how))
           + (options_.is_signed ? "&hub.secret=" + secret_of(callback) : "");
  }

  const subscribe_options& options_;
  const sink& target_;
  const sink& of_;
  std::deque<uint64_t> waiting_;
  size_t missing_ = 0;
  uint64_t paused_until_ns_ = 0;
};

/// Throws when `progress()` has not moved for a while.
class patience {
public:
  void check(uint64_t progress, const char* what) {
    check_interrupted();
    auto now = monotonic_ns();
    if (progress != last_)
      since_ns_ = now;
    last_ = progress;
    if (now - since_ns_ > progress_patience_ns)
      throw std::runtime_error{std::string{"no progress: "} + what + ", "
                               + std::to_string(progress)};
  }

private:
  uint64_t last_ = 0;
  uint64_t since_ns_ = monotonic_ns();
};

void await_verification(const sink& target, uint64_t challenges) {
  patience limit;
  for (;;) {
    auto echoed = target.counters().challenges.load();
    if (target.counters().denials > 0)
      throw std::runtime_error{"the hub denied a subscription"};
    if (echoed >= challenges)
      return;
    limit.check(echoed, "challenges echoed");
    pause_ms(2);
  }
}

void await_settled(uint16_t node_port) {
  patience limit;
  for (;;) {
    auto pending = static_cast<uint64_t>(
      read_metric(node_port, "herald_subscriptions{state=\"pending\"}"));
    if (pending == 0)
      return;
    limit.check(pending, "subscriptions are still pending");
    pause_ms(5);
  }
}

} // namespace

void subscribe_all(const subscribe_options& options, const sink& target,
                   const sink& of) {
  auto wanted = options.topics * options.subscribers;
  auto before = target.counters().challenges.load();
  stage shown{"subscribing"};
  load_client client{options.node_port, options.connections};
  subscriber source{options, target, of};
  patience limit;
  while (source.missing() > 0) {
    client.turn(source, std::chrono::milliseconds{1});
    limit.check(source.missing(), "subscriptions not accepted yet");
    show_share(static_cast<double>(target.counters().challenges - before)
               / static_cast<double>(wanted));
  }
  await_verification(target, before + wanted);
  await_settled(options.node_port);
}

} // namespace herald::bench
