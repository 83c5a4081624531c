#include "actors/delivery/wire.hpp"
#include "tests/actors/delivery/delivery_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>

// What a subscription's policy and its breaker ask of its delivery actor.

namespace herald::test {

using namespace std::chrono_literals;

namespace {

class a_delivery_by_policy : public a_delivery {
protected:
  std::vector<sequence> posted() {
    std::vector<sequence> result;
    for (auto& post : net.posts())
      result.push_back(post.what->seq);
    return result;
  }

  /// How many leave while so much time passes, in small steps.
  size_t posts_within(milliseconds d) {
    auto before = net.posts().size();
    for (; d > 0ms; d -= 10ms)
      advance(10ms);
    return net.posts().size() - before;
  }

  /// What came back without having left.
  std::vector<sequence> unused() {
    std::vector<sequence> result;
    for (auto& each : notes->reports)
      if (each.how == verdict::unused) {
        EXPECT_EQ(each.made, nullptr) << "no attempt was made";
        result.push_back(each.seq);
      }
    return result;
  }
};

} // namespace

// -- the request --------------------------------------------------------------

TEST_F(a_delivery_by_policy, leaves_the_timeout_to_the_node_by_default) {
  give(1, 1);
  EXPECT_EQ(net.posts().at(0).timeout, 0ms);
}

TEST_F(a_delivery_by_policy, has_the_timeout_of_the_policy) {
  who.policy.timeout = 1500ms;
  give(1, 1);
  EXPECT_EQ(net.posts().at(0).timeout, 1500ms);
}

TEST_F(a_delivery_by_policy, sends_its_headers_with_every_attempt) {
  who.policy.headers = {{"X-Tenant", "a"}, {"Authorization", "Bearer b"}};
  answer_all(answered(500));
  give(1, 1);
  give({item(1, 1)});
  ASSERT_EQ(net.posts().size(), 2u);
  for (auto& post : net.posts())
    EXPECT_TRUE(post.head->ends_with("\r\nX-Tenant: a\r\n"
                                     "Authorization: Bearer b\r\n"))
      << *post.head;
}

TEST_F(a_delivery_by_policy, signs_as_the_policy_says) {
  who.secret = "s";
  who.policy.signature = signature_method::sha384;
  give(1, 1);
  auto& post = net.posts().at(0);
  auto wanted = "X-Hub-Signature: "
                + hub_signature(signature_method::sha384, "s", post.what->body)
                + "\r\n";
  EXPECT_NE(post.fields.find(wanted), std::string::npos) << post.fields;
}

TEST_F(a_delivery_by_policy, has_everything_of_a_new_policy_from_then_on) {
  who.secret = "s";
  who.policy.in_flight = 1;
  who.policy.headers = {{"X-Old", "1"}};
  give(1, 3);
  release(0, answered(200));
  who.policy = {};
  who.policy.in_flight = 1;
  who.policy.headers = {{"X-New", "1"}};
  who.policy.timeout = 7s;
  who.policy.signature = signature_method::sha1;
  give({});
  release(1, answered(200));
  ASSERT_EQ(net.posts().size(), 3u);
  EXPECT_EQ(net.posts()[1].timeout, 0ms) << "it had left";
  auto& last = net.posts()[2];
  EXPECT_EQ(last.timeout, 7s);
  EXPECT_EQ(last.head->find("X-Old"), std::string::npos);
  EXPECT_NE(last.head->find("\r\nX-New: 1\r\n"), std::string::npos);
  EXPECT_NE(last.fields.find("X-Hub-Signature: sha1="), std::string::npos);
}

// -- concurrency and order ----------------------------------------------------

TEST_F(a_delivery_by_policy, keeps_as_many_in_flight_as_the_policy_says) {
  who.policy.in_flight = 7;
  give(1, 20);
  EXPECT_EQ(in_flight(), 7u);
  who.policy.in_flight = 2;
  give({});
  while (net.posts().size() < 20) {
    release_first(answered(200));
    ASSERT_LE(in_flight(), 7u);
    if (net.posts().size() > 7) {
      ASSERT_EQ(in_flight(), 2u);
    }
  }
}

TEST_F(a_delivery_by_policy, uses_more_room_at_once) {
  who.policy.in_flight = 1;
  give(1, 10);
  who.policy.in_flight = 5;
  give({});
  EXPECT_EQ(in_flight(), 5u);
}

TEST_F(a_delivery_by_policy, ordered_is_one_after_the_other) {
  who.policy.ordered = true;
  who.policy.in_flight = 5;
  give(1, 10);
  for (sequence seq = 1; seq <= 10; ++seq) {
    ASSERT_EQ(in_flight(), 1u);
    ASSERT_EQ(net.posts().back().what->seq, seq);
    release_first(answered(200));
  }
}

TEST_F(a_delivery_by_policy, ordered_in_between_waits_for_what_is_in_flight) {
  give(1, 10);
  ASSERT_EQ(in_flight(), 4u);
  who.policy.ordered = true;
  give({});
  for (size_t index : {0, 1, 2}) {
    release(index, answered(200));
    EXPECT_EQ(net.posts().size(), 4u);
  }
  release(3, answered(200));
  EXPECT_EQ(net.posts().size(), 5u);
  EXPECT_EQ(in_flight(), 1u);
}

// -- time of the next try -----------------------------------------------------

TEST_F(a_delivery_by_policy, is_tried_again_by_the_schedule_of_the_policy) {
  who.policy.retry_schedule = {1s, 3s};
  answer_all(answered(500));
  give({item(1), item(2, 1), item(3, 7)});
  ASSERT_EQ(notes->reports.size(), 3u);
  EXPECT_EQ(notes->reports[0].due, wall() + 1000);
  EXPECT_EQ(notes->reports[1].due, wall() + 3000);
  EXPECT_EQ(notes->reports[2].due, wall() + 3000);
}

TEST_F(a_delivery_by_policy, dies_at_the_age_of_the_policy) {
  who.policy.retry_max_age = 60s;
  answer_all(answered(500));
  give({item(1, 1, start_time - 25'000), item(2, 1, start_time - 35'000)});
  ASSERT_EQ(notes->reports.size(), 2u);
  EXPECT_EQ(notes->reports[0].how, verdict::retry) << "30 s from now";
  EXPECT_EQ(notes->reports[1].how, verdict::dead);
}

TEST_F(a_delivery_by_policy, policy_that_changes_in_flight_judges_the_answer) {
  give(1, 1);
  who.policy.retry_schedule = {77s};
  give({});
  release(0, answered(500));
  EXPECT_EQ(only_report().due, wall() + 77'000);
}

// -- rate ---------------------------------------------------------------------

TEST_F(a_delivery_by_policy, leaves_at_the_rate_of_the_policy) {
  who.policy.rate = 10;
  answer_all(answered(200));
  give(1, 100);
  EXPECT_EQ(net.posts().size(), 1u);
  EXPECT_EQ(posts_within(5s), 50u);
  EXPECT_EQ(posts_within(5s), 49u);
  EXPECT_EQ(notes->reports.size(), 100u);
  auto seen = posted();
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_F(a_delivery_by_policy, leaves_at_a_rate_below_one_a_second) {
  who.policy.rate = 0.5;
  answer_all(answered(200));
  give(1, 10);
  EXPECT_EQ(posts_within(10s), 5u);
}

// The wall clock is drawn to the system's, so that the tick comes too early.
TEST_F(a_delivery_by_policy, waits_on_when_the_clock_was_drawn_back) {
  who.policy.rate = 1;
  answer_all(answered(200));
  give(1, 2);
  ASSERT_EQ(net.posts().size(), 1u);
  posts_within(900ms);
  time->discipline(now(), wall() - 60'000);
  EXPECT_EQ(posts_within(100ms), 0u);
  EXPECT_EQ(posts_within(200ms), 1u);
}

TEST_F(a_delivery_by_policy, rate_does_not_lift_the_bound_of_concurrency) {
  who.policy.rate = 1000;
  who.policy.in_flight = 2;
  give(1, 10);
  posts_within(1s);
  EXPECT_EQ(in_flight(), 2u);
}

TEST_F(a_delivery_by_policy, slower_rate_counts_at_once) {
  who.policy.rate = 100;
  answer_all(answered(200));
  give(1, 100);
  posts_within(100ms);
  who.policy.rate = 2;
  give({});
  EXPECT_LE(posts_within(5s), 11u);
}

// The next attempt was announced for the time of the old rate.
TEST_F(a_delivery_by_policy, faster_rate_counts_at_once) {
  who.policy.rate = 0.001;
  answer_all(answered(200));
  give(1, 100);
  ASSERT_EQ(net.posts().size(), 1u);
  who.policy.rate = 100;
  give({});
  EXPECT_GE(posts_within(1s), 98u);
}

TEST_F(a_delivery_by_policy, no_rate_any_more_counts_at_once) {
  who.policy.rate = 0.001;
  answer_all(answered(200));
  give(1, 50);
  who.policy.rate.reset();
  give({});
  EXPECT_EQ(net.posts().size(), 50u);
}

TEST_F(a_delivery_by_policy, slows_down_when_told_429_and_recovers) {
  answer_all(answered(200));
  give(1, 100);
  ASSERT_EQ(net.posts().size(), 100u) << "as fast as it goes";
  answer_all(answered(429));
  give(101, 101);
  answer_all(answered(200));
  give(102, 4000);
  auto first = posts_within(1s);
  EXPECT_GE(first, 45u) << "half of what was too much";
  EXPECT_LE(first, 60u);
  auto second = posts_within(1s);
  EXPECT_GT(second, first);
  EXPECT_LE(second, 66u);
  posts_within(18s);
  EXPECT_EQ(net.posts().size(), 4000u);
}

TEST_F(a_delivery_by_policy, other_failures_do_not_slow_it_down) {
  answer_all(answered(503));
  give(1, 50);
  answer_all(answered(200));
  give(51, 500);
  EXPECT_EQ(net.posts().size(), 500u);
}

// -- paused, held back --------------------------------------------------------

TEST_F(a_delivery_by_policy, paused_sends_nothing_and_gives_all_back) {
  who.paused = true;
  give({item(1), item(2, 3)});
  EXPECT_TRUE(net.posts().empty());
  EXPECT_EQ(unused(), (std::vector<sequence>{1, 2}));
  EXPECT_EQ(notes->reports.size(), 2u);
}

TEST_F(a_delivery_by_policy, paused_in_between_gives_back_what_has_not_left) {
  give(1, 10);
  who.paused = true;
  give({});
  EXPECT_EQ(unused(), (std::vector<sequence>{5, 6, 7, 8, 9, 10}));
  for (size_t index : {0, 1, 2, 3})
    release(index, answered(200));
  EXPECT_EQ(net.posts().size(), 4u);
  EXPECT_EQ(notes->reports.size(), 10u) << "what had left is judged";
  EXPECT_EQ(unused().size(), 6u);
}

TEST_F(a_delivery_by_policy, paused_while_it_waits_for_its_rate_stays_quiet) {
  who.policy.rate = 1;
  give(1, 5);
  who.paused = true;
  give({});
  EXPECT_EQ(unused().size(), 4u);
  EXPECT_EQ(posts_within(5s), 0u);
  EXPECT_EQ(unused().size(), 4u) << "once";
}

TEST_F(a_delivery_by_policy, resumed_takes_on_what_comes) {
  who.paused = true;
  give(1, 1);
  who.paused = false;
  give(1, 2);
  EXPECT_EQ(posted(), (std::vector<sequence>{1, 2}));
}

TEST_F(a_delivery_by_policy, held_back_gives_back_what_has_not_left) {
  give(1, 10);
  hold_back();
  EXPECT_EQ(unused(), (std::vector<sequence>{5, 6, 7, 8, 9, 10}));
  for (size_t index : {0, 1, 2, 3})
    release(index, answered(500));
  EXPECT_EQ(net.posts().size(), 4u);
  EXPECT_EQ(notes->reports.size(), 10u);
}

// Its spreader counts the failures, and may open the breaker.
TEST_F(a_delivery_by_policy, that_failed_goes_on_when_its_spreader_knows) {
  give(1, 10);
  know_failures(0);
  for (size_t index : {0, 1, 2, 3})
    release(index, answered(500));
  EXPECT_EQ(net.posts().size(), 4u);
  know_failures(3);
  EXPECT_EQ(net.posts().size(), 4u) << "not of all";
  know_failures(4);
  EXPECT_EQ(net.posts().size(), 5u);
  release(4, answered(200));
  EXPECT_EQ(in_flight(), 4u);
}

TEST_F(a_delivery_by_policy, that_failed_and_succeeded_since_goes_on) {
  give(1, 10);
  know_failures(0);
  release(0, answered(500));
  EXPECT_EQ(in_flight(), 3u);
  release(1, answered(200));
  EXPECT_EQ(in_flight(), 4u);
}

TEST_F(a_delivery_by_policy, held_back_once_takes_on_what_comes_then) {
  give(1, 6);
  hold_back();
  for (size_t index : {0, 1, 2, 3})
    release(index, answered(200));
  give(5, 6);
  EXPECT_EQ(posted(), (std::vector<sequence>{1, 2, 3, 4, 5, 6}));
}

TEST_F(a_delivery_by_policy, held_back_with_nothing_says_nothing) {
  hold_back();
  EXPECT_TRUE(notes->reports.empty());
}

} // namespace herald::test
