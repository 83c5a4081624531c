#include "config/log.hpp"
#include "config/log_line.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <thread>
#include <vector>

namespace herald {

namespace {

using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;

std::string text_of(log_fields fields) {
  return text_line(log_level::info, "c", "e", fields);
}

std::string json_of(log_fields fields) {
  return json_members(log_level::info, "c", "e", fields);
}

/// By the clock that the log reads; `time` may lag behind it by a tick.
std::time_t now_seconds() {
  using std::chrono::system_clock;
  return system_clock::to_time_t(system_clock::now());
}

/// Collects lines; puts the log back as it was.
class log_test : public testing::Test {
protected:
  log_test() {
    redirect_log([this](std::string_view line) { lines.emplace_back(line); });
  }

  ~log_test() override {
    redirect_log({});
    start_logging({});
  }

  std::vector<std::string> lines;
};

} // namespace

TEST(text_line, has_component_event_and_fields) {
  EXPECT_EQ(text_line(log_level::warn, "spreader", "cursor_advanced",
                      {{"partition", 3}, {"full", true}, {"share", 0.5}}),
            "warn spreader cursor_advanced partition=3 full=true share=0.5");
  EXPECT_EQ(text_of({{"wait_ms", milliseconds{250}}}), "info c e wait_ms=250");
  EXPECT_EQ(text_of({{"a", UINT64_MAX}, {"b", INT64_MIN}}),
            "info c e a=18446744073709551615 b=-9223372036854775808");
}

TEST(text_line, no_value_can_forge_a_field_or_a_line) {
  EXPECT_EQ(text_of({{"a", "plain/value:1"}}), "info c e a=plain/value:1");
  EXPECT_EQ(text_of({{"a", ""}}), "info c e a=\"\"");
  EXPECT_EQ(text_of({{"a", "x b=1"}}), "info c e a=\"x b=1\"");
  EXPECT_EQ(text_of({{"a", "b=1"}}), "info c e a=\"b=1\"");
  EXPECT_EQ(text_of({{"a", "x\ny"}}), "info c e a=\"x\\ny\"");
  EXPECT_EQ(text_of({{"a", "\x1b[31m"}}), "info c e a=\"\\u001b[31m\"");
  EXPECT_EQ(text_of({{"a", "say \"x\""}}), "info c e a=\"say \\\"x\\\"\"");
  EXPECT_EQ(text_of({{"a", "\u00e9"}}), "info c e a=\"\\u00e9\"");
}

TEST(json_line, escapes_as_json_wants) {
  EXPECT_EQ(json_of({{"n", -1}, {"s", "a\"\\\n\t\x01"}, {"b", false}}),
            "\"level\":\"info\",\"component\":\"c\",\"event\":\"e\",\"n\":-1,"
            "\"s\":\"a\\\"\\\\\\n\\t\\u0001\",\"b\":false");
}

TEST(json_line, bytes_that_are_not_utf8_are_replaced) {
  EXPECT_THAT(json_of({{"s", "a\xff"}}), EndsWith("\"s\":\"a\uFFFD\""));
  EXPECT_THAT(text_of({{"s", "a\xff"}}), EndsWith("s=\"a\\ufffd\""));
}

TEST(json_line, a_number_that_json_lacks_is_null) {
  EXPECT_THAT(json_of({{"d", std::numeric_limits<double>::quiet_NaN()}}),
              EndsWith("\"d\":null"));
}

TEST(level_names, round_trip) {
  for (auto name : {"trace", "debug", "info", "warn", "error", "off"})
    EXPECT_EQ(to_string(to_log_level(name)), name);
}

TEST_F(log_test, lines_below_the_level_are_not_written) {
  start_logging({"warn", log_format::text});
  log_debug("c", "one");
  log_info("c", "two");
  log_warn("c", "three", {{"n", 3}});
  log_error("c", "four");
  EXPECT_THAT(lines, ElementsAre("warn c three n=3", "error c four"));
  EXPECT_FALSE(log_enabled(log_level::info));
  EXPECT_TRUE(log_enabled(log_level::warn));
}

TEST_F(log_test, off_writes_nothing) {
  start_logging({"off", log_format::text});
  log_error("c", "e");
  EXPECT_THAT(lines, IsEmpty());
}

TEST_F(log_test, the_format_is_chosen_at_the_start) {
  start_logging({"info", log_format::json});
  log_info("c", "e", {{"n", 1}});
  EXPECT_THAT(lines, ElementsAre("\"level\":\"info\",\"component\":\"c\","
                                 "\"event\":\"e\",\"n\":1"));
}

TEST_F(log_test, lines_of_many_threads_stay_whole) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int j = 0; j < 200; ++j)
        log_info("c", "e", {{"text", "some words"}, {"number", 7}});
    });
  for (auto& thread : threads)
    thread.join();
  EXPECT_THAT(lines, SizeIs(800));
  EXPECT_THAT(lines, Each("info c e text=\"some words\" number=7"));
}

TEST(stderr_log, a_line_begins_with_utc_time) {
  testing::internal::CaptureStderr();
  start_logging({"info", log_format::text});
  log_info("c", "e", {{"percent", "100%s {}"}});
  start_logging({"info", log_format::json});
  log_info("c", "e");
  start_logging({});
  auto time = std::string{"[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+.[0-9]+Z"};
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              MatchesRegex(time
                           + " info c e percent=\"100%s \\{\\}\"\n"
                             "\\{\"time\":\""
                           + time
                           + "\",\"level\":\"info\",\"component\":\"c\","
                             "\"event\":\"e\"\\}\n"));
}

TEST(stderr_log, the_time_is_utc_whatever_the_time_zone) {
  setenv("TZ", "XYZ-05:30", 1);
  tzset();
  testing::internal::CaptureStderr();
  auto before = now_seconds();
  start_logging({});
  log_info("c", "e");
  auto after = now_seconds();
  std::tm time{};
  auto line = testing::internal::GetCapturedStderr();
  EXPECT_NE(strptime(line.c_str(), "%Y-%m-%dT%H:%M:%S", &time), nullptr);
  unsetenv("TZ");
  tzset();
  EXPECT_GE(timegm(&time), before);
  EXPECT_LE(timegm(&time), after);
}

} // namespace herald
