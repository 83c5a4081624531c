#include "actors/delivery/retry.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <random>
#include <string>

namespace herald::test {

namespace {

using namespace std::chrono_literals;

constexpr double middle = 0.5;
// Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110.
constexpr unix_ms that_sunday = 784'111'777'000;

retry_config policy_of(std::vector<milliseconds> schedule,
                       double jitter = 0.2) {
  retry_config result;
  result.schedule = std::move(schedule);
  result.jitter = jitter;
  return result;
}

std::optional<milliseconds> after(std::string_view value) {
  return parse_retry_after(value, that_sunday - 60'000);
}

} // namespace

TEST(retry_delay, follows_the_schedule_and_repeats_its_last_entry) {
  auto policy = policy_of({5s, 30s, 2min}, 0);
  EXPECT_EQ(retry_delay(policy, 1, middle), 5s);
  EXPECT_EQ(retry_delay(policy, 2, middle), 30s);
  EXPECT_EQ(retry_delay(policy, 3, middle), 2min);
  EXPECT_EQ(retry_delay(policy, 4, middle), 2min);
  EXPECT_EQ(retry_delay(policy, std::numeric_limits<uint32_t>::max(), middle),
            2min);
}

TEST(retry_delay, has_the_documented_schedule_by_default) {
  retry_config policy;
  policy.jitter = 0;
  const milliseconds wanted[]
    = {5s, 30s, 2min, 10min, 30min, 1h, 2h, 4h, 8h, 8h, 8h};
  for (uint32_t i = 0; i < std::size(wanted); ++i)
    EXPECT_EQ(retry_delay(policy, i + 1, middle), wanted[i]) << i;
}

TEST(retry_delay, spreads_over_the_jitter_both_ways_and_no_further) {
  auto policy = policy_of({10s});
  std::mt19937 rng{1};
  std::uniform_real_distribution<double> any{0, 1};
  auto lowest = retry_delay(policy, 1, 0);
  auto highest = retry_delay(policy, 1, std::nextafter(1.0, 0.0));
  if (lowest > highest)
    std::swap(lowest, highest);
  EXPECT_NEAR(double(lowest.count()), 8000, 1);
  EXPECT_NEAR(double(highest.count()), 12000, 1);
  EXPECT_NEAR(double(retry_delay(policy, 1, middle).count()), 10000, 1);
  for (int i = 0; i < 1000; ++i) {
    auto delay = retry_delay(policy, 1, any(rng));
    EXPECT_GE(delay, 8s);
    EXPECT_LE(delay, 12s);
  }
}

TEST(retry_delay, is_never_negative_under_full_jitter) {
  auto policy = policy_of({10s}, 1);
  EXPECT_GE(retry_delay(policy, 1, 0), 0ms);
  EXPECT_LE(retry_delay(policy, 1, std::nextafter(1.0, 0.0)), 20s);
}

TEST(retry_after, takes_seconds) {
  EXPECT_EQ(after("120"), 120s);
  EXPECT_EQ(after("0"), 0s);
  EXPECT_EQ(after("0005"), 5s);
}

TEST(retry_after, takes_the_three_date_forms_of_http) {
  EXPECT_EQ(after("Sun, 06 Nov 1994 08:49:37 GMT"), 60s);
  EXPECT_EQ(after("Sunday, 06-Nov-94 08:49:37 GMT"), 60s);
  EXPECT_EQ(after("Sun Nov  6 08:49:37 1994"), 60s);
}

TEST(retry_after, ignores_a_date_in_the_past) {
  EXPECT_FALSE(
    parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", that_sunday + 1000));
  EXPECT_FALSE(after("Thu, 01 Jan 1970 00:00:00 GMT"));
}

TEST(retry_after, ignores_what_is_senseless) {
  for (auto value :
       {"", " ", "soon", "-1", "-120", "+5", "1.5", "5s", "5 5", "0x10", "1e3",
        "Sun, 06 Nov 1994", "Sun, 99 Nov 1994 08:49:37 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT, x",
        "Sun, 06 Nov 1994 25:49:37 GMT", "NaN", "\xff\xfe"})
    EXPECT_FALSE(after(value)) << value;
}

TEST(retry_after, huge_number_means_very_late_and_does_not_overflow) {
  for (auto value : {"99999999999", "9223372036854775807",
                     "18446744073709551616", "99999999999999999999999999"}) {
    auto asked = after(value);
    ASSERT_TRUE(asked) << value;
    EXPECT_GE(*asked, 24h * 365) << value;
    EXPECT_FALSE(next_due(retry_config{}, 1, 1000, 2000, asked, middle))
      << value;
  }
}

TEST(retries_of, are_the_nodes_where_the_policy_says_nothing) {
  auto node = policy_of({1s, 2s}, 0.3);
  node.max_age = 77s;
  auto got = retries_of(node, {});
  EXPECT_EQ(got.schedule, node.schedule);
  EXPECT_EQ(got.max_age, 77s);
  EXPECT_EQ(got.jitter, 0.3);
}

TEST(retries_of, take_each_member_of_the_policy_by_itself) {
  auto node = policy_of({1s, 2s}, 0.3);
  node.max_age = 77s;
  delivery_policy policy;
  policy.retry_schedule = {9s};
  auto other_schedule = retries_of(node, policy);
  EXPECT_EQ(other_schedule.schedule, std::vector<milliseconds>{9s});
  EXPECT_EQ(other_schedule.max_age, 77s);
  policy = {};
  policy.retry_max_age = 1h;
  auto other_age = retries_of(node, policy);
  EXPECT_EQ(other_age.schedule, node.schedule);
  EXPECT_EQ(other_age.max_age, 1h);
  EXPECT_EQ(other_age.jitter, 0.3) << "the node's, always";
}

TEST(random_share, is_one_step_of_its_source_and_below_one) {
  std::minstd_rand source{7};
  auto steps = source;
  for (int i = 0; i < 1000; ++i) {
    auto share = random_share(source);
    EXPECT_GE(share, 0.0);
    EXPECT_LT(share, 1.0);
    steps();
    ASSERT_EQ(source, steps);
  }
}

TEST(next_due, is_now_plus_the_delay) {
  auto policy = policy_of({5s, 30s}, 0);
  EXPECT_EQ(next_due(policy, 1, 0, 1000, std::nullopt, middle), 6000);
  EXPECT_EQ(next_due(policy, 2, 0, 1000, std::nullopt, middle), 31'000);
}

TEST(next_due, honours_retry_after_as_a_minimum_only) {
  auto policy = policy_of({5s}, 0);
  EXPECT_EQ(next_due(policy, 1, 0, 1000, 60s, middle), 61'000);
  EXPECT_EQ(next_due(policy, 1, 0, 1000, 1s, middle), 6000);
}

TEST(next_due, never_comes_before_retry_after_whatever_the_jitter) {
  auto policy = policy_of({5s}, 0.9);
  for (double random : {0.0, 0.1, 0.5, 0.9, 0.999})
    EXPECT_GE(next_due(policy, 1, 0, 1000, 60s, random).value_or(0), 61'000);
}

TEST(next_due, is_nothing_past_the_maximum_age_of_the_event) {
  auto policy = policy_of({10s}, 0);
  policy.max_age = 60s;
  EXPECT_EQ(next_due(policy, 1, 1000, 51'000, std::nullopt, middle), 61'000);
  EXPECT_FALSE(next_due(policy, 1, 1000, 51'001, std::nullopt, middle));
}

TEST(next_due, is_nothing_if_retry_after_is_past_the_maximum_age) {
  auto policy = policy_of({10s}, 0);
  policy.max_age = 60s;
  EXPECT_TRUE(next_due(policy, 1, 0, 1000, 59s, middle));
  EXPECT_FALSE(next_due(policy, 1, 0, 1000, 60s, middle));
}

} // namespace herald::test
