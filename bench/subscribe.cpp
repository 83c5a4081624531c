#include "bench/subscribe.hpp"

#include "bench/clock.hpp"
#include "bench/interrupt.hpp"
#include "bench/load_client.hpp"

#include <nlohmann/json.hpp>

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
    return "hub.mode=subscribe&hub.topic="
           + percent_encode(
             of_.topic(options_.first_topic + index / options_.subscribers))
           + "&hub.callback="
           + percent_encode(target_.callback(index, options_.how));
  }

  const subscribe_options& options_;
  const sink& target_;
  const sink& of_;
  std::deque<uint64_t> waiting_;
  size_t missing_ = 0;
  uint64_t paused_until_ns_ = 0;
};

class one_get : public load_source {
public:
  explicit one_get(std::string target) : target_{std::move(target)} {}

  bool next(std::string& request, uint64_t& /*tag*/) override {
    if (target_.empty())
      return false;
    request = "GET " + target_ + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    target_.clear();
    return true;
  }

  void answered(const http_answer& answer) override {
    status = answer.status;
    body = answer.body;
  }

  int status = -1;
  std::string body;

private:
  std::string target_;
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

bool has_pending(uint16_t node_port) {
  load_client client{node_port, 1};
  one_get source{"/subscriptions?state=pending&limit=1"};
  while (source.status < 0) {
    client.turn(source, std::chrono::milliseconds{10});
    check_interrupted();
  }
  if (source.status != 200)
    throw std::runtime_error{"GET /subscriptions was answered "
                             + std::to_string(source.status)};
  return !nlohmann::json::parse(source.body).at("items").empty();
}

} // namespace

void subscribe_all(const subscribe_options& options, const sink& target,
                   const sink& of) {
  auto challenges
    = target.counters().challenges + options.topics * options.subscribers;
  load_client client{options.node_port, options.connections};
  subscriber source{options, target, of};
  patience limit;
  while (source.missing() > 0) {
    client.turn(source, std::chrono::milliseconds{1});
    limit.check(source.missing(), "subscriptions not accepted yet");
  }
  await_verification(target, challenges);
  patience pending;
  while (has_pending(options.node_port)) {
    pending.check(0, "subscriptions are still pending");
    pause_ms(5);
  }
}

} // namespace herald::bench
