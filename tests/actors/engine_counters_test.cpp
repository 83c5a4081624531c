#include "actors/engine_counters.hpp"
#include "tests/actors/engine_values.hpp"

#include <caf/sec.hpp>
#include <gtest/gtest.h>

namespace herald::test {

namespace {

post_reply reply_of(uint16_t status, failure why, uint32_t duration_ms) {
  post_reply result;
  result.outcome.status = status;
  result.outcome.why = why;
  result.outcome.duration_ms = duration_ms;
  return result;
}

uint64_t failed(const engine_counters& counters, failure why) {
  return counters.failed[static_cast<size_t>(why)];
}

} // namespace

TEST(engine_counters, tell_new_events_from_known_ones) {
  engine_counters aut;
  std::vector<append_result> results{
    {1, false, false, {}}, {1, true, false, {}}, {2, false, false, {}}};
  aut.published(results);
  aut.published(results);
  EXPECT_EQ(aut.accepted, 4u);
  EXPECT_EQ(aut.duplicate, 2u);
}

TEST(engine_counters, know_why_events_were_not_accepted) {
  engine_counters aut;
  aut.refused(fail(errc::full, "no space"), 3);
  aut.refused(caf::error{caf::sec::request_timeout}, 2);
  EXPECT_EQ(aut.not_accepted[static_cast<size_t>(errc::full)], 3u);
  EXPECT_EQ(aut.not_accepted[static_cast<size_t>(errc::unavailable)], 2u);
  EXPECT_LT(static_cast<size_t>(errc::stopping), engine_counters::codes);
}

TEST(engine_counters, sort_attempts_by_duration_and_failure) {
  engine_counters aut;
  std::vector<post_reply> replies{reply_of(200, failure::none, 5),
                                  reply_of(204, failure::none, 6),
                                  reply_of(500, failure::none, 10'000),
                                  reply_of(0, failure::timeout, 10'001)};
  aut.attempted(replies);
  EXPECT_EQ(aut.durations[0], 1u) << "a bound belongs to its bucket";
  EXPECT_EQ(aut.durations[1], 1u);
  EXPECT_EQ(aut.durations[10], 1u);
  EXPECT_EQ(aut.durations[11], 1u);
  EXPECT_EQ(aut.duration_ms, 20'012u);
  EXPECT_EQ(failed(aut, failure::status), 1u);
  EXPECT_EQ(failed(aut, failure::timeout), 1u);
  EXPECT_EQ(failed(aut, failure::none), 0u);
  EXPECT_LT(static_cast<size_t>(failure::damaged), engine_counters::failures);
}

TEST(engine_counters, count_how_deliveries_ended) {
  engine_counters aut;
  std::vector<delivery_report> reports(3);
  reports[1].how = verdict::unused;
  aut.settled(reports);
  EXPECT_EQ(aut.outcomes[static_cast<size_t>(verdict::done)], 2u);
  EXPECT_EQ(aut.outcomes[static_cast<size_t>(verdict::unused)], 1u);
}

TEST(engine_counters, add_up_what_each_spreader_has) {
  engine_counters aut;
  engine_counters::gauges first;
  engine_counters::gauges second;
  aut.tell(first, {5, 1, 7, 2});
  aut.tell(second, {3, 0, 1, 0});
  aut.tell(first, {1, 2, 0, 1});
  EXPECT_EQ(aut.jobs, 4u);
  EXPECT_EQ(aut.lagging, 2u);
  EXPECT_EQ(aut.open, 1u);
  EXPECT_EQ(aut.breakers, 1u);
}

TEST(engine_counters, find_the_partition_that_is_furthest_behind) {
  engine_counters aut{2, 2};
  aut.cursor_at(0, 0, 7);
  aut.cursor_at(1, 0, 10);
  aut.cursor_at(0, 1, 5);
  aut.cursor_at(1, 1, 5);
  EXPECT_EQ(aut.lag(0, 12), 5u);
  EXPECT_EQ(aut.lag(1, 4), 0u) << "a head that was read earlier";
  aut.cursor_at(2, 0, 1);
  aut.cursor_at(0, 2, 1);
  EXPECT_EQ(aut.lag(0, 12), 5u) << "what is outside its shape is left out";
  EXPECT_EQ(engine_counters{}.lag(0, 12), 0u);
}

} // namespace herald::test
