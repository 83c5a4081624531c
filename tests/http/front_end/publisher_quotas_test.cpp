#include "http/front_end/publisher_quotas.hpp"

#include <gtest/gtest.h>

namespace herald::test {

namespace {

using namespace std::chrono_literals;

class a_quota : public testing::Test {
protected:
  publisher_quotas::time_point now{1h};
  publisher_quotas quotas{{100, 10'000}};
};

} // namespace

TEST_F(a_quota, lets_a_second_s_worth_through_at_once_and_then_the_rate) {
  for (int i = 0; i < 100; ++i)
    ASSERT_FALSE(quotas.take("a", 1, 0, now)) << i;
  auto wait = quotas.take("a", 1, 0, now);
  ASSERT_TRUE(wait);
  EXPECT_GT(*wait, 0ms);
  EXPECT_LE(*wait, 20ms);
  now += *wait;
  EXPECT_FALSE(quotas.take("a", 1, 0, now));
  int taken = 0;
  for (auto end = now + 10s; now < end; now += 1ms)
    taken += quotas.take("a", 1, 0, now) ? 0 : 1;
  EXPECT_NEAR(taken, 1000, 2);
}

TEST_F(a_quota, counts_nothing_of_what_it_refuses) {
  EXPECT_FALSE(quotas.take("a", 100, 0, now));
  auto first = quotas.take("a", 1, 0, now);
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(quotas.take("a", 1, 0, now), first);
}

TEST_F(a_quota, takes_a_request_that_is_larger_and_has_it_paid_back) {
  EXPECT_FALSE(quotas.take("a", 1000, 0, now));
  auto wait = quotas.take("a", 1, 0, now);
  ASSERT_TRUE(wait);
  EXPECT_NEAR(static_cast<double>(wait->count()), 9000, 2);
  EXPECT_TRUE(quotas.take("a", 1, 0, now + 8990ms));
  EXPECT_FALSE(quotas.take("a", 1, 0, now + *wait));
}

TEST_F(a_quota, counts_bytes_too) {
  EXPECT_FALSE(quotas.take("a", 1, 10'000, now));
  EXPECT_TRUE(quotas.take("a", 1, 1, now));
  EXPECT_FALSE(quotas.take("a", 1, 1, now + 10ms));
}

TEST_F(a_quota, is_of_one_publisher) {
  EXPECT_FALSE(quotas.take("a", 100, 0, now));
  EXPECT_TRUE(quotas.take("a", 1, 0, now));
  EXPECT_FALSE(quotas.take("b", 100, 0, now));
}

TEST_F(a_quota, of_nothing_is_none) {
  publisher_quotas off{{}};
  EXPECT_TRUE(off.is_off());
  for (int i = 0; i < 10; ++i)
    EXPECT_FALSE(off.take("a", 1'000'000'000, 1ULL << 40, now));
}

TEST_F(a_quota, is_shared_by_those_who_are_too_many_to_remember) {
  for (size_t i = 0; i < publisher_quotas::max_publishers; ++i)
    ASSERT_FALSE(quotas.take(std::to_string(i), 1, 0, now));
  EXPECT_FALSE(quotas.take("x", 100, 0, now));
  EXPECT_TRUE(quotas.take("y", 1, 0, now));
  now += 1s; // The others are forgotten.
  EXPECT_FALSE(quotas.take("z", 100, 0, now));
  EXPECT_FALSE(quotas.take("y", 1, 0, now));
}

} // namespace herald::test
