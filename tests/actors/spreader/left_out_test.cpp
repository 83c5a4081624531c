#include "tests/actors/operator_fixture.hpp"

#include <gtest/gtest.h>

#include <random>

// Orders about events that the spreader has not come to yet, or that the news
// left out because nobody wanted them.

namespace herald::test {

using namespace std::chrono_literals;

// Nobody wanted the first when it was appended, so the news leave it out; but
// a replay reaches behind the start of its subscription.
TEST_F(an_operator, may_replay_what_the_news_left_out) {
  answer_all(200);
  make();
  append(false);
  expect_granted(replay('a', 0));
  tell_appended(0, {}, 1);
  pass(1s);
  EXPECT_EQ(posted_to('a'), std::vector<sequence>{1});
}

class an_operator_at_any_time : public an_operator,
                                public testing::WithParamInterface<uint32_t> {
protected:
  /// One event was delivered, so that the spreader knows 'a'; two more are
  /// stored.
  void have_one_of_three() {
    answer_all(200);
    make();
    append();
    append(false);
    append(false);
  }

  void replay_in_any_order() {
    auto granted = ask_to_replay('a', 1);
    run_shuffled(rng);
    expect_granted(granted);
    pass(1s);
    EXPECT_GE(times('a', 2), 1u);
    EXPECT_GE(times('a', 3), 1u);
    EXPECT_EQ(cursor(), 3u);
  }

  std::mt19937 rng{GetParam()};
};

TEST_P(an_operator_at_any_time, may_replay_what_the_news_leave_out) {
  have_one_of_three();
  tell_appended(1, {3}, 3);
  replay_in_any_order();
}

// A spreader that is behind reads the log, and the answer of before is under
// way when somebody begins to want the second.
TEST_P(an_operator_at_any_time, may_replay_what_is_being_matched) {
  have_one_of_three();
  registry->unwanted = {2};
  tell_appended(2, {3}, 3); // Does not follow what it knows.
  for (auto steps = rng() % 12; steps > 0; --steps)
    run_any(rng);
  registry->unwanted.clear();
  replay_in_any_order();
}

INSTANTIATE_TEST_SUITE_P(seeds, an_operator_at_any_time,
                         testing::Range(1U, 31U));

// Redelivered before the spreader has come to it, and failed: what lies between
// is neither its row's nor to be left out.
TEST_F(an_operator, may_redeliver_what_lies_ahead_of_an_ordered_subscriber) {
  delivery_policy in_order;
  in_order.ordered = true;
  have_only_a(in_order);
  deliveries.retry.schedule = {100ms};
  make();
  for (int i = 0; i < 5; ++i)
    append(false);
  answer_all(503);
  expect_granted(redeliver('a', {5}));
  answer_all(200);
  pass(200ms);
  EXPECT_EQ(posted_to('a'), (std::vector<sequence>{5, 5}));
  hold_all();
  tell_appended(0, {1, 2, 3}, 3);
  pass(limits.patience + 50ms); // The first has a row now, the others wait.
  tell_appended(3, {4}, 4);
  tell_appended(4, {5}, 5);
  answer_all(200);
  release_all(200);
  pass(5s);
  EXPECT_EQ(posted_to('a'), (std::vector<sequence>{5, 5, 1, 2, 3, 4}));
  EXPECT_EQ(cursor(), 5u);
}

} // namespace herald::test
