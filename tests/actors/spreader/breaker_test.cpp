#include "actors/spreader/breaker.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <vector>

namespace herald::test {

namespace {

using namespace std::chrono_literals;

class a_breaker : public testing::Test {
protected:
  static constexpr unix_ms start = 1'700'000'000'000;

  breaker_config policy{3, 10min};
  retry_config retries;
  condition how;
  unix_ms now = start;

  a_breaker() {
    retries.schedule = {5s, 30s, 2min, 30min};
    retries.jitter = 0;
  }

  void fail(strike what = strike::broken, double random = 0.5) {
    note_failure(how, what, now, policy, retries, random);
  }

  void fail_times(int count) {
    while (count-- > 0)
      fail();
  }

  /// Waits for the pause to end, and fails again.
  void fail_probe(strike what = strike::broken) {
    now = how.open_until;
    fail(what);
  }

  bool open() const { return is_open(how, now); }

  /// How long nothing is sent from now on.
  milliseconds pause() const { return milliseconds{how.open_until - now}; }
};

} // namespace

TEST_F(a_breaker, is_closed_where_nothing_failed) {
  EXPECT_FALSE(open());
  EXPECT_FALSE(is_open({}, 0));
}

TEST_F(a_breaker, opens_with_the_failure_that_reaches_the_threshold) {
  fail_times(2);
  EXPECT_FALSE(open());
  EXPECT_EQ(how.open_until, 0);
  EXPECT_EQ(how.probes, 0u);
  fail();
  EXPECT_TRUE(open());
  EXPECT_EQ(how.failures, 3u);
}

TEST_F(a_breaker, opens_at_the_first_failure_if_told_so) {
  policy.failures = 1;
  fail();
  EXPECT_TRUE(open());
}

TEST_F(a_breaker, lets_a_probe_through_exactly_when_the_pause_is_over) {
  fail_times(3);
  EXPECT_TRUE(is_open(how, how.open_until - 1));
  EXPECT_FALSE(is_open(how, how.open_until));
}

TEST_F(a_breaker, pauses_follow_the_schedule_up_to_the_longest) {
  fail_times(3);
  EXPECT_EQ(pause(), 5s);
  for (milliseconds wanted : {30'000ms, 120'000ms, 600'000ms, 600'000ms}) {
    fail_probe();
    EXPECT_EQ(pause(), wanted);
  }
  EXPECT_EQ(how.probes, 5u);
}

TEST_F(a_breaker, last_pause_of_a_short_schedule_repeats) {
  retries.schedule = {1s, 2s};
  fail_times(3);
  for (int i = 0; i < 5; ++i) {
    fail_probe();
    EXPECT_EQ(pause(), 2s);
  }
}

TEST_F(a_breaker, pauses_have_the_jitter_of_the_retries) {
  retries.jitter = 0.2;
  policy.failures = 1;
  fail(strike::broken, 0);
  EXPECT_EQ(pause(), 4s);
  how = {};
  fail(strike::broken, 0.75);
  EXPECT_EQ(pause(), 5500ms);
}

TEST_F(a_breaker, jitter_does_not_exceed_the_longest_pause) {
  retries.jitter = 0.2;
  policy.failures = 1;
  policy.max_pause = 5s;
  fail(strike::broken, 0.99);
  EXPECT_EQ(pause(), 5s);
}

TEST_F(a_breaker, is_open_for_a_moment_even_without_a_pause) {
  retries.schedule = {0ms};
  fail_times(3);
  EXPECT_TRUE(open());
  EXPECT_FALSE(is_open(how, now + 1));
}

TEST_F(a_breaker, attempts_that_left_together_are_one_probe) {
  fail_times(8);
  EXPECT_EQ(how.probes, 1u);
  EXPECT_EQ(pause(), 5s) << "from the one that opened it";
  EXPECT_EQ(how.failures, 8u);
  now += 1000;
  fail();
  EXPECT_EQ(how.open_until, start + 5000);
}

TEST_F(a_breaker, is_never_opened_by_a_busy_subscriber) {
  for (int i = 0; i < 50; ++i)
    fail(strike::busy);
  EXPECT_FALSE(open());
  EXPECT_EQ(how.failures, 50u) << "it is failing all the same";
  EXPECT_EQ(how.probes, 0u);
}

TEST_F(a_breaker, is_kept_open_by_a_busy_subscriber) {
  fail_times(3);
  fail_probe(strike::busy);
  EXPECT_TRUE(open());
  EXPECT_EQ(pause(), 30s);
}

TEST_F(a_breaker, never_opens_without_a_threshold) {
  policy.failures = 0;
  fail_times(1000);
  EXPECT_FALSE(open());
  EXPECT_EQ(how.open_until, 0);
}

TEST_F(a_breaker, remembers_when_the_first_failure_was_and_the_last) {
  fail();
  now += 1000;
  fail();
  now += 1000;
  fail();
  fail_probe();
  EXPECT_EQ(how.since, start);
  EXPECT_EQ(how.last_attempt, now);
}

// Whatever happens, it pauses no longer than allowed, and failures count.
TEST_F(a_breaker, keeps_its_bounds_whatever_happens) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 rng{seed};
    how = {};
    now = start;
    retries.jitter = 0.2;
    policy.failures = rng() % 5;
    for (uint32_t i = 1; i < 60; ++i) {
      now += rng() % 100'000;
      auto was_open = open();
      auto before = how;
      fail(rng() % 3 == 0 ? strike::busy : strike::broken,
           double(rng() % 100) / 100);
      ASSERT_EQ(how.failures, i);
      ASSERT_LE(how.open_until, now + policy.max_pause.count());
      if (was_open) {
        ASSERT_EQ(how.open_until, before.open_until) << "not prolonged";
      } else if (before.open_until != 0) {
        ASSERT_TRUE(open()) << "a probe that failed";
      }
      if (policy.failures == 0 || i < policy.failures) {
        ASSERT_FALSE(open());
      }
    }
  }
}

} // namespace herald::test
