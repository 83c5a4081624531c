#include "tests/actors/operator_fixture.hpp"

#include <gtest/gtest.h>

// What became of an event at its subscribers, as a spreader knows it.

namespace herald::test {

using namespace std::chrono_literals;

using fate_kind = delivery_fate::kind;

namespace {

class a_fate : public an_operator {};

} // namespace

TEST_F(a_fate, is_delivered_where_nothing_is_left_of_it) {
  have_delivered(2);
  EXPECT_EQ(fate('a', 1).how, fate_kind::delivered);
  pass(60'000ms);
  EXPECT_EQ(fate('a', 1).how, fate_kind::delivered) << "forgotten meanwhile";
}

TEST_F(a_fate, is_pending_in_flight_and_while_it_waits) {
  make();
  append_many(30);
  for (sequence seq : {1, 12, 30}) {
    EXPECT_EQ(fate('a', seq).how, fate_kind::pending) << seq;
    EXPECT_EQ(fate('a', seq).attempts, 0u);
  }
  pass(1000ms);
  for (sequence seq : {1, 12, 30})
    EXPECT_EQ(fate('a', seq).how, fate_kind::pending) << "now a row";
}

TEST_F(a_fate, of_a_row_has_its_attempts_and_its_time) {
  make();
  answer_all(503);
  append();
  pass(6000ms);
  auto row = row_of('a', 1);
  ASSERT_TRUE(row);
  auto what = fate('a', 1);
  EXPECT_EQ(what.how, fate_kind::pending);
  EXPECT_EQ(what.attempts, 2u);
  EXPECT_EQ(what.due, row->due);
}

TEST_F(a_fate, of_a_row_that_is_not_written_yet_is_known) {
  make();
  answer_all(503);
  fail_next("commit", fault_at::before, errc::unavailable, 100);
  append();
  pass(100ms);
  ASSERT_EQ(rows(), 0u);
  EXPECT_EQ(fate('a', 1).how, fate_kind::pending);
  EXPECT_EQ(fate('a', 1).attempts, 1u);
}

TEST_F(a_fate, is_pending_behind_a_lag_row_and_ahead_of_the_window) {
  have_delivered(2);
  pause('a');
  append_many(3);
  pass(500ms);
  EXPECT_EQ(fate('a', 2).how, fate_kind::delivered);
  EXPECT_EQ(fate('a', 4).how, fate_kind::pending);
  auto seq = append(false);
  EXPECT_EQ(fate('a', seq).how, fate_kind::pending);
  EXPECT_EQ(fate('b', seq).how, fate_kind::pending);
}

TEST_F(a_fate, is_told_for_each_in_order) {
  registry->who = {subscriber_named('a'), subscriber_named('b')};
  answer('b', 503);
  make();
  append();
  pass(500ms);
  auto told = fates(1, {id_of('b'), id_of('a'), id_of('b')});
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0].how, fate_kind::pending);
  EXPECT_EQ(told[1].how, fate_kind::delivered);
  EXPECT_EQ(told[2].attempts, 1u);
  EXPECT_TRUE(fates(1, {}).empty());
}

TEST_F(a_fate, of_a_redelivery_is_pending_until_it_is_done) {
  have_delivered(2);
  pause('a');
  expect_granted(redeliver('a', {1}));
  EXPECT_EQ(fate('a', 1).how, fate_kind::pending);
  pause('a', false);
  pass(1000ms);
  EXPECT_EQ(fate('a', 1).how, fate_kind::delivered);
}

} // namespace herald::test
