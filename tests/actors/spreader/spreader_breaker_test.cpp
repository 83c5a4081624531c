#include "tests/actors/spreader/spreader_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

// Subscribers that keep failing are left alone for a while.

namespace herald::test {

using namespace std::chrono_literals;

namespace {

class a_broken_subscriber : public a_spreader {
protected:
  void SetUp() override {
    deliveries.breaker.failures = 3;
    deliveries.breaker.max_pause = 60s;
  }

  /// It fails until the breaker opens: with the eight that leave together.
  void open_breaker(size_t events = 20) {
    make();
    append_many(events);
    answer('a', 503);
    answer_held();
    pass(100ms);
    ASSERT_EQ(posted_to('a').size(), 8u);
    ASSERT_TRUE(condition_of('a'));
    ASSERT_GT(open_until(), wall());
  }

  /// As everything is answered from now on.
  void answer_held() {
    for (auto index : net.held_posts())
      net.release_post(index, *net.on_post(net.posts()[index]));
    run();
  }

  unix_ms open_until() {
    return condition_of('a') ? condition_of('a')->open_until : 0;
  }

  /// Until the pause is over, less so much.
  void pass_pause(milliseconds less) {
    pass(milliseconds{open_until() - wall()} - less);
  }

  /// Nothing is sent in the pause, and one request when it is over.
  void expect_one_probe() {
    auto before = posted_to('a').size();
    pass_pause(50ms);
    EXPECT_EQ(posted_to('a').size(), before) << "nothing in the pause";
    pass(150ms);
    EXPECT_EQ(posted_to('a').size(), before + 1) << "one probe";
  }

  /// The attempts at each event are numbered without a gap.
  void expect_no_gaps() {
    for (auto seq : stored()) {
      auto numbers = attempts_at('a', seq);
      std::vector<uint32_t> wanted(numbers.size());
      std::iota(wanted.begin(), wanted.end(), 1u);
      EXPECT_EQ(numbers, wanted) << seq;
    }
  }

  /// The last attempt at each event was a success.
  void expect_all_done() {
    EXPECT_EQ(rows(), 0u);
    EXPECT_FALSE(lag_of('a'));
    EXPECT_TRUE(letters().empty());
    auto seen = posted_to('a');
    for (auto seq : stored())
      EXPECT_GT(std::ranges::count(seen, seq), 0) << seq;
  }
};

} // namespace

TEST_F(a_broken_subscriber, gets_nothing_in_the_pause_and_then_one_probe) {
  open_breaker();
  EXPECT_NEAR(double(open_until() - wall()), 5000, 200);
  expect_one_probe();
  EXPECT_NEAR(double(open_until() - wall()), 30'000, 200);
  expect_one_probe();
  EXPECT_NEAR(double(open_until() - wall()), 60'000, 200) << "the longest";
  expect_one_probe();
  EXPECT_EQ(condition_of('a')->failures, 11u);
  expect_no_gaps();
}

TEST_F(a_broken_subscriber, gets_everything_once_it_answers) {
  open_breaker(30);
  hold_all();
  expect_one_probe();
  pass(1000ms);
  ASSERT_EQ(net.held_posts().size(), 1u) << "the probe is on its way";
  release_all(200);
  pass(100ms);
  EXPECT_EQ(net.held_posts().size(), 8u) << "at full concurrency";
  answer_all(200);
  release_all(200);
  pass(5000ms);
  expect_all_done();
  expect_no_gaps();
}

TEST_F(a_broken_subscriber, is_remembered_and_forgotten_when_it_answers) {
  open_breaker();
  auto how = *condition_of('a');
  EXPECT_EQ(how.failures, 8u);
  EXPECT_EQ(how.probes, 1u);
  EXPECT_LE(how.since, how.last_attempt);
  auto told = status({id_of('a')}).at(0);
  EXPECT_TRUE(told.failing);
  EXPECT_EQ(told.failures, 8u);
  EXPECT_EQ(told.since, how.since);
  EXPECT_EQ(told.open_until, how.open_until);
  answer_all(200);
  pass_pause(0ms);
  pass(1000ms);
  EXPECT_FALSE(condition_of('a'));
  told = status({id_of('a')}).at(0);
  EXPECT_FALSE(told.failing);
  EXPECT_EQ(told.failures, 0u);
  EXPECT_EQ(told.open_until, 0);
}

TEST_F(a_broken_subscriber, is_left_alone_over_a_restart) {
  open_breaker();
  auto until = open_until();
  restart();
  pass(500ms);
  EXPECT_EQ(open_until(), until);
  auto told = status({id_of('a')}).at(0);
  EXPECT_TRUE(told.failing);
  EXPECT_EQ(told.open_until, until);
  expect_one_probe();
  EXPECT_EQ(condition_of('a')->failures, 9u) << "it goes on counting";
  EXPECT_EQ(condition_of('a')->probes, 2u);
  answer_all(200);
  pass(40'000ms);
  EXPECT_FALSE(condition_of('a'));
  expect_all_done();
  expect_no_gaps();
}

TEST_F(a_broken_subscriber, is_probed_once_when_the_pause_ended_while_down) {
  have_only_a();
  open_breaker();
  kill(aut);
  pass(20'000ms);
  hold_all();
  make();
  pass(3000ms);
  EXPECT_EQ(net.held_posts().size(), 1u);
}

TEST_F(a_broken_subscriber, gets_new_events_with_the_rest) {
  open_breaker();
  append_many(30);
  pass(1000ms);
  EXPECT_EQ(posted_to('a').size(), 8u);
  EXPECT_EQ(cursor(), head) << "it holds nothing";
  answer_all(200);
  pass(10'000ms);
  expect_all_done();
  expect_no_gaps();
}

TEST_F(a_broken_subscriber, delays_nobody_else) {
  open_breaker();
  append_many(100);
  pass(50ms);
  EXPECT_EQ(posted_to('b'), stored());
}

TEST_F(a_broken_subscriber, gives_back_what_was_handed_out_and_has_not_left) {
  make();
  append_many(16);
  ASSERT_EQ(posted_to('a').size(), 8u);
  answer('a', 503);
  answer_held();
  pass(500ms);
  EXPECT_EQ(posted_to('a').size(), 8u);
  for (sequence seq = 9; seq <= 16; ++seq) {
    auto row = disk->partitions[0].jobs.find({id_of('a'), 0, seq});
    ASSERT_NE(row, disk->partitions[0].jobs.end()) << seq;
    EXPECT_EQ(row->second.attempt, 0u) << "no attempt was burnt";
  }
}

TEST_F(a_broken_subscriber, gives_up_at_the_probe_what_is_too_old_by_then) {
  deliveries.retry.max_age = 50s;
  have_only_a();
  open_breaker();
  expect_one_probe();
  expect_one_probe();
  EXPECT_LE(letters().size(), 1u) << "of the last probe";
  answer_all(200);
  pass_pause(0ms);
  pass(1000ms);
  EXPECT_EQ(letters().size(), 8u) << "what was tried";
  auto is_expired = [](auto& letter) { return letter.why == failure::expired; };
  EXPECT_GE(std::ranges::count_if(letters(), is_expired), 7);
  auto seen = posted_to('a');
  for (auto seq : stored())
    EXPECT_GE(std::ranges::count(seen, seq), 1) << "not one was never tried";
  EXPECT_EQ(rows(), 0u);
  expect_no_gaps();
}

TEST_F(a_broken_subscriber, gives_up_what_got_too_old_while_the_node_was_down) {
  deliveries.retry.max_age = 50s;
  have_only_a();
  open_breaker();
  pass(500ms);
  kill(aut);
  pass(60'000ms);
  answer_all(200);
  make();
  pass(1000ms);
  EXPECT_EQ(net.posts().size(), 20u) << "each was tried once";
  ASSERT_EQ(letters().size(), 8u);
  for (auto& letter : letters()) {
    EXPECT_EQ(letter.why, failure::expired);
    EXPECT_EQ(letter.attempts, 1u);
  }
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_broken_subscriber, event_that_was_given_up_does_not_end_the_probes) {
  deliveries.retry.max_age = 20s;
  have_only_a();
  open_breaker(8);
  pass(60'000ms);
  EXPECT_EQ(letters().size(), 8u);
  EXPECT_EQ(rows(), 0u);
  answer_all(200);
  append();
  pass(60'000ms);
  EXPECT_EQ(posted_to('a').back(), head);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_broken_subscriber, that_has_nothing_left_is_forgotten) {
  deliveries.retry.max_age = 20s;
  have_only_a();
  open_breaker(8);
  pass(120'000ms);
  EXPECT_EQ(rows(), 0u);
  EXPECT_FALSE(condition_of('a'));
  EXPECT_FALSE(status({id_of('a')}).at(0).failing);
}

TEST_F(a_broken_subscriber, that_ends_is_forgotten) {
  open_breaker();
  registry->who = {subscriber_named('b')};
  tell_ended('a');
  pass(60'000ms);
  EXPECT_FALSE(condition_of('a'));
  EXPECT_EQ(rows(), 0u);
  EXPECT_EQ(posted_to('a').size(), 8u);
}

TEST_F(a_broken_subscriber, that_says_429_is_not_left_alone) {
  have_only_a();
  make();
  answer_all(429);
  append_many(20);
  pass(300'000ms);
  auto how = condition_of('a');
  ASSERT_TRUE(how);
  EXPECT_GT(how->failures, 3u);
  EXPECT_EQ(how->open_until, 0);
}

TEST_F(a_broken_subscriber, stays_left_alone_when_its_probe_says_429) {
  have_only_a();
  open_breaker();
  answer_all(429);
  expect_one_probe();
  EXPECT_GT(open_until(), wall() + 20'000);
}

TEST_F(a_broken_subscriber, without_a_threshold_is_tried_as_the_schedule_says) {
  deliveries.breaker.failures = 0;
  have_only_a();
  make();
  answer_all(503);
  append_many(20);
  pass(40'000ms);
  EXPECT_EQ(net.posts().size(), 60u) << "at 0, 5 and 35 seconds";
  EXPECT_EQ(condition_of('a')->open_until, 0);
}

TEST_F(a_broken_subscriber, has_the_pauses_of_its_own_schedule) {
  delivery_policy policy;
  policy.retry_schedule = {2s, 7s};
  have_only_a(policy);
  open_breaker();
  EXPECT_NEAR(double(open_until() - wall()), 2000, 200);
  expect_one_probe();
  EXPECT_NEAR(double(open_until() - wall()), 7000, 200);
}

TEST_F(a_broken_subscriber, in_order_is_probed_by_the_first_event) {
  delivery_policy policy;
  policy.ordered = true;
  have_only_a(policy);
  make();
  answer_all(503);
  append_many(20);
  pass(60'000ms);
  ASSERT_GT(open_until(), 0);
  answer_all(200);
  pass(180'000ms);
  auto seen = posted_to('a');
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), head);
  expect_all_done();
  expect_no_gaps();
}

TEST_F(a_broken_subscriber, is_not_probed_while_it_is_paused) {
  have_only_a();
  open_breaker();
  pause('a');
  pass(60'000ms);
  EXPECT_EQ(posted_to('a').size(), 8u);
  answer_all(200);
  pause('a', false);
  pass(5000ms);
  expect_all_done();
  expect_no_gaps();
}

TEST_F(a_broken_subscriber, is_not_tried_because_its_policy_changes) {
  have_only_a();
  open_breaker();
  change('a', [](subscription& who) { who.policy.in_flight = 3; });
  pass(1000ms);
  EXPECT_EQ(posted_to('a').size(), 8u);
}

// Everything it had is dead: it was new, and had been idle since ever.
TEST_F(a_broken_subscriber, is_remembered_while_it_has_nothing_to_do) {
  deliveries.retry.max_age = 1ms;
  limits.idle = 10s;
  make();
  pass(20'000ms);
  answer('a', 503);
  append();
  pass(5000ms);
  ASSERT_EQ(letters().size(), 1u);
  EXPECT_TRUE(condition_of('a'));
  pass(10'000ms);
  EXPECT_FALSE(condition_of('a'));
}

// The store took its time over it.
TEST_F(a_broken_subscriber, is_not_given_what_was_being_loaded_as_it_broke) {
  have_only_a({}, true);
  make();
  append_many(40);
  pass(500ms);
  ASSERT_TRUE(lag_of('a'));
  pause('a', false);
  ASSERT_EQ(posted_to('a').size(), 8u);
  auto breaks = false;
  disk->fault = [&](std::string_view call, fault_at when) {
    if (call == "bodies" && when == fault_at::before
        && !std::exchange(breaks, true))
      release_all(503); // And everything that follows from it.
    return caf::error{};
  };
  release_all(200);
  pass(30ms);
  ASSERT_TRUE(breaks);
  ASSERT_GT(open_until(), wall());
  EXPECT_EQ(posted_to('a').size(), 16u);
  answer_all(200);
  pass(60'000ms);
  expect_all_done();
}

} // namespace herald::test
