#include "actors/wall_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace herald {
namespace {

using namespace std::chrono_literals;

const wall_clock::time_point start{5s};

TEST(wall_clock, counts_from_its_start) {
  wall_clock clock{start, 1000};
  EXPECT_EQ(clock.at(start), 1000);
  EXPECT_EQ(clock.at(start + 1500ms), 2500);
  EXPECT_EQ(clock.at(start - 1500us), 998);
}

TEST(wall_clock, finds_the_moment_of_a_time) {
  wall_clock clock{start, 1000};
  EXPECT_EQ(clock.when(1000), start);
  EXPECT_EQ(clock.when(2500), start + 1500ms);
  for (unix_ms t : {0, 999, 1000, 1001, 123'456'789})
    EXPECT_EQ(clock.at(clock.when(t)), t);
}

TEST(wall_clock, does_not_follow_a_jump_forwards) {
  wall_clock clock{start, 1000};
  clock.discipline(start + 1s, 3'600'000);
  EXPECT_EQ(clock.at(start + 1s), 2000);
  EXPECT_EQ(clock.at(start + 2s), 3100) << "a tenth faster";
}

// It is drawn once a second and looked at in between.
TEST(wall_clock, never_goes_back) {
  wall_clock clock{start, 1'000'000};
  auto before = clock.at(start);
  for (auto t = start; t <= start + 60s; t += 10ms) {
    if ((t - start) % 1s == 0ms)
      clock.discipline(t, 0);
    ASSERT_GE(clock.at(t), before);
    ASSERT_LE(clock.at(t), before + 10);
    before = clock.at(t);
  }
  EXPECT_EQ(before, 1'000'000 + 60'000 - 6000);
}

TEST(wall_clock, goes_forwards_without_a_jump) {
  wall_clock clock{start, 0};
  auto before = clock.at(start);
  for (auto t = start; t <= start + 60s; t += 10ms) {
    if ((t - start) % 1s == 0ms)
      clock.discipline(t, 1'000'000);
    ASSERT_LE(clock.at(t), before + 11);
    before = clock.at(t);
  }
  EXPECT_EQ(before, 66'000);
}

TEST(wall_clock, finds_the_moment_of_a_time_while_it_is_drawn) {
  for (int64_t wrong : {-1'000'000, -95, -10, -1, 0, 1, 10, 95, 1'000'000}) {
    wall_clock clock{start, 1000};
    clock.discipline(start, 1000 + wrong);
    for (unix_ms t = 900; t < 4000; ++t) {
      auto when = clock.when(t);
      ASSERT_GE(clock.at(when), t) << wrong;
      ASSERT_LT(clock.at(when - 1ms), t) << wrong;
    }
  }
}

TEST(wall_clock, reaches_the_systems_time_and_stays) {
  wall_clock clock{start, 0};
  for (int i = 1; i <= 20; ++i)
    clock.discipline(start + i * 1s, 500 + i * 1000);
  EXPECT_EQ(clock.at(start + 20s), 20'500);
  clock.discipline(start + 21s, 21'500);
  EXPECT_EQ(clock.at(start + 21s), 21'500);
}

TEST(wall_clock, ignores_a_monotonic_time_from_before) {
  wall_clock clock{start, 0};
  clock.discipline(start + 10s, 0);
  auto before = clock.at(start + 10s);
  clock.discipline(start + 9s, 0);
  EXPECT_EQ(clock.at(start + 10s), before);
}

} // namespace
} // namespace herald
