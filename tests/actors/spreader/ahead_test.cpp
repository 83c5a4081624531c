#include "tests/actors/spreader/spreader_fixture.hpp"
#include "tests/support/deterministic_actors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

// What is read for a subscriber before there is room for it, and how its hand
// is shared between what is new and what is late.

namespace herald::test {

using namespace std::chrono_literals;

namespace {

class a_lagging_subscriber : public a_spreader {
protected:
  void SetUp() override { have_only_a(); }

  /// 'a' is served from the log, and holds what it was handed.
  void lag_behind(size_t events) {
    for (size_t i = 0; i < events; ++i)
      append(false);
    disk->partitions[0].cursors[0] = events;
    disk->partitions[0].lagging[{id_of('a'), 0}] = {id_of('a'), 0, 0};
    hold_all();
    make();
    pass(100ms);
    ASSERT_EQ(posted_to('a').size(), hand());
  }

  size_t hand() const { return limits.in_hand / 2; } // That it may send.

  /// Without the store's help: how many are sent of what is in memory.
  size_t sent_without_store() {
    fail_next("bodies", fault_at::before, errc::unavailable, 1000);
    answer_all(200);
    release_all(200);
    pass(100ms);
    auto result = posted_to('a').size();
    disk->fault = nullptr;
    return result;
  }

  static std::vector<sequence> all_up_to(sequence last) {
    std::vector<sequence> result(last);
    std::iota(result.begin(), result.end(), sequence{1});
    return result;
  }
};

} // namespace

TEST_F(a_lagging_subscriber, does_not_wait_for_the_store) {
  lag_behind(1000);
  auto sent = sent_without_store();
  EXPECT_GE(sent, limits.ahead_events / 2);
  EXPECT_LE(sent, limits.in_hand + limits.ahead_events);
  pass(10'000ms);
  EXPECT_EQ(posted_to('a'), all_up_to(1000));
}

TEST_F(a_lagging_subscriber, takes_no_more_memory_than_its_spreader_has) {
  limits.ahead_bytes = 1;
  lag_behind(1000);
  EXPECT_LE(sent_without_store(), limits.in_hand + 1);
  pass(10'000ms);
  EXPECT_EQ(posted_to('a'), all_up_to(1000));
}

TEST_F(a_lagging_subscriber, takes_no_more_than_its_share) {
  limits.ahead_share = 8; // Of bodies like "e10".
  lag_behind(1000);
  EXPECT_LE(sent_without_store(), limits.in_hand + 4);
  pass(10'000ms);
  EXPECT_EQ(posted_to('a'), all_up_to(1000));
}

TEST_F(a_lagging_subscriber, keeps_what_was_read_when_an_attempt_fails) {
  lag_behind(1000);
  net.release_post(net.held_posts().front(), answered(503));
  run();
  ASSERT_EQ(rows(), 0u) << "the row is not written yet";
  EXPECT_GE(sent_without_store(), limits.ahead_events / 2);
  pass(10'000ms);
  for (auto seq : all_up_to(1000))
    EXPECT_EQ(std::ranges::count(posted_to('a'), seq), seq == 1 ? 2 : 1) << seq;
}

TEST_F(a_lagging_subscriber, that_fails_leaves_the_rest_in_the_log) {
  lag_behind(1000);
  answer_all(503);
  release_all(503);
  pass(100ms);
  EXPECT_LE(rows(), limits.in_hand) << "what was read ahead has none";
  EXPECT_LE(lag_of('a')->after, limits.in_hand);
}

TEST_F(a_lagging_subscriber, that_is_paused_gets_no_more_of_what_was_read) {
  lag_behind(1000);
  pause('a');
  answer_all(200);
  release_all(200);
  pass(1000ms);
  EXPECT_EQ(posted_to('a').size(), hand());
  pause('a', false);
  pass(10'000ms);
  auto seen = posted_to('a');
  for (auto seq : all_up_to(1000))
    EXPECT_EQ(std::ranges::count(seen, seq), 1) << seq;
}

TEST_F(a_lagging_subscriber, rows_that_are_due_get_half_of_its_hand) {
  limits.in_hand = 4;
  hold_all();
  make();
  append_many(4);
  pass(limits.patience + 100ms);
  append_many(4); // They would only wait: rows at once.
  pass(100ms);
  ASSERT_EQ(rows(), 8u);
  ASSERT_EQ(posted_to('a').size(), 4u);
  // One comes, one goes: never half of the hand is free.
  for (size_t i = 0; i < 20; ++i) {
    net.release_post(net.held_posts().front(), answered(200));
    append();
    pass(20ms);
  }
  auto seen = posted_to('a');
  for (auto late : {5, 6, 7, 8})
    EXPECT_EQ(std::ranges::count(seen, sequence(late)), 1) << late;
}

} // namespace herald::test
