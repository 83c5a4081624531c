#include "tests/actors/operator_fixture.hpp"

#include <gtest/gtest.h>

// Orders about single events: again, now; letters that go.

namespace herald::test {

using namespace std::chrono_literals;

namespace {

class a_redelivery : public an_operator {
protected:
  /// A node that gives up soon, and did.
  void have_dead_letter() {
    deliveries.retry.max_age = 8s;
    make();
    answer_all(503);
    append();
    pass(10'000ms);
    ASSERT_EQ(letters().size(), 1u);
    ASSERT_EQ(rows(), 0u);
  }
};

class a_letter : public a_redelivery {};

} // namespace

// -- again --------------------------------------------------------------------

TEST_F(a_redelivery, sends_again_what_was_delivered) {
  have_delivered(3);
  expect_granted(redeliver('a', {2}));
  pass(500ms);
  EXPECT_EQ(posted_to('a'), (std::vector<sequence>{1, 2, 3, 2}));
  EXPECT_EQ(attempts_at('a', 2), (std::vector<uint32_t>{1, 1}))
    << "they are counted anew";
  EXPECT_EQ(net.posts()[1].what->id, net.posts()[3].what->id);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_redelivery, sends_several_at_once) {
  have_delivered(20);
  expect_granted(redeliver('a', {3, 5, 19}));
  pass(500ms);
  for (auto seq : stored())
    EXPECT_EQ(times('a', seq), seq == 3 || seq == 5 || seq == 19 ? 2u : 1u);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_redelivery, sends_to_nobody_else) {
  registry->who = {subscriber_named('a'), subscriber_named('b')};
  answer_all(200);
  make();
  append();
  pass(500ms);
  expect_granted(redeliver('b', {1}));
  pass(500ms);
  EXPECT_EQ(times('a', 1), 1u);
  EXPECT_EQ(times('b', 1), 2u);
}

TEST_F(a_redelivery, of_a_dead_letter_takes_the_letter_away) {
  have_dead_letter();
  answer_all(200);
  auto before = net.posts().size();
  expect_granted(redeliver('a', {1}));
  pass(500ms);
  EXPECT_EQ(net.posts().size(), before + 1);
  EXPECT_TRUE(letters().empty());
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_redelivery, that_fails_past_the_age_is_a_letter_again) {
  have_dead_letter();
  expect_granted(redeliver('a', {1}));
  pass(500ms);
  ASSERT_EQ(letters().size(), 1u);
  EXPECT_EQ(letters()[0].attempts, 1u);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_redelivery, of_what_is_in_flight_sends_nothing_more) {
  make();
  append();
  ASSERT_EQ(net.held_posts().size(), 1u);
  expect_granted(redeliver('a', {1}));
  release_all(200);
  pass(10'000ms);
  EXPECT_EQ(net.posts().size(), 1u);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_redelivery, of_what_waits_sends_it_once) {
  make();
  append_many(30);
  expect_granted(redeliver('a', {12, 29}));
  answer_all(200);
  release_all(200);
  pass(5000ms);
  expect_times(0, head, 1, 0);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_redelivery, of_a_row_makes_it_due_now) {
  make();
  answer_all(503);
  append();
  pass(1000ms);
  ASSERT_EQ(rows(), 1u);
  answer_all(200);
  expect_granted(redeliver('a', {1}));
  pass(500ms);
  EXPECT_EQ(attempts_at('a', 1), (std::vector<uint32_t>{1, 1}));
  pass(10'000ms);
  EXPECT_EQ(net.posts().size(), 2u) << "and not when it would have been due";
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_redelivery, of_what_was_not_spread_yet_sends_it_once) {
  have_delivered(3);
  auto seq = append(false);
  expect_granted(redeliver('a', {seq}));
  pass(200ms);
  EXPECT_EQ(posted_to('a').back(), seq);
  pass(10'000ms);
  EXPECT_EQ(times('a', seq), 1u) << "also when the log is read up to there";
  EXPECT_EQ(cursor(), head);
  EXPECT_EQ(rows(), 0u);
  append();
  pass(500ms);
  EXPECT_EQ(times('a', head), 1u);
}

// So a ping: an event of the log that is nobody's, but for the order.
TEST_F(a_redelivery, of_what_nobody_wants_sends_it) {
  have_delivered(3);
  registry->unwanted = {4};
  append();
  expect_granted(redeliver('a', {4}));
  pass(5000ms);
  EXPECT_EQ(times('a', 4), 1u);
  EXPECT_EQ(cursor(), head);
  EXPECT_EQ(rows(), 0u);
  append();
  pass(500ms);
  EXPECT_EQ(times('a', 5), 1u);
}

TEST_F(a_redelivery, of_what_nobody_wants_survives_a_restart) {
  have_delivered(3);
  registry->unwanted = {4};
  append();
  hold_all();
  expect_granted(redeliver('a', {4}));
  restart();
  answer_all(200);
  pass(5000ms);
  EXPECT_EQ(times('a', 4), 2u) << "it was in flight";
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_redelivery, of_what_is_older_than_the_subscription_is_refused) {
  auto who = subscription_of('a');
  who.starts = {2};
  registry->who = {std::make_shared<const subscription>(who)};
  answer_all(200);
  make();
  append_many(4);
  pass(500ms);
  expect_refused(redeliver('a', {2}), errc::conflict);
  expect_refused(redeliver('a', {4, 1}), errc::conflict);
  pass(1000ms);
  EXPECT_EQ(posted_to('a'), (std::vector<sequence>{3, 4}));
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_redelivery, of_what_retention_took_is_a_letter) {
  have_delivered(3);
  ASSERT_EQ(db->trim(0, 2, 10).value(), 2u);
  expect_granted(redeliver('a', {2}));
  pass(1000ms);
  ASSERT_EQ(letters().size(), 1u);
  EXPECT_EQ(letters()[0].why, failure::expired);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_redelivery, is_answered_when_it_is_written) {
  have_delivered(3);
  hold_all();
  fail_next("commit", fault_at::before, errc::unavailable, 1);
  auto answer = redeliver('a', {1, 2});
  EXPECT_FALSE(has_answer());
  pass(100ms);
  EXPECT_FALSE(has_answer()) << "the store does not take it";
  pass(300ms);
  ASSERT_TRUE(has_answer());
  EXPECT_TRUE(answer());
  EXPECT_EQ(rows(), 2u);
}

TEST_F(a_redelivery, is_not_lost_once_it_is_answered) {
  have_delivered(3);
  hold_all();
  expect_granted(redeliver('a', {2}));
  restart();
  answer_all(200);
  pass(5000ms);
  EXPECT_EQ(times('a', 2), 3u) << "delivered, lost in the crash, delivered";
  EXPECT_EQ(rows(), 0u);
}

// The lag comes to the event later, and would leave it to the row.
TEST_F(a_redelivery, that_is_done_does_not_hide_the_event_from_a_replay) {
  limits.jobs = 2;
  answer_all(503);
  make();
  append_many(2);
  pass(500ms);
  append_many(2);
  pass(500ms);
  ASSERT_TRUE(lag_of('a'));
  answer_all(200);
  expect_granted(redeliver('a', {4}));
  pass(100ms);
  ASSERT_EQ(times('a', 4), 1u);
  expect_granted(replay('a', 0, 4));
  pass(10'000ms);
  EXPECT_EQ(times('a', 3), 1u);
  EXPECT_EQ(times('a', 4), 2u);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_redelivery, of_nothing_is_answered_at_once) {
  have_delivered(1);
  auto answer = redeliver('a', {});
  ASSERT_TRUE(has_answer());
  EXPECT_TRUE(answer());
}

TEST_F(a_redelivery, is_refused_while_the_store_does_not_answer) {
  have_delivered(3);
  fail_next("jobs_of", fault_at::before, errc::unavailable, 1);
  expect_refused(redeliver('a', {2}), errc::unavailable);
  pass(1000ms);
  EXPECT_EQ(times('a', 2), 1u);
}

TEST_F(a_redelivery, waits_until_the_subscription_is_resumed) {
  have_delivered(3);
  pause('a');
  expect_granted(redeliver('a', {2}));
  pass(10'000ms);
  EXPECT_EQ(times('a', 2), 1u);
  EXPECT_EQ(rows(), 1u);
  pause('a', false);
  pass(1000ms);
  EXPECT_EQ(times('a', 2), 2u);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_redelivery, of_what_a_lag_row_stands_for_sends_it_once) {
  have_delivered(3);
  pause('a');
  append_many(5);
  pass(500ms);
  ASSERT_TRUE(lag_of('a'));
  expect_granted(redeliver('a', {6}));
  pause('a', false);
  pass(5000ms);
  expect_times(0, head, 1, 0);
  EXPECT_EQ(rows(), 0u);
  EXPECT_FALSE(lag_of('a'));
}

// Retention took them all: each is dead, in one letter or in its own.
TEST_F(a_redelivery, that_is_trimmed_hides_no_other_letter) {
  have_delivered(3);
  pause('a');
  append_many(5);
  pass(500ms);
  ASSERT_TRUE(lag_of('a'));
  expect_granted(redeliver('a', {4}));
  expect_granted(redeliver('a', {6}));
  ASSERT_EQ(db->trim(0, 7, 100).value(), 7u);
  pause('a', false);
  pass(5000ms);
  std::vector<std::pair<sequence, sequence>> dead;
  for (auto& each : letters())
    dead.emplace_back(each.key.seq, each.up_to);
  EXPECT_EQ(dead, (std::vector<std::pair<sequence, sequence>>{
                    {4, 4}, {5, 5}, {6, 6}, {7, 7}}));
  EXPECT_EQ(posted_to('a'), (std::vector<sequence>{1, 2, 3, 8}));
}

TEST_F(a_redelivery, is_refused_by_a_partition_that_stops) {
  have_delivered(1);
  ask_to_drain();
  expect_refused(redeliver('a', {1}), errc::unavailable);
}

TEST_F(a_redelivery, for_who_ends_meanwhile_is_refused) {
  have_dead_letter();
  answer_all(503);
  append();
  pass(100ms);
  ASSERT_EQ(rows(), 1u) << "to be deleted";
  disk->fault = [this](std::string_view call, fault_at when) {
    if (call == "jobs_of" && when == fault_at::before)
      tell_ended('a');
    return caf::error{};
  };
  expect_refused(redeliver('a', {1}), errc::not_found);
}

// -- letters that go ----------------------------------------------------------

TEST_F(a_letter, goes_when_told_and_comes_to_nothing) {
  have_dead_letter();
  auto before = net.posts().size();
  auto answer = drop_letters('a', {1});
  EXPECT_FALSE(has_answer()) << "not before it is written";
  expect_granted(answer);
  EXPECT_TRUE(letters().empty());
  pass(10'000ms);
  EXPECT_EQ(net.posts().size(), before);
}

TEST_F(a_letter, that_is_not_there_may_go) {
  have_dead_letter();
  expect_granted(drop_letters('a', {7}));
  expect_granted(drop_letters('b', {1}));
  EXPECT_EQ(letters().size(), 1u);
}

} // namespace herald::test
