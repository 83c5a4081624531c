#include "tests/actors/publisher_fixture.hpp"

#include <map>
#include <random>
#include <set>

namespace herald::test {

using namespace std::chrono_literals;

TEST_F(a_publisher, bound_holds_after_failures_too) {
  limits.open_events = 2;
  make();
  fail_next("append", fault_at::before, errc::full, 10);
  for (uint64_t token = 0; token < 10; ++token)
    publish(token, {fresh("a"), fresh("b")});
  publish(100, {fresh("c"), fresh("d")});
  EXPECT_EQ(result(100).size(), 2u);
}

TEST_F(a_publisher, full_store_is_told_at_once_and_shows_in_the_health) {
  make();
  fail_next("append", fault_at::before, errc::full, 1);
  publish(1, {fresh("a")});
  EXPECT_EQ(refusal(1), errc::full);
  EXPECT_TRUE(state->store_refuses);
  EXPECT_TRUE(first->batches.empty());
  publish(2, {fresh("b")});
  EXPECT_EQ(result(2).size(), 1u);
  EXPECT_FALSE(state->store_refuses);
  EXPECT_EQ(known(*first, 0), stored());
}

TEST_F(a_publisher, unknown_outcome_is_asked_about_again_before_it_is_told) {
  make();
  fail_next("append", fault_at::before, errc::unavailable, 3);
  publish(1, {fresh("a"), fresh("b")});
  EXPECT_FALSE(answered(1));
  for (int i = 0; i < 3; ++i)
    advance(limits.retry_delay);
  EXPECT_EQ(result(1).size(), 2u);
  EXPECT_EQ(stored().size(), 2u);
  EXPECT_EQ(known(*first, 0), stored());
}

TEST_F(a_publisher, what_landed_with_an_unknown_outcome_is_kept_once) {
  make();
  fail_next("append", fault_at::after, errc::unavailable, 1);
  publish(1, {fresh("a"), fresh("b")});
  EXPECT_FALSE(answered(1));
  advance(limits.retry_delay);
  EXPECT_EQ(result(1).size(), 2u);
  EXPECT_EQ(stored().size(), 2u) << "repeated with fresh_id = false";
}

// They were acknowledged, so the spreaders must hear of them, and whoever asked
// must not be told that somebody else was first.
TEST_F(a_publisher, what_landed_with_an_unknown_outcome_is_spread) {
  make();
  publish(1, {event_of("old")});
  fail_next("append", fault_at::after, errc::unavailable, 2);
  publish(2, {fresh("a"), event_of("old"), event_of("b"), event_of("b")});
  advance(limits.retry_delay);
  advance(limits.retry_delay);
  publish(3, {fresh("c")});
  EXPECT_EQ(stored().size(), 4u);
  EXPECT_EQ(known(*first, 0), stored());
  auto results = result(2);
  EXPECT_FALSE(results.at(0).duplicate);
  EXPECT_TRUE(results.at(1).duplicate);
  EXPECT_FALSE(results.at(2).duplicate);
  EXPECT_TRUE(results.at(3).duplicate);
}

// What landed was spread from the store after a restart, and some of it
// trimmed, before the append was repeated.
TEST_F(a_publisher, what_landed_is_recognised_where_some_of_it_was_trimmed) {
  make();
  fail_next("append", fault_at::after, errc::unavailable, 1);
  publish(1, {event_of("a"), event_of("b"), event_of("c"), event_of("c")});
  ASSERT_EQ(db->trim(0, 2, 10), 2u);
  advance(limits.retry_delay);
  auto results = result(1);
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(results[0].seq, 4u);
  EXPECT_EQ(results[1].seq, 5u);
  EXPECT_EQ(results[2].seq, 3u);
  EXPECT_FALSE(results[2].duplicate);
  EXPECT_TRUE(results[3].duplicate);
  ASSERT_EQ(first->batches.size(), 1u);
  std::vector<sequence> spread;
  for (auto& what : *first->batches[0].events)
    spread.push_back(what->seq);
  EXPECT_EQ(spread, (std::vector<sequence>{3, 4, 5}));
}

TEST_F(a_publisher, gives_up_on_a_store_that_stays_silent) {
  make();
  fail_next("append", fault_at::before, errc::unavailable, 1000);
  publish(1, {fresh("a")});
  for (size_t i = 0; i < limits.retries + 1; ++i)
    advance(limits.retry_delay);
  EXPECT_EQ(refusal(1), errc::unavailable);
  EXPECT_TRUE(state->store_refuses);
  watch_appends();
  publish(2, {fresh("b")});
  advance(limits.retry_delay);
  EXPECT_EQ(result(2).size(), 1u);
}

// Given up, but it did land: the news after it show that something is missing,
// so that the spreaders read it from the store.
TEST_F(a_publisher, news_after_an_unknown_outcome_show_the_gap) {
  make();
  fail_next("append", fault_at::after, errc::unavailable, 1000);
  publish(1, {fresh("a")});
  for (size_t i = 0; i < limits.retries + 1; ++i)
    advance(limits.retry_delay);
  EXPECT_EQ(refusal(1), errc::unavailable);
  watch_appends();
  publish(2, {fresh("b")});
  advance(limits.retry_delay);
  ASSERT_EQ(first->batches.size(), 1u);
  EXPECT_EQ(first->batches[0].after, stored().at(0));
  EXPECT_EQ(first->batches[0].events->at(0)->id, "b");
}

// It landed, and then the disk was full: the second answer says nothing of what
// the first attempt did.
TEST_F(a_publisher, news_after_a_refusal_of_what_landed_show_the_gap) {
  make();
  fail_next("append", fault_at::after, errc::unavailable, 1);
  publish(1, {fresh("a")});
  fail_next("append", fault_at::before, errc::full, 1);
  advance(limits.retry_delay);
  EXPECT_EQ(refusal(1), errc::full);
  publish(2, {fresh("b")});
  advance(limits.retry_delay);
  ASSERT_EQ(first->batches.size(), 1u);
  EXPECT_EQ(first->batches[0].after, stored().at(0));
  EXPECT_EQ(first->batches[0].events->at(0)->id, "b");
}

TEST_F(a_publisher, drains_when_idle) {
  make();
  EXPECT_TRUE(drain());
}

TEST_F(a_publisher, drains_only_when_every_event_has_its_outcome) {
  make();
  fail_next("append", fault_at::before, errc::unavailable, 1);
  publish(1, {fresh("a")});
  send(2, {fresh("b")});
  auto answer = ask_to_drain();
  EXPECT_FALSE(has_answer());
  advance(limits.retry_delay);
  EXPECT_TRUE(answer());
  EXPECT_EQ(result(1).size(), 1u);
  EXPECT_EQ(result(2).size(), 1u);
}

TEST_F(a_publisher, takes_nothing_more_once_it_drains) {
  make();
  EXPECT_TRUE(drain());
  publish(1, {fresh("a")});
  EXPECT_EQ(refusal(1), errc::stopping);
  EXPECT_TRUE(stored().empty());
}

TEST_F(a_publisher, leaves_nobody_without_an_answer_when_it_ends) {
  make();
  fail_next("append", fault_at::before, errc::unavailable, 1000);
  publish(1, {fresh("a")});
  send(2, {fresh("b")});
  kill(aut);
  EXPECT_TRUE(answered(1));
  EXPECT_TRUE(answered(2));
}

// Every request gets one outcome; what was accepted is in the log once and was
// spread in order, whatever the store does and in whatever order.
TEST_F(a_publisher, keeps_its_promises_under_any_schedule_and_faults) {
  limits.open_events = 12;
  limits.group_events = 4;
  make();
  for (unsigned seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 rng{seed};
    disk->fault = [&rng](std::string_view call, fault_at) {
      if ((call != "append" && call != "heads") || rng() % 4 != 0)
        return caf::error{};
      return fail(errc::unavailable, "as the test wants it");
    };
    auto base = uint64_t{seed} * 1000;
    for (uint64_t i = 0; i < 30; ++i) {
      std::vector<event> events;
      for (unsigned n = 0; n <= rng() % 3; ++n)
        events.push_back(
          fresh(std::to_string(base + i) + "-" + std::to_string(n)));
      send(base + i, std::move(events));
      if (rng() % 2 == 0)
        run_shuffled(rng);
      if (rng() % 4 == 0)
        move_clock(limits.retry_delay);
    }
    for (int i = 0; i < 200; ++i)
      advance(limits.retry_delay);
    watch_appends();
    publish(base + 500, {fresh("last" + std::to_string(seed))});
    advance(limits.retry_delay);
    for (uint64_t i = 0; i < 30; ++i)
      ASSERT_TRUE(answered(base + i));
  }
  EXPECT_EQ(told->repeated, 0u);
  std::map<std::string, int> ids;
  for (auto& [seq, what] : disk->logs[0].events)
    EXPECT_EQ(++ids[what->id], 1);
  std::set<sequence> spread;
  sequence at = 0;
  for (auto& batch : first->batches) {
    EXPECT_GE(batch.after, at);
    // A gap is read from the store.
    for (auto seq : stored())
      if (seq > at && seq <= batch.after)
        spread.insert(seq);
    for (auto& what : *batch.events)
      EXPECT_TRUE(spread.insert(what->seq).second);
    at = batch.until;
  }
  for (auto& [token, outcome] : told->outcomes) {
    if (!outcome)
      continue;
    for (auto& each : *outcome)
      EXPECT_TRUE(spread.contains(each.seq)) << token;
  }
}

} // namespace herald::test
