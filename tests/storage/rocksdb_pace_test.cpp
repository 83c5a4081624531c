#include "storage/rocksdb_pace.hpp"

#include <gtest/gtest.h>

namespace herald {

namespace {

using namespace std::chrono_literals;

class a_pace : public testing::Test {
protected:
  background_pace::clock::time_point now{1h};
  background_pace aut{[this] { return now; }};

  int64_t when_sealed(const char* family, std::chrono::milliseconds later) {
    now += later;
    rocksdb::MemTableInfo info;
    info.cf_name = family;
    aut.OnMemTableSealed(info);
    return aut.limiter()->GetBytesPerSecond();
  }
};

} // namespace

TEST_F(a_pace, is_gentle_where_bodies_come_slowly) {
  EXPECT_EQ(aut.limiter()->GetBytesPerSecond(), background_pace::gentle);
  EXPECT_EQ(when_sealed("bodies", 0ms), background_pace::gentle);
  EXPECT_EQ(when_sealed("bodies", 150ms), background_pace::gentle);
  EXPECT_EQ(when_sealed("bodies", 10s), background_pace::gentle);
}

TEST_F(a_pace, is_fast_while_they_come_fast) {
  when_sealed("bodies", 0ms);
  EXPECT_EQ(when_sealed("bodies", 149ms), background_pace::fast);
  EXPECT_EQ(when_sealed("bodies", 10ms), background_pace::fast);
  EXPECT_EQ(when_sealed("bodies", 150ms), background_pace::gentle);
}

TEST_F(a_pace, goes_by_bodies_alone) {
  when_sealed("bodies", 0ms);
  when_sealed("bodies", 1ms);
  EXPECT_EQ(when_sealed("events", 10s), background_pace::fast);
  EXPECT_EQ(when_sealed("bodies", 1ms), background_pace::gentle);
}

} // namespace herald
