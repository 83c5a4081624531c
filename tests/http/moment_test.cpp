#include "config/errc.hpp"
#include "http/api/answer_json.hpp"
#include "http/moment.hpp"

#include <gtest/gtest.h>

using namespace herald;

namespace {

/// As herald prints it, or `-`.
std::string read(std::string_view text) {
  auto time = parse_rfc3339(text);
  return time ? rfc3339(*time) : "-";
}

} // namespace

TEST(a_time, is_read_with_any_offset_and_fraction) {
  EXPECT_EQ(read("2026-01-31T12:00:00Z"), "2026-01-31T12:00:00.000Z");
  EXPECT_EQ(read("2026-01-31t12:00:00z"), "2026-01-31T12:00:00.000Z");
  EXPECT_EQ(read("2026-01-31T12:00:00.5Z"), "2026-01-31T12:00:00.500Z");
  EXPECT_EQ(read("2026-01-31T12:00:00.0129999Z"), "2026-01-31T12:00:00.012Z");
  EXPECT_EQ(read("2026-01-31T00:30:00+01:00"), "2026-01-30T23:30:00.000Z");
  EXPECT_EQ(read("2026-01-31T23:30:00-00:45"), "2026-02-01T00:15:00.000Z");
  EXPECT_EQ(read("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000Z");
  EXPECT_EQ(read("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(parse_rfc3339("1969-12-31T23:59:59.999Z"), -1);
}

TEST(a_time, is_nothing_else) {
  for (auto* text : {"",
                     "2026",
                     "2026-01-31",
                     "2026-01-31T12:00:00",
                     "2026-01-31 12:00:00Z",
                     "2026-02-29T00:00:00Z",
                     "2026-13-01T00:00:00Z",
                     "2026-00-01T00:00:00Z",
                     "2026-01-32T00:00:00Z",
                     "2026-01-31T24:00:00Z",
                     "2026-01-31T12:60:00Z",
                     "2026-01-31T12:00:61Z",
                     "2026-01-31T12:00:00.Z",
                     "2026-01-31T12:00Z",
                     "2026-01-31T12:00:00+0100",
                     "2026-01-31T12:00:00+24:00",
                     "2026-01-31T12:00:00Zx",
                     "26-01-31T12:00:00Z",
                     "2026-1-31T12:00:00Z",
                     "-026-01-31T12:00:00Z",
                     "2026-01-31T12:00:+1Z",
                     "2026-01-31T12:00:00,5Z",
                     "2026-01-31T1"})
    EXPECT_EQ(read(text), "-") << text;
}

TEST(a_moment, is_a_time_or_so_far_back) {
  EXPECT_EQ(parse_moment("1970-01-01T00:00:07Z"), (moment{false, 7'000}));
  EXPECT_EQ(parse_moment("1h30m"), (moment{true, 5'400'000}));
  EXPECT_EQ(parse_moment("0"), (moment{true, 0}));
  EXPECT_EQ((moment{true, 5'000}).at(12'000), 7'000);
  EXPECT_EQ((moment{false, 5'000}).at(12'000), 5'000);
}

TEST(a_moment, names_the_text_that_is_none) {
  for (auto* text : {"", "yesterday", "-2h", "2026-01-31"}) {
    auto result = parse_moment(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(code_of(result.error()), errc::invalid);
    EXPECT_EQ(describe(result.error()).find("\"" + std::string{text} + "\" is"),
              0U);
  }
}
