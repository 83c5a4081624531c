#include "tests/actors/spreader/spreader_fixture.hpp"

#include <gtest/gtest.h>

// The system's clock may jump: a process that starts believes it.

namespace herald::test {

using namespace std::chrono_literals;

namespace {

class a_spreader_by_another_clock : public a_spreader {
protected:
  /// The process is gone, and the next one begins so much later by its clock.
  void restart_later_by(milliseconds shift) {
    time = std::make_shared<wall_clock>(now(), wall() + shift.count());
    restart();
  }
};

} // namespace

TEST_F(a_spreader_by_another_clock, retries_soon_though_it_was_set_back) {
  have_only_a();
  make();
  answer_all(503);
  append();
  pass(100ms);
  ASSERT_EQ(rows(), 1u);
  answer_all(200);
  restart_later_by(-240h);
  pass(500ms);
  EXPECT_EQ(rows(), 0u);
  EXPECT_EQ(attempts_at('a', 1), (std::vector<uint32_t>{1, 2}));
}

TEST_F(a_spreader_by_another_clock, keeps_a_due_time_that_may_be_right) {
  have_only_a();
  make();
  answer_all(503);
  append();
  pass(100ms);
  answer_all(200);
  restart_later_by(-10s);
  pass(14s);
  EXPECT_EQ(rows(), 1u) << "five seconds, and ten";
  pass(2s);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_spreader_by_another_clock, sends_at_once_what_never_left) {
  have_only_a();
  make();
  hold_all();
  append_many(3);
  pass(500ms);
  ASSERT_EQ(rows(), 3u) << "open for too long";
  answer_all(200);
  restart_later_by(-10s);
  pass(500ms);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_spreader_by_another_clock, sends_all_of_many_rows) {
  limits.due_page = 2;
  have_only_a();
  make();
  hold_all();
  append_many(7);
  pass(500ms);
  ASSERT_EQ(rows(), 7u);
  answer_all(200);
  restart_later_by(-1h);
  pass(1s);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_spreader_by_another_clock, probes_within_the_longest_pause) {
  deliveries.breaker.failures = 1;
  deliveries.breaker.max_pause = 60s;
  have_only_a();
  make();
  answer_all(503);
  append();
  pass(100ms);
  ASSERT_TRUE(condition_of('a'));
  answer_all(200);
  restart_later_by(-240h);
  pass(59s);
  EXPECT_EQ(rows(), 1u);
  pass(2s);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_spreader_by_another_clock, does_not_start_if_it_cannot_write) {
  have_only_a();
  make();
  hold_all();
  append();
  pass(500ms);
  ASSERT_EQ(rows(), 1u);
  kill(aut);
  time = std::make_shared<wall_clock>(now(), wall() - 1000);
  fail_next("commit", fault_at::before, errc::full, 1);
  EXPECT_FALSE(try_to_make());
}

} // namespace herald::test
