#pragma once

#include "actors/publisher.hpp"
#include "actors/spreader/spreader.hpp"
#include "config/config.hpp"
#include "tests/simulation/dice.hpp"

#include <string>
#include <vector>

namespace herald::simulation {

/// What is decided before a simulation starts: shape, bounds, who takes part.

/// How a callback answers until everything is healed.
enum class manner : uint8_t {
  fine,
  flaky, ///< 500 now and then.
  down,  ///< Nothing listens from `from` to `until`.
  hangs, ///< Answers nothing from `from` to `until`.
  slow,  ///< Answers after seconds.
  busy,  ///< 429 with Retry-After from `from` to `until`.
  gone,  ///< 410 from `from` on.
};

struct callback {
  std::string url;
  manner how = manner::fine;
  unix_ms from = 0; ///< In milliseconds since the start.
  unix_ms until = 0;
};

struct plan {
  store_shape shape;
  config settings;
  publisher_limits publishing;
  spreader_limits spreading;
  std::vector<std::string> topics;       ///< That may be subscribed to.
  std::vector<std::string> publications; ///< That may be published to.
  std::vector<callback> callbacks;
  int actions = 0;
  int64_t pause_ms = 0; ///< Between two actions, at most.
  bool crashes = false;
  bool faults = false;
  bool stops = false;
  bool jumps = false;     ///< The system's clock does.
  bool slow = false;      ///< The store is, now and then.
  bool ordered = false;   ///< Operators want order, and little else.
  bool operators = false; ///< Pause, change policies, ask for replays.
};

/// Delays from milliseconds to a minute.
inline std::vector<milliseconds> schedule(dice& random) {
  std::vector<milliseconds> result;
  int64_t least = 1;
  for (auto n = random.between(1, 4); n > 0; --n) {
    auto most = random.pick<int64_t>({20, 1000, 5000, 60'000});
    least = random.between(least, std::max(least, most));
    result.emplace_back(least);
  }
  return result;
}

inline void bound(plan& what, dice& random) {
  auto& to = what.spreading;
  auto few = [&](int64_t least, int64_t most) {
    return static_cast<size_t>(random.between(least, most));
  };
  to.window_events = few(2, 40);
  to.jobs = few(3, 30);
  to.due_in_memory = few(1, 20);
  to.tail_events = few(1, 30);
  to.uncommitted = few(4, 200);
  to.loads = few(1, 4);
  to.load_bytes = few(1, 400);
  to.chunk_events = few(1, 20);
  to.max_matches = few(1, 40);
  to.rows_page = few(1, 10);
  to.due_page = few(1, 10);
  to.patience = milliseconds{random.between(5, 400)};
  to.commit_interval = milliseconds{random.between(1, 50)};
  to.look_ahead = milliseconds{random.between(100, 20'000)};
  to.idle = milliseconds{random.between(1000, 10'000)};
  what.publishing.group_events = few(1, 20);
  what.publishing.retries = few(0, 3);
}

inline std::vector<callback> callbacks(dice& random, int64_t span_ms) {
  std::vector<callback> result;
  auto count = random.between(1, 6);
  for (int64_t i = 0; i < count; ++i) {
    callback next;
    next.url = "http://callback" + std::to_string(i) + ".example/";
    if (random.percent(70))
      next.how = static_cast<manner>(random.between(1, 6));
    next.from = random.between(0, span_ms);
    next.until = random.between(next.from, 2 * span_ms);
    result.push_back(std::move(next));
  }
  return result;
}

/// One subscriber is away for longer than events are kept: what it cannot be
/// given any more becomes a range of dead letters.
inline void add_long_outage(plan& to, dice& random) {
  to.settings.retry.max_age = std::chrono::seconds{random.between(5, 40)};
  to.settings.retention.events = to.settings.retry.max_age;
  to.spreading.jobs = 3;
  to.spreading.chunk_events = static_cast<size_t>(random.between(1, 4));
  to.pause_ms = 2000;
  to.actions = std::max(to.actions, 100);
  auto& who = to.callbacks.front();
  who.how = random.one_in(2) ? manner::down : manner::hangs;
  who.from = random.between(1000, 10'000);
  who.until = who.from + random.between(60'000, 200'000);
}

inline plan make_plan(dice& random) {
  plan result;
  result.shape.partitions = static_cast<unsigned>(random.between(1, 4));
  result.shape.logs = static_cast<unsigned>(random.between(1, 2));
  auto& settings = result.settings;
  settings.retry.schedule = schedule(random);
  settings.retry.max_age
    = milliseconds{random.pick<int64_t>({30'000, 120'000, 600'000, 1'800'000})};
  settings.retention.events = settings.retry.max_age;
  if (random.one_in(2))
    settings.retention.events += std::chrono::minutes{10};
  else if (random.one_in(3)) // Allowed, though not wise: replays come too late.
    settings.retention.events = milliseconds{random.between(1000, 30'000)};
  settings.delivery.in_flight = static_cast<size_t>(random.between(1, 8));
  settings.delivery.total_in_flight
    = static_cast<size_t>(random.between(1, 100));
  // A minute of attempts every few milliseconds is enough.
  if (settings.retry.max_age > std::chrono::minutes{1})
    settings.retry.schedule.back()
      = std::max(settings.retry.schedule.back(), milliseconds{500});
  bound(result, random);
  result.topics = {"a", "a.b", "a.b.c", "*", "d", "http://topic.example/"};
  result.publications
    = {"a", "a.b", "a.b.c", "a.b.c.d", "d", "a.x", "http://topic.example/"};
  result.actions = static_cast<int>(random.between(10, 150));
  result.pause_ms = random.pick<int64_t>({2, 20, 200, 2000});
  result.callbacks = callbacks(random, result.actions * result.pause_ms);
  result.crashes = random.one_in(2);
  result.faults = random.one_in(2);
  result.stops = random.one_in(2);
  result.operators = random.one_in(2);
  result.jumps = random.one_in(3);
  result.slow = random.one_in(3);
  result.ordered = result.operators && random.one_in(3);
  if (result.ordered || (result.operators && random.one_in(2)))
    result.topics = {random.pick(result.topics)}; // Nobody is layered.
  settings.breaker.failures = random.pick<size_t>({0, 1, 3, 10});
  settings.breaker.max_pause
    = milliseconds{random.pick<int64_t>({10, 1000, 60'000})};
  if (random.one_in(8))
    add_long_outage(result, random);
  return result;
}

} // namespace herald::simulation
