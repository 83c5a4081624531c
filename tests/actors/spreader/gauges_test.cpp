#include "tests/actors/spreader/spreader_fixture.hpp"

namespace herald::test {

using namespace std::chrono_literals;

namespace {

uint64_t ended(const engine_counters& of, verdict how) {
  return of.outcomes[static_cast<size_t>(how)];
}

} // namespace

TEST_F(a_spreader, counts_attempts_and_how_deliveries_end) {
  answer_all(503);
  make();
  append();
  pass(1000ms);
  EXPECT_EQ(ended(*counters, verdict::retry), 2u);
  EXPECT_EQ(counters->failed[static_cast<size_t>(failure::status)], 2u);
  answer_all(200);
  pass(5000ms);
  EXPECT_EQ(ended(*counters, verdict::done), 2u);
  uint64_t attempts = 0;
  for (auto& bucket : counters->durations)
    attempts += bucket;
  EXPECT_EQ(attempts, 4u);
}

TEST_F(a_spreader, shows_its_rows_and_how_far_it_is_behind) {
  make();
  append();
  pass(100ms);
  EXPECT_EQ(counters->lag(0, head), head);
  pass(2000ms);
  EXPECT_EQ(counters->jobs, 2u);
  EXPECT_EQ(counters->open, 0u) << "they are rows";
  EXPECT_EQ(counters->lag(0, head), 0u);
  for (auto index : net.held_posts())
    net.release_post(index, answered(200));
  pass(2000ms);
  EXPECT_EQ(counters->jobs, 0u);
}

TEST_F(a_spreader, counts_a_dead_letter_once_though_its_commit_fails) {
  net.on_post = [](const post_request&) {
    auto result = answered(503);
    result.retry_after = "9999999"; // Past the horizon.
    return result;
  };
  make();
  fail_next("commit", fault_at::before, errc::unavailable, 3);
  append();
  pass(5000ms);
  EXPECT_EQ(cursor(), head) << "the commit succeeded in the end";
  EXPECT_EQ(counters->dead_letters, 2u);
  EXPECT_EQ(ended(*counters, verdict::dead), 2u);
}

} // namespace herald::test
