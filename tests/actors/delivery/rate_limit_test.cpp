#include "actors/delivery/rate_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace herald::test {

namespace {

constexpr unix_ms start = 1'700'000'000'000;

double capacity_of(double rate) {
  return std::max(1.0, rate / 10);
}

/// As many as are there at `now`.
size_t take_all(rate_limit& aut, unix_ms now, size_t at_most = 10'000) {
  size_t result = 0;
  while (result < at_most && aut.take(now))
    ++result;
  return result;
}

rate_limit limited_to(double rate) {
  rate_limit result;
  result.configure(rate);
  return result;
}

/// A subscriber that was sent `count` attempts in this second, and says 429.
rate_limit struck_after(size_t count) {
  rate_limit result;
  take_all(result, start, count);
  result.too_many(start);
  return result;
}

/// How many leave in `seconds`, tried every millisecond from `from` on.
size_t sent_in(rate_limit& aut, unix_ms from, int seconds) {
  size_t result = 0;
  for (unix_ms at = from; at < from + seconds * 1000; ++at)
    result += take_all(aut, at);
  return result;
}

} // namespace

TEST(rate_limit, lets_everything_through_by_default) {
  rate_limit aut;
  EXPECT_FALSE(aut.rate());
  EXPECT_EQ(take_all(aut, start, 5000), 5000u);
  EXPECT_EQ(aut.next(start), start);
}

TEST(rate_limit, has_room_for_a_tenth_of_a_second_at_least_for_one) {
  for (auto [rate, room] : {std::pair{1000.0, 100u},
                            {50.0, 5u},
                            {10.0, 1u},
                            {1.0, 1u},
                            {0.01, 1u}}) {
    auto aut = limited_to(rate);
    EXPECT_EQ(take_all(aut, start), room) << rate;
    EXPECT_EQ(take_all(aut, start + 3'600'000), room) << "no more saved up";
  }
}

TEST(rate_limit, keeps_the_rate_over_time) {
  for (double rate : {0.5, 3.0, 10.0, 333.0, 1000.0}) {
    auto aut = limited_to(rate);
    auto sent = double(sent_in(aut, start, 60));
    EXPECT_LE(sent, 60 * rate + capacity_of(rate)) << rate;
    EXPECT_GE(sent, 60 * rate * 0.99) << rate;
  }
}

TEST(rate_limit, next_is_exactly_when_a_token_is_there) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 rng{seed};
    std::uniform_real_distribution<double> exponent{-3, 3};
    auto aut = limited_to(std::pow(10, exponent(rng)));
    unix_ms now = start;
    for (int i = 0; i < 50; ++i) {
      auto when = aut.next(now);
      ASSERT_GE(when, now);
      if (when > now) {
        auto before = aut;
        ASSERT_FALSE(before.take(when - 1)) << "earlier than announced";
      }
      ASSERT_TRUE(aut.take(when));
      now = when + unix_ms(rng() % 3);
    }
  }
}

// In any window of time, not only in whole seconds.
TEST(rate_limit, never_lets_more_through_than_rate_and_capacity_allow) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 rng{seed};
    std::uniform_real_distribution<double> exponent{-1, 3};
    auto rate = std::pow(10, exponent(rng));
    auto aut = limited_to(rate);
    std::vector<unix_ms> sent;
    unix_ms now = start;
    for (int i = 0; i < 2000 && sent.size() < 400; ++i) {
      auto longest = rng() % 20 == 0 ? unsigned(20'000 / rate) : 20u;
      now += rng() % (longest + 1);
      while (rng() % 4 != 0 && aut.take(now))
        sent.push_back(now);
    }
    for (size_t first = 0; first < sent.size(); ++first)
      for (size_t last = first; last < sent.size(); ++last) {
        auto seconds = double(sent[last] - sent[first]) / 1000;
        ASSERT_LE(double(last - first + 1),
                  rate * seconds + capacity_of(rate) + 1e-6)
          << "from " << sent[first] << " to " << sent[last];
      }
  }
}

TEST(rate_limit, another_rate_counts_from_now_on) {
  auto aut = limited_to(0.01);
  EXPECT_TRUE(aut.take(start));
  EXPECT_EQ(aut.next(start), start + 100'000);
  aut.configure(10);
  EXPECT_LE(aut.next(start), start + 100);
  EXPECT_TRUE(aut.take(start + 100));
  aut.configure(std::nullopt);
  EXPECT_EQ(take_all(aut, start + 100, 500), 500u);
}

TEST(rate_limit, goes_on_when_the_clock_steps_back) {
  auto aut = limited_to(10);
  EXPECT_TRUE(aut.take(start));
  EXPECT_FALSE(aut.take(start - 5000));
  EXPECT_TRUE(aut.take(aut.next(start)));
}

// -- what 429 teaches ---------------------------------------------------------

TEST(rate_limit, halves_what_was_sent_when_a_429_comes) {
  auto aut = struck_after(100);
  ASSERT_TRUE(aut.rate());
  EXPECT_DOUBLE_EQ(*aut.rate(), 50);
  EXPECT_FALSE(aut.take(start)) << "and takes a breath";
  EXPECT_EQ(aut.next(start), start + 20);
}

TEST(rate_limit, counts_the_second_before_where_this_one_has_just_begun) {
  rate_limit aut;
  take_all(aut, start + 900, 100);
  aut.take(start + 1000);
  aut.too_many(start + 1000);
  EXPECT_DOUBLE_EQ(*aut.rate(), 50);
}

TEST(rate_limit, forgets_what_was_sent_longer_ago) {
  rate_limit aut;
  take_all(aut, start, 100);
  take_all(aut, start + 5000, 4);
  aut.too_many(start + 5000);
  EXPECT_DOUBLE_EQ(*aut.rate(), 2);
}

TEST(rate_limit, halves_once_a_second_however_many_say_429) {
  auto aut = struck_after(100);
  for (unix_ms at = start; at < start + 1000; at += 100)
    aut.too_many(at);
  EXPECT_DOUBLE_EQ(*aut.rate(), 50);
  take_all(aut, start + 1000);
  aut.too_many(start + 1000);
  EXPECT_LE(*aut.rate(), 25);
}

TEST(rate_limit, does_not_fall_below_the_slowest) {
  auto aut = struck_after(1);
  for (int i = 1; i < 100; ++i)
    aut.too_many(start + i * 1000);
  EXPECT_DOUBLE_EQ(*aut.rate(), rate_limit::slowest);
  EXPECT_EQ(aut.next(start + 99'000), start + 109'000);
}

TEST(rate_limit, rises_with_every_success_and_is_forgotten_in_the_end) {
  auto aut = struck_after(100);
  auto before = *aut.rate();
  int successes = 0;
  while (aut.rate() && successes < 10'000) {
    EXPECT_GE(*aut.rate(), before);
    before = *aut.rate();
    aut.succeeded();
    ++successes;
  }
  EXPECT_FALSE(aut.rate());
  EXPECT_GT(before, 100) << "not before the rate that was too much";
  EXPECT_GT(successes, 1000) << "a little each time";
  EXPECT_LT(successes, 10'000);
}

TEST(rate_limit, comes_back_from_the_slowest_in_bounded_time) {
  auto aut = struck_after(100);
  for (int i = 1; i < 50; ++i)
    aut.too_many(start + i * 1000);
  ASSERT_DOUBLE_EQ(*aut.rate(), rate_limit::slowest);
  int successes = 0;
  for (; aut.rate() && successes < 10'000; ++successes)
    aut.succeeded();
  EXPECT_LT(successes, 10'000);
}

// Else a fast subscriber would be slowed down for a moment only.
TEST(rate_limit, rises_as_slowly_in_time_however_high_it_is) {
  for (size_t sent : {20u, 200u, 5000u}) {
    auto aut = struck_after(sent);
    auto learned = *aut.rate();
    for (unix_ms at = start; at < start + 5000; ++at)
      for (auto left = take_all(aut, at); left > 0; --left)
        aut.succeeded();
    ASSERT_TRUE(aut.rate()) << sent;
    EXPECT_GT(*aut.rate(), 1.4 * learned);
    EXPECT_LT(*aut.rate(), 1.8 * learned);
  }
}

TEST(rate_limit, success_alone_teaches_nothing) {
  rate_limit aut;
  aut.succeeded();
  EXPECT_FALSE(aut.rate());
  auto configured = limited_to(5);
  configured.succeeded();
  EXPECT_DOUBLE_EQ(*configured.rate(), 5);
}

TEST(rate_limit, learns_below_the_configured_rate_and_returns_to_it) {
  auto aut = limited_to(10);
  sent_in(aut, start, 1);
  aut.too_many(start + 1000);
  EXPECT_LE(*aut.rate(), 5.5);
  EXPECT_GE(*aut.rate(), 4.5);
  for (int i = 0; i < 1000; ++i)
    aut.succeeded();
  EXPECT_DOUBLE_EQ(*aut.rate(), 10);
}

TEST(rate_limit, configured_rate_holds_while_more_is_learned) {
  auto aut = struck_after(100);
  aut.configure(10);
  EXPECT_DOUBLE_EQ(*aut.rate(), 10);
  aut.configure(std::nullopt);
  EXPECT_DOUBLE_EQ(*aut.rate(), 50);
}

} // namespace herald::test
