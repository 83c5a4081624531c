// The promise that weighs most: what was acknowledged reaches everybody,
// whenever the node is killed, and what arrives twice is bounded.
//
// HERALD_KILLS=100 is the long form; HERALD_SEED repeats a run's dice.
#include "tests/end_to_end/support/fixture.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_map>
#include <unordered_set>

using namespace herald::end_to_end;
using namespace std::chrono_literals;

namespace {

using clock = std::chrono::steady_clock;

constexpr size_t receivers = 20;
constexpr double events_per_second = 200;
constexpr auto pause = std::chrono::duration_cast<clock::duration>(
  std::chrono::duration<double>{1 / events_per_second});

// Of the node: after this an open delivery becomes a job row, and this long an
// outcome waits for its commit.
constexpr auto patience_of_window = 250ms;
constexpr auto commit_interval = 20ms;
// What a loaded machine may add to both.
constexpr auto margin = 230ms;

const std::string topic = "crash.test";

/// Some time for each delivery and its failures, after all is published.
constexpr auto settle_limit = 60s;

size_t number_from_environment(const char* name, size_t otherwise) {
  auto text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// What the receivers took, by body; thread-safe.
class tally {
public:
  void took(size_t who, const std::string& body) {
    std::lock_guard guard{mutex_};
    if (++counts_[who][body] > 1)
      ++duplicates_;
    changed_.notify_all();
  }

  /// The pairs of receiver and event that are missing.
  size_t missing(const std::vector<std::string>& events) const {
    std::lock_guard guard{mutex_};
    return count_missing(events);
  }

  /// True if every receiver took every event in time.
  bool wait_for(const std::vector<std::string>& events) const {
    std::unique_lock guard{mutex_};
    auto deadline = clock::now() + settle_limit;
    while (count_missing(events) > 0)
      if (changed_.wait_until(guard, deadline) == std::cv_status::timeout)
        return count_missing(events) == 0;
    return true;
  }

  size_t duplicates() const {
    std::lock_guard guard{mutex_};
    return duplicates_;
  }

private:
  size_t count_missing(const std::vector<std::string>& events) const {
    size_t result = 0;
    for (auto& of_one : counts_)
      for (auto& x : events)
        result += of_one.contains(x) ? 0 : 1;
    return result;
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::array<std::unordered_map<std::string, size_t>, receivers> counts_;
  size_t duplicates_ = 0;
};

/// Publishes at a steady rate, over the same node's deaths; an event without
/// an answer is forgotten, as it may or may not have been stored.
class steady_publisher {
public:
  ~steady_publisher() { stop(); }

  /// A node is there from now on.
  void go(uint16_t port) {
    std::lock_guard guard{mutex_};
    port_ = port;
    changed_.notify_all();
    if (!thread_.joinable())
      thread_ = std::thread{[this] { run(); }};
  }

  void stop() {
    {
      std::lock_guard guard{mutex_};
      stopped_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable())
      thread_.join();
  }

  /// Waits until that many more were acknowledged.
  bool wait_for(size_t more) {
    std::unique_lock guard{mutex_};
    auto enough = acknowledged_.size() + more;
    return changed_.wait_for(guard, patience,
                             [&] { return acknowledged_.size() >= enough; });
  }

  /// After `stop`.
  const std::vector<std::string>& acknowledged() const { return acknowledged_; }
  size_t unanswered() const { return unanswered_; }

private:
  /// The port of a living node; nothing after `stop`.
  std::optional<uint16_t> wait_for_node() {
    std::unique_lock guard{mutex_};
    changed_.wait(guard, [&] { return port_ || stopped_; });
    return stopped_ ? std::nullopt : std::exchange(port_, std::nullopt);
  }

  void run() {
    while (auto port = wait_for_node())
      publish_to(*port);
  }

  /// Until the node goes or `stop`.
  void publish_to(uint16_t port) {
    connection to{port};
    for (auto due = clock::now();; due += pause) {
      if (wait_stopped(due))
        return;
      auto body = "event " + std::to_string(next_++);
      auto answer = to.request("POST", "/events?topic=" + topic, {}, body);
      if (!note(answer, std::move(body)))
        return;
    }
  }

  bool wait_stopped(clock::time_point until) {
    std::unique_lock guard{mutex_};
    return changed_.wait_until(guard, until, [&] { return stopped_; });
  }

  /// False if the node is gone.
  bool note(const std::optional<http_message>& answer, std::string body) {
    std::lock_guard guard{mutex_};
    if (answer && answer->status() == 202)
      acknowledged_.push_back(std::move(body));
    else
      ++unanswered_;
    changed_.notify_all();
    return answer.has_value();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<uint16_t> port_;
  bool stopped_ = false;
  size_t next_ = 0;
  size_t unanswered_ = 0;
  std::vector<std::string> acknowledged_;
  std::thread thread_;
};

/// Every fifth receiver fails now and then: 503, or a closed connection.
receiver::script subscriber(size_t who, tally& to, uint64_t seed) {
  return [who, &to,
          dice = std::mt19937_64{seed + who}](const http_message& got) mutable {
    auto throw_of = dice() % 20;
    if (who % 5 == 0 && throw_of == 0)
      return reply{reply::kind::answer, 503, {}, {}};
    if (who % 5 == 0 && throw_of == 1)
      return reply::close();
    to.took(who, got.body);
    return reply{};
  };
}

class crash : public end_to_end {
public:
  void SetUp() override {
    std::cout << "HERALD_SEED=" << seed << " HERALD_KILLS=" << kills << '\n';
    start({"--retry-schedule", "200ms,500ms,1s", "--log-level", "warn"});
    for (size_t i = 0; i < receivers; ++i) {
      all.push_back(std::make_unique<receiver>());
      all[i]->on_delivery(subscriber(i, taken, seed), false);
      subscribe(topic, all[i]->url());
    }
  }

  /// Kills the node at a random moment of its work, and starts it again.
  void kill_once() {
    auto events = std::uniform_int_distribution<size_t>{1, 400}(dice);
    publisher.go(node().port());
    ASSERT_TRUE(publisher.wait_for(events));
    node().kill();
    node().start();
  }

  size_t kills = number_from_environment("HERALD_KILLS", 10);
  uint64_t seed
    = number_from_environment("HERALD_SEED", std::random_device{}());
  std::mt19937_64 dice{seed};
  tally taken;
  std::vector<std::unique_ptr<receiver>> all;
  steady_publisher publisher;
};

/// Of one kill: what is not committed yet, for every receiver.
size_t allowed_duplicates() {
  auto window = std::chrono::duration<double>{patience_of_window
                                              + commit_interval + margin};
  return static_cast<size_t>(events_per_second * window.count() * receivers);
}

} // namespace

TEST_F(crash, every_acknowledged_event_arrives_whenever_the_node_is_killed) {
  for (size_t i = 0; i < kills; ++i)
    ASSERT_NO_FATAL_FAILURE(kill_once());
  publisher.stop();
  auto& events = publisher.acknowledged();
  EXPECT_TRUE(taken.wait_for(events))
    << taken.missing(events) << " deliveries are missing\n"
    << node().complaints();
  auto duplicates = taken.duplicates();
  std::cout << events.size() << " events acknowledged, "
            << publisher.unanswered() << " without an answer, "
            << events.size() * receivers << " deliveries, " << duplicates
            << " duplicates, " << kills * allowed_duplicates() << " allowed\n";
  EXPECT_LE(duplicates, kills * allowed_duplicates());
}
