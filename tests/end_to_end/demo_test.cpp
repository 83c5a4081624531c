// The first thing that a newcomer runs.
#include "tests/end_to_end/support/child_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace herald::end_to_end;
using ::testing::HasSubstr;

TEST(demo, runs_to_its_end) {
  auto result
    = run({HERALD_BINARY, "demo", "--once"}, std::chrono::seconds{60});
  EXPECT_EQ(result.code, 0) << result.complaints;
  for (auto step : {"signature ok", "503", "kill -9", "Nothing was lost"})
    EXPECT_THAT(result.output, HasSubstr(step));
}
