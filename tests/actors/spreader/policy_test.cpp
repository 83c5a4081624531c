#include "tests/actors/spreader/spreader_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>

// Subscriptions that are paused, and such with a rate.

namespace herald::test {

using namespace std::chrono_literals;

namespace {

class a_paused_subscriber : public a_spreader {
protected:
  void have_paused() {
    have_only_a({}, true);
    answer_all(200);
    make();
  }

  /// Everything went to 'a', each once.
  void expect_all_once() {
    auto seen = posted_to('a');
    std::ranges::sort(seen);
    EXPECT_EQ(seen, stored());
    EXPECT_EQ(rows(), 0u);
    EXPECT_FALSE(lag_of('a'));
    EXPECT_EQ(cursor(), head);
  }

  /// Each event had one attempt, the first.
  void expect_no_attempt_burnt() {
    for (auto seq : stored())
      EXPECT_EQ(attempts_at('a', seq), std::vector<uint32_t>{1}) << seq;
  }
};

class a_slow_subscriber : public a_spreader {
protected:
  void have_rate(double rate) {
    delivery_policy policy;
    policy.rate = rate;
    have_only_a(policy);
    answer_all(200);
    make();
  }
};

} // namespace

// -- paused -------------------------------------------------------------------

TEST_F(a_paused_subscriber, gets_nothing_and_costs_one_row) {
  have_paused();
  append_many(2000);
  pass(2000ms);
  EXPECT_TRUE(net.posts().empty());
  EXPECT_EQ(cursor(), head);
  EXPECT_EQ(rows(), 0u);
  EXPECT_EQ(disk->partitions[0].lagging.size(), 1u);
  EXPECT_TRUE(disk->partitions[0].attempts.empty());
  EXPECT_TRUE(letters().empty());
}

TEST_F(a_paused_subscriber, gets_everything_in_order_when_resumed) {
  have_paused();
  append_many(2000);
  pass(1000ms);
  pause('a', false);
  pass(5000ms);
  EXPECT_EQ(posted_to('a'), stored());
  expect_all_once();
}

TEST_F(a_paused_subscriber, gets_what_it_missed_at_once_when_resumed) {
  have_paused();
  append_many(5);
  pass(1000ms);
  pause('a', false);
  EXPECT_EQ(posted_to('a'), stored());
}

TEST_F(a_paused_subscriber, goes_on_the_usual_way_when_resumed) {
  have_paused();
  append_many(5);
  pass(500ms);
  pause('a', false);
  append_many(5);
  pass(500ms);
  append_many(5);
  pass(500ms);
  expect_all_once();
}

TEST_F(a_paused_subscriber, resumed_with_nothing_to_get_is_served) {
  have_paused();
  pass(500ms);
  pause('a', false);
  append_many(3);
  pass(500ms);
  expect_all_once();
}

TEST_F(a_paused_subscriber, does_not_hold_others) {
  registry->who = {subscriber_named('a'), subscriber_named('b')};
  answer_all(200);
  make();
  pause('a');
  append_many(100);
  pass(100ms);
  EXPECT_TRUE(posted_to('a').empty());
  EXPECT_EQ(posted_to('b'), stored());
}

TEST_F(a_paused_subscriber, in_the_midst_gets_no_more_and_burns_no_attempt) {
  have_only_a();
  make();
  append_many(40);
  ASSERT_EQ(net.held_posts().size(), 8u);
  pause('a');
  pass(1000ms);
  EXPECT_EQ(net.posts().size(), 8u);
  EXPECT_EQ(cursor(), head);
  EXPECT_LE(rows(), limits.in_hand) << "what was handed out";
  EXPECT_TRUE(lag_of('a')) << "and the rest is left to the log";
  release_all(200);
  pass(1000ms);
  EXPECT_EQ(net.posts().size(), 8u);
  answer_all(200);
  pause('a', false);
  pass(1000ms);
  expect_no_attempt_burnt();
  expect_all_once();
}

// Of a late subscriber the newest get rows while older ones wait.
TEST_F(a_paused_subscriber, gets_once_what_waited_before_a_row) {
  have_only_a();
  make();
  append_many(20);
  pass(200ms);
  append_many(5);
  pass(100ms);
  append_many(3);
  pause('a');
  pass(500ms);
  release_all(200);
  answer_all(200);
  pause('a', false);
  pass(1000ms);
  expect_no_attempt_burnt();
  expect_all_once();
}

TEST_F(a_paused_subscriber, what_was_in_flight_may_fail_meanwhile) {
  have_only_a();
  make();
  append_many(4);
  pause('a');
  release_all(503);
  pass(60'000ms);
  EXPECT_EQ(net.posts().size(), 4u) << "due, and not tried";
  EXPECT_EQ(rows(), 4u);
  answer_all(200);
  pause('a', false);
  pass(1000ms);
  for (auto seq : stored())
    EXPECT_EQ(attempts_at('a', seq), (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_paused_subscriber, stays_paused_over_a_restart) {
  have_paused();
  append_many(20);
  pass(500ms);
  restart();
  append_many(20);
  pass(20'000ms);
  EXPECT_TRUE(net.posts().empty());
  EXPECT_EQ(rows(), 0u);
  EXPECT_EQ(cursor(), head);
  pause('a', false);
  pass(2000ms);
  expect_all_once();
}

TEST_F(a_paused_subscriber, stays_paused_over_a_restart_with_rows) {
  have_only_a();
  make();
  append_many(40);
  pause('a');
  release_all(503);
  pass(1000ms);
  ASSERT_GT(rows(), 0u);
  auto posts = net.posts().size();
  restart();
  answer_all(200);
  pass(60'000ms);
  EXPECT_EQ(net.posts().size(), posts);
  pause('a', false);
  pass(2000ms);
  EXPECT_EQ(net.posts().size(), posts + 40);
  EXPECT_EQ(rows(), 0u);
  EXPECT_FALSE(lag_of('a'));
}

TEST_F(a_paused_subscriber, resumed_while_the_node_was_down_gets_all) {
  have_paused();
  append_many(20);
  pass(500ms);
  have_only_a();
  restart();
  pass(2000ms);
  expect_all_once();
}

TEST_F(a_paused_subscriber, paused_again_and_again_misses_nothing) {
  have_only_a();
  answer_all(200);
  make();
  for (int i = 0; i < 10; ++i) {
    append_many(7);
    pause('a', i % 2 == 0);
    append_many(7);
    pass(100ms);
  }
  pause('a', false);
  pass(2000ms);
  expect_no_attempt_burnt();
  expect_all_once();
}

TEST_F(a_paused_subscriber, is_shown_as_lagging_with_its_row) {
  have_paused();
  append_many(3);
  pass(500ms);
  auto told = status({id_of('a')}).at(0);
  EXPECT_TRUE(told.lagging);
  EXPECT_FALSE(told.failing);
  EXPECT_EQ(told.lags, std::vector<lag>{*lag_of('a')});
}

TEST_F(a_paused_subscriber, that_ends_leaves_nothing_behind) {
  have_paused();
  append_many(3);
  pass(500ms);
  ASSERT_TRUE(lag_of('a'));
  registry->who.clear();
  tell_ended('a');
  pass(1000ms);
  EXPECT_FALSE(lag_of('a'));
  EXPECT_TRUE(net.posts().empty());
}

// -- rate ---------------------------------------------------------------------

TEST_F(a_slow_subscriber, gets_what_its_rate_allows_and_holds_nobody) {
  have_rate(10);
  append_many(100);
  pass(1000ms);
  EXPECT_EQ(cursor(), head);
  EXPECT_NEAR(double(net.posts().size()), 10, 2);
  pass(4000ms);
  EXPECT_NEAR(double(net.posts().size()), 50, 3);
  pass(6000ms);
  auto seen = posted_to('a');
  std::ranges::sort(seen);
  EXPECT_EQ(seen, stored()) << "each once";
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_slow_subscriber, is_not_forgotten_between_two_turns) {
  have_rate(0.05);
  for (int i = 0; i < 10; ++i) {
    append();
    pass(10'000ms);
  }
  EXPECT_NEAR(double(net.posts().size()), 5, 1);
}

TEST_F(a_slow_subscriber, keeps_its_backlog_bounded_in_rows) {
  limits.jobs = 50;
  limits.open_deliveries = 50;
  have_rate(20);
  append_many(500);
  pass(2000ms);
  EXPECT_EQ(cursor(), head);
  EXPECT_LE(rows(), limits.jobs + limits.open_deliveries);
  pass(28'000ms);
  auto seen = posted_to('a');
  std::ranges::sort(seen);
  EXPECT_EQ(seen, stored());
  EXPECT_EQ(rows(), 0u);
  EXPECT_FALSE(lag_of('a'));
}

TEST_F(a_slow_subscriber, with_another_rate_is_served_at_that) {
  have_rate(0.01);
  append_many(100);
  pass(1000ms);
  EXPECT_EQ(net.posts().size(), 1u);
  change('a', [](subscription& who) { who.policy.rate = 100; });
  pass(2000ms);
  EXPECT_EQ(net.posts().size(), 100u);
}

TEST_F(a_slow_subscriber, has_the_concurrency_of_its_policy) {
  delivery_policy policy;
  policy.in_flight = 30;
  have_only_a(policy);
  make();
  append_many(100);
  EXPECT_EQ(net.held_posts().size(), 30u);
  change('a', [](subscription& who) { who.policy.in_flight = 2; });
  release_all(200);
  EXPECT_EQ(net.held_posts().size(), 2u);
}

} // namespace herald::test
