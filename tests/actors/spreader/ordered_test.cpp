#include "tests/actors/spreader/spreader_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

// Subscriptions that get one event after the other, over failures.

namespace herald::test {

using namespace std::chrono_literals;

namespace {

class an_ordered_subscriber : public a_spreader {
protected:
  void SetUp() override {
    policy.ordered = true;
    deliveries.retry.schedule = {1s, 5s, 10s};
  }

  void make_ordered() {
    have_only_a(policy);
    make();
  }

  void set_ordered(bool ordered) {
    change('a', [=](subscription& who) { who.policy.ordered = ordered; });
  }

  /// Lets the subscriber fail or not, by dice, and notes what it took.
  void answer_by_dice(std::mt19937& rng, unsigned failures_in_ten) {
    net.on_post = [this, &rng, failures_in_ten](
                    const post_request& post) -> std::optional<http_outcome> {
      if (rng() % 4 == 0)
        return std::nullopt;
      return judge(post, rng() % 10 < failures_in_ten);
    };
  }

  http_outcome judge(const post_request& post, bool fails) {
    if (fails)
      return answered(503);
    if (std::ranges::find(taken, post.what->seq) == taken.end())
      taken.push_back(post.what->seq);
    return answered(200);
  }

  /// Answers one that is held.
  void release_one(std::mt19937& rng, unsigned failures_in_ten) {
    auto held = net.held_posts();
    if (held.empty())
      return;
    auto index = held.front();
    auto& post = net.posts()[index];
    net.release_post(index, judge(post, rng() % 10 < failures_in_ten));
    run();
  }

  /// Requests of an earlier process are lost.
  void lose_held() {
    for (auto index : net.held_posts())
      net.release_post(index, answered(200));
    run();
  }

  delivery_policy policy;
  std::vector<sequence> taken; ///< In the order of the first success.
};

} // namespace

TEST_F(an_ordered_subscriber, has_one_in_flight_at_most) {
  make_ordered();
  append_many(20);
  for (sequence seq = 1; seq <= 20; ++seq) {
    ASSERT_EQ(net.held_posts().size(), 1u);
    ASSERT_EQ(net.posts().back().what->seq, seq);
    release_all(200);
  }
  pass(1000ms);
  EXPECT_EQ(net.posts().size(), 20u);
  EXPECT_EQ(rows(), 0u);
  EXPECT_FALSE(lag_of('a'));
}

TEST_F(an_ordered_subscriber, costs_one_row_and_one_lag_row_when_it_fails) {
  make_ordered();
  answer_all(503);
  append_many(50);
  pass(500ms);
  EXPECT_EQ(posted_to('a'), std::vector<sequence>{1});
  EXPECT_EQ(rows(), 1u);
  EXPECT_EQ(disk->partitions[0].lagging.size(), 1u);
  EXPECT_EQ(cursor(), head);
  for (int i = 0; i < 50; ++i) {
    append_many(10);
    pass(1000ms);
    ASSERT_EQ(rows(), 1u);
    ASSERT_EQ(disk->partitions[0].lagging.size(), 1u);
  }
  EXPECT_EQ(cursor(), head);
  auto seen = posted_to('a');
  EXPECT_EQ(std::ranges::count(seen, sequence{1}), std::ssize(seen));
}

TEST_F(an_ordered_subscriber, that_is_slow_costs_one_row_and_one_lag_row) {
  make_ordered();
  append_many(50);
  pass(1000ms);
  EXPECT_EQ(rows(), 1u);
  EXPECT_EQ(disk->partitions[0].lagging.size(), 1u);
  EXPECT_EQ(cursor(), head);
  release_all(200);
  EXPECT_EQ(net.posts().back().what->seq, 2u);
  EXPECT_EQ(net.held_posts().size(), 1u);
}

TEST_F(an_ordered_subscriber, recovers_in_the_order_of_the_log) {
  make_ordered();
  answer_all(503);
  append_many(600);
  pass(10'000ms);
  answer_all(200);
  pass(15'000ms);
  auto seen = posted_to('a');
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  auto repeated = std::ranges::unique(seen);
  seen.erase(repeated.begin(), repeated.end());
  EXPECT_EQ(seen, stored());
  EXPECT_EQ(rows(), 0u);
  EXPECT_FALSE(lag_of('a'));
}

TEST_F(an_ordered_subscriber, that_fails_again_costs_no_more_rows) {
  make_ordered();
  answer_all(503);
  append_many(100);
  pass(500ms);
  size_t left = 10;
  net.on_post = [&left](const post_request&) {
    return answered(left > 0 && left-- > 0 ? 200 : 503);
  };
  pass(60'000ms);
  EXPECT_EQ(posted_to('a').back(), 11u);
  EXPECT_EQ(rows(), 1u);
  EXPECT_EQ(disk->partitions[0].lagging.size(), 1u);
}

TEST_F(an_ordered_subscriber, goes_on_behind_a_dead_letter) {
  deliveries.retry.max_age = 8s;
  make_ordered();
  net.on_post = [](const post_request& post) {
    return answered(post.what->seq == 1 ? 503 : 200);
  };
  append_many(5);
  pass(500ms);
  EXPECT_EQ(posted_to('a'), std::vector<sequence>{1});
  pass(10'000ms);
  ASSERT_EQ(letters().size(), 1u);
  EXPECT_EQ(letters()[0].key.seq, 1u);
  auto seen = posted_to('a');
  seen.erase(seen.begin(), std::ranges::find(seen, sequence{2}));
  EXPECT_EQ(seen, (std::vector<sequence>{2, 3, 4, 5}));
  EXPECT_EQ(rows(), 0u);
}

TEST_F(an_ordered_subscriber, goes_on_behind_what_retention_took) {
  make_ordered();
  answer_all(503);
  append_many(10);
  pass(500ms);
  ASSERT_EQ(db->trim(0, 4, 100).value(), 4u);
  answer_all(200);
  pass(10'000ms);
  EXPECT_EQ(posted_to('a'), (std::vector<sequence>{1, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(rows(), 0u);
  ASSERT_FALSE(letters().empty());
  EXPECT_EQ(letters().front().key.seq, 1u);
  EXPECT_EQ(letters().back().up_to, 4u);
}

TEST_F(an_ordered_subscriber, keeps_the_order_over_a_restart) {
  make_ordered();
  answer_all(503);
  append_many(30);
  pass(2000ms);
  answer_all(200);
  restart();
  append_many(10);
  pass(20'000ms);
  auto seen = posted_to('a');
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), head);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(an_ordered_subscriber, set_in_between_holds_back_what_has_not_left) {
  have_only_a();
  make();
  append_many(40);
  ASSERT_EQ(net.held_posts().size(), 8u);
  set_ordered(true);
  release_all(503);
  answer_all(200);
  pass(500ms);
  EXPECT_EQ(net.posts().size(), 8u) << "the first of them comes first";
  pass(20'000ms);
  auto seen = posted_to('a');
  seen.erase(seen.begin(), seen.begin() + 8);
  EXPECT_EQ(seen, stored());
}

TEST_F(an_ordered_subscriber, set_in_between_keeps_the_order_of_old_rows) {
  have_only_a();
  make();
  answer_all(503);
  append_many(20);
  pass(3000ms);
  ASSERT_EQ(rows(), 20u);
  set_ordered(true);
  answer_all(200);
  auto before = net.posts().size();
  append_many(5);
  pass(20'000ms);
  auto seen = posted_to('a');
  seen.erase(seen.begin(), seen.begin() + ptrdiff_t(before));
  auto sorted = seen;
  std::ranges::sort(sorted);
  EXPECT_EQ(seen, sorted);
  EXPECT_EQ(seen.back(), head);
  EXPECT_EQ(rows(), 0u);
}

// Of a late subscriber the newest get rows while older ones wait.
TEST_F(an_ordered_subscriber, set_in_between_keeps_what_waited_before_a_row) {
  have_only_a();
  make();
  append_many(20);
  pass(200ms);
  append_many(5);
  pass(100ms);
  append_many(3);
  set_ordered(true);
  answer_all(200);
  release_all(200);
  pass(5000ms);
  EXPECT_EQ(posted_to('a'), stored());
  EXPECT_EQ(rows(), 0u);
}

TEST_F(an_ordered_subscriber, unset_in_between_goes_on_at_full_concurrency) {
  make_ordered();
  answer_all(503);
  append_many(50);
  pass(3000ms);
  set_ordered(false);
  hold_all();
  pass(10'000ms);
  ASSERT_EQ(net.held_posts().size(), 1u) << "it fails";
  release_all(200);
  pass(500ms);
  EXPECT_EQ(net.held_posts().size(), 8u);
  answer_all(200);
  release_all(200);
  pass(5000ms);
  auto seen = posted_to('a');
  for (auto seq : stored())
    EXPECT_GE(std::ranges::count(seen, seq), 1) << seq;
  EXPECT_EQ(rows(), 0u);
}

TEST_F(an_ordered_subscriber, paused_in_between_keeps_the_order) {
  make_ordered();
  answer_all(200);
  append_many(5);
  hold_all();
  append_many(5);
  pause('a');
  append_many(5);
  pass(500ms);
  release_all(503);
  pass(20'000ms);
  EXPECT_EQ(posted_to('a').back(), 6u);
  answer_all(200);
  pause('a', false);
  append_many(5);
  pass(5000ms);
  auto seen = posted_to('a');
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), head);
  EXPECT_EQ(seen.size(), 21u) << "the sixth twice";
}

TEST_F(an_ordered_subscriber, is_served_in_order_whatever_happens) {
  deliveries.breaker.failures = 4;
  deliveries.breaker.max_pause = 20s;
  limits.chunk_events = 7;
  make_ordered();
  for (unsigned seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 rng{seed};
    taken.clear();
    auto first = head + 1;
    for (int i = 0; i < 60; ++i) {
      auto failures = unsigned(rng() % 3) * 4;
      answer_by_dice(rng, failures);
      switch (rng() % 8) {
        case 0:
        case 1:
          append_many(1 + rng() % 5);
          break;
        case 2:
          append_many(20);
          break;
        case 3:
          pause('a', rng() % 2 == 0);
          break;
        case 4:
          if (rng() % 3 == 0) {
            kill(aut);
            lose_held();
            make();
          }
          break;
        case 5:
          release_one(rng, failures);
          break;
        default:
          pass(milliseconds{50 * (1 + rng() % 60)});
      }
      ASSERT_LE(net.held_posts().size(), 1u);
    }
    net.on_post = [&](const post_request& post) { return judge(post, false); };
    release_one(rng, 0);
    pause('a', false);
    pass(60'000ms);
    std::vector<sequence> all;
    for (auto seq = first; seq <= head; ++seq)
      all.push_back(seq);
    ASSERT_EQ(taken, all);
    ASSERT_EQ(rows(), 0u);
    ASSERT_FALSE(lag_of('a'));
  }
}

} // namespace herald::test
