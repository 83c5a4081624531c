#include "http/cli/subscriptions.hpp"
#include "http/cli/terminal.hpp"

#include <gtest/gtest.h>

using namespace herald;
using namespace std::chrono_literals;

namespace {

table example() {
  table result;
  result.columns = {{"NAME", false, true}, {"COUNT", true, false}};
  result.rows = {{"a-rather-long-name", "1"}, {"é", "1234"}};
  return result;
}

} // namespace

TEST(terminal, aligns_columns) {
  EXPECT_EQ(example().format(), "NAME                COUNT\n"
                                "a-rather-long-name      1\n"
                                "é                    1234\n");
}

TEST(terminal, cuts_columns_to_fit) {
  EXPECT_EQ(example().format(20), "NAME           COUNT\n"
                                  "a-rather-lon…      1\n"
                                  "é               1234\n");
}

TEST(terminal, shows_control_characters_as_text) {
  EXPECT_EQ(printable("a\x1b[2Jb\n\xc2\x9b é"), "a\\x1b[2Jb\\x0a\\x9b é");
}

TEST(terminal, writes_durations_in_two_units) {
  EXPECT_EQ(rough_duration(0s), "0s");
  EXPECT_EQ(rough_duration(59s), "59s");
  EXPECT_EQ(rough_duration(3600s), "1h");
  EXPECT_EQ(rough_duration(3661s), "1h 1m");
  EXPECT_EQ(rough_duration(863999s), "9d 23h");
}

TEST(terminal, groups_digits) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
}

TEST(terminal, draws_progress) {
  EXPECT_EQ(progress_line("x", 1, 2, "t"),
            "x [############............] 50 %  t");
  EXPECT_EQ(progress_line("x", 1, 0, "t"), "x  t");
}

TEST(terminal, colours_only_when_on) {
  EXPECT_EQ(paint{false}.red("x"), "x");
  EXPECT_EQ(paint{true}.red("x"), "\x1b[31mx\x1b[0m");
}

TEST(subscription_page, shows_rows_and_the_cursor) {
  auto now = parse_time("2026-01-31T12:00:00.000Z");
  ASSERT_TRUE(now);
  auto page = parse_subscription_page(
    R"({"items":[{"id":"i","topic":"t","callback":"c","state":"active",)"
    R"("expires_at":"2026-01-31T13:01:00.000Z","pending":3},)"
    R"({"id":"j","expires_at":null}],"next":"cur"})",
    *now);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->next, "cur");
  ASSERT_EQ(page->shown.rows.size(), 2U);
  EXPECT_EQ(page->shown.rows[0],
            (std::vector<std::string>{"i", "active", "t", "c", "1h 1m", "3"}));
  EXPECT_EQ(page->shown.rows[1][4], "-");
}

TEST(subscription_page, refuses_what_is_no_listing) {
  for (auto* text : {"", "[]", "{}", R"({"items":1})", R"({"items":[1]})"})
    EXPECT_FALSE(parse_subscription_page(text, {})) << text;
}
