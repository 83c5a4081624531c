#include "storage/rocksdb/pace.hpp"

#include <gtest/gtest.h>

namespace herald {

namespace {

using namespace std::chrono_literals;

class a_pace : public testing::Test {
protected:
  background_pace::clock::time_point now{1h};
  background_pace aut{{{"bodies", 6'000'000}, {"events", 3'000'000}},
                      [this] { return now; }};

  int64_t rate() { return aut.limiter()->GetBytesPerSecond(); }

  int64_t when_sealed(const char* family, std::chrono::milliseconds later) {
    now += later;
    rocksdb::MemTableInfo info;
    info.cf_name = family;
    aut.OnMemTableSealed(info);
    return rate();
  }
};

} // namespace

TEST_F(a_pace, flushes_in_a_quarter_of_the_time_that_filling_took) {
  when_sealed("bodies", 0ms);
  EXPECT_EQ(when_sealed("bodies", 1000ms), 24'000'000);
  EXPECT_EQ(when_sealed("bodies", 100ms), 240'000'000);
}

TEST_F(a_pace, is_fast_while_the_store_is_opened) {
  EXPECT_EQ(rate(), background_pace::fastest);
}

TEST_F(a_pace, is_never_slower_than_the_slowest) {
  EXPECT_EQ(when_sealed("bodies", 1h), background_pace::slowest);
}

TEST_F(a_pace, hurries_where_bodies_come_fast_at_once) {
  when_sealed("bodies", 1h);
  EXPECT_EQ(when_sealed("bodies", 10ms), 2'400'000'000);
  EXPECT_GT(when_sealed("bodies", 0ms), 2'400'000'000);
}

TEST_F(a_pace, goes_by_the_family_that_is_filled_fastest) {
  when_sealed("bodies", 0ms);
  when_sealed("events", 0ms);
  EXPECT_EQ(when_sealed("bodies", 100ms), 240'000'000);
  EXPECT_EQ(when_sealed("events", 400ms), 240'000'000);
  EXPECT_EQ(when_sealed("events", 100ms), 240'000'000);
  EXPECT_EQ(when_sealed("events", 1500ms), background_pace::slowest)
    << "bodies have not been filled for long";
}

TEST_F(a_pace, does_not_mind_a_family_that_it_does_not_know) {
  EXPECT_EQ(when_sealed("default", 0ms), background_pace::slowest);
}

} // namespace herald
