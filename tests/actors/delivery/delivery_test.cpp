#include "actors/delivery/wire.hpp"
#include "tests/actors/delivery/delivery_fixture.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace herald::test {

using namespace std::chrono_literals;

TEST_F(a_delivery, reports_a_success_with_nothing_to_remember) {
  answer_all(answered(204));
  give(5, 5);
  auto& report = only_report();
  EXPECT_EQ(report.token, 77u);
  EXPECT_EQ(report.log, 3);
  EXPECT_EQ(report.seq, 5u);
  EXPECT_EQ(report.how, verdict::done);
  EXPECT_EQ(report.made, nullptr);
}

TEST_F(a_delivery, remembers_a_success_where_those_are_kept) {
  options->keep_successes = true;
  answer_all(answered(204));
  give(5, 5);
  auto& report = only_report();
  EXPECT_EQ(report.how, verdict::done);
  ASSERT_NE(report.made, nullptr);
  EXPECT_EQ(report.made->attempt, 1u);
  EXPECT_EQ(report.made->status, 204);
  EXPECT_EQ(report.made->why, failure::none);
}

TEST_F(a_delivery, sends_the_parts_of_the_request_to_the_callback) {
  auto what = item(5);
  give({what});
  ASSERT_EQ(net.posts().size(), 1u);
  auto& post = net.posts()[0];
  EXPECT_EQ(post.what, what.what) << "the event is shared, not copied";
  EXPECT_EQ(post.to->authority, "sub.example");
  EXPECT_EQ(*post.head, *subscription_head(*post.to, who));
  EXPECT_EQ(post.fields, attempt_fields(who, *what.what, 1, wall()));
}

TEST_F(a_delivery, keeps_no_more_in_flight_than_configured) {
  give(1, 10);
  EXPECT_EQ(in_flight(), 4u);
  release_first(answered(200));
  EXPECT_EQ(in_flight(), 4u);
  EXPECT_EQ(net.posts().size(), 5u);
}

TEST_F(a_delivery, goes_in_the_order_in_which_it_was_told) {
  options->in_flight = 1;
  answer_all(answered(200));
  give(1, 5);
  give(6, 8);
  ASSERT_EQ(net.posts().size(), 8u);
  for (sequence i = 0; i < 8; ++i)
    EXPECT_EQ(net.posts()[i].what->seq, i + 1);
}

// After a restart: the breaker's pause is over, and a row and a new event are
// handed out at once.
TEST_F(a_delivery,
       probes_with_one_attempt_where_the_spreader_knows_of_failures) {
  give_as_failing({item(1), item(2)});
  EXPECT_EQ(net.posts().size(), 1u);
  release_first(answered(200));
  EXPECT_EQ(net.posts().size(), 2u);
}

TEST_F(a_delivery, makes_one_attempt_at_a_time_while_it_fails) {
  give(1, 12);
  for (size_t index : {0, 1, 2})
    release(index, answered(500));
  EXPECT_EQ(in_flight(), 1u) << "nothing new beside the last of the first four";
  release(3, answered(500));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(in_flight(), 1u);
    release_first(answered(500));
  }
}

TEST_F(a_delivery, tells_the_network_whether_it_failed_last_time) {
  give({item(1), item(2, 3)});
  EXPECT_FALSE(net.posts().at(0).again);
  EXPECT_TRUE(net.posts().at(1).again) << "in an earlier life";
  release(0, answered(500));
  release(1, answered(500));
  know_failures(2);
  give({item(3)});
  EXPECT_TRUE(net.posts().at(2).again) << "this event did not, but the last";
  release(2, answered(200));
  give({item(4)});
  EXPECT_FALSE(net.posts().at(3).again);
}

TEST_F(a_delivery, goes_back_to_full_after_a_success) {
  give(1, 20);
  for (size_t index : {0, 1, 2, 3})
    release(index, answered(500));
  ASSERT_EQ(in_flight(), 1u);
  release_first(answered(200));
  EXPECT_EQ(in_flight(), 4u);
}

TEST_F(a_delivery, failure_is_due_again_by_the_schedule_and_on_record) {
  auto outcome = answered(500);
  outcome.duration_ms = 12;
  outcome.excerpt = "out of order";
  answer_all(outcome);
  give(5, 5);
  auto& report = only_report();
  EXPECT_EQ(report.how, verdict::retry);
  EXPECT_EQ(report.due, wall() + 5000);
  ASSERT_TRUE(report.made);
  EXPECT_EQ(*report.made, (attempt_record{{who.id, 3, 5},
                                          1,
                                          start_time,
                                          12,
                                          500,
                                          failure::status,
                                          "out of order"}));
}

TEST_F(a_delivery, redirect_is_a_failure) {
  for (auto status : std::vector<uint16_t>{300, 301, 302, 307, 308}) {
    notes->reports.clear();
    answer_all(answered(status));
    give(5, 5);
    EXPECT_EQ(only_report().how, verdict::retry) << status;
  }
}

TEST_F(a_delivery, no_answer_is_a_failure_for_its_reason) {
  for (auto why : {failure::dns, failure::connect, failure::tls,
                   failure::timeout, failure::protocol, failure::policy}) {
    notes->reports.clear();
    answer_all(unanswered(why));
    give(5, 5);
    EXPECT_EQ(only_report().how, verdict::retry);
    ASSERT_TRUE(only_report().made);
    EXPECT_EQ(only_report().made->why, why);
    EXPECT_EQ(only_report().made->status, 0);
  }
}

TEST_F(a_delivery, counts_attempts_from_those_before) {
  answer_all(answered(500));
  give({item(5, 4)});
  EXPECT_TRUE(net.posts().at(0).fields.find("Herald-Attempt: 5\r\n")
              != std::string::npos);
  EXPECT_EQ(only_report().made->attempt, 5u);
  EXPECT_EQ(only_report().due, wall() + 30 * 60'000) << "the fifth delay";
}

TEST_F(a_delivery, honours_retry_after_of_429_and_503) {
  for (auto status : std::vector<uint16_t>{503, 429}) {
    notes->reports.clear();
    answer_all(asking(status, "120"));
    give(5, 5);
    EXPECT_EQ(only_report().how, verdict::retry);
    EXPECT_EQ(only_report().due, wall() + 120'000) << status;
  }
}

TEST_F(a_delivery, ignores_retry_after_of_other_answers) {
  for (auto status : std::vector<uint16_t>{301, 400, 404, 500, 502, 504}) {
    notes->reports.clear();
    answer_all(asking(status, "120"));
    give(5, 5);
    EXPECT_EQ(only_report().due, wall() + 5000) << status;
  }
}

TEST_F(a_delivery, ignores_a_senseless_retry_after) {
  answer_all(asking(503, "soon"));
  give(5, 5);
  EXPECT_EQ(only_report().due, wall() + 5000);
}

TEST_F(a_delivery, retry_after_past_the_maximum_age_is_death) {
  answer_all(asking(503, "999999999"));
  give(5, 5);
  EXPECT_EQ(only_report().how, verdict::dead);
  EXPECT_TRUE(only_report().made);
}

TEST_F(a_delivery, event_past_its_maximum_age_dies_of_a_failure) {
  answer_all(answered(500));
  auto age = options->retry.max_age.count();
  give({item(5, 3, start_time - age + 1000)});
  auto& report = only_report();
  EXPECT_EQ(report.how, verdict::dead);
  ASSERT_TRUE(report.made);
  EXPECT_EQ(report.made->attempt, 4u);
  EXPECT_EQ(report.made->status, 500);
}

TEST_F(a_delivery, event_past_its_maximum_age_may_still_succeed) {
  answer_all(answered(200));
  give({item(5, 3, start_time - 2 * options->retry.max_age.count())});
  EXPECT_EQ(only_report().how, verdict::done);
}

TEST_F(a_delivery, tells_at_once_when_the_subscriber_is_gone) {
  give(1, 10);
  release(0, answered(410));
  EXPECT_EQ(only_report().how, verdict::gone);
  ASSERT_TRUE(only_report().made);
  EXPECT_EQ(only_report().made->status, 410);
  EXPECT_EQ(net.posts().size(), 4u);
}

// Every further attempt would be answered like this one.
TEST_F(a_delivery, gives_up_an_event_that_goes_round_in_circles) {
  answer_all(answered(508));
  auto looping = item(5, 0);
  auto what = std::make_shared<event>(*looping.what);
  what->fields.emplace_back(hops_field, "8");
  looping.what = what;
  give({looping});
  EXPECT_EQ(only_report().how, verdict::dead);
  ASSERT_TRUE(only_report().made);
  EXPECT_EQ(only_report().made->status, 508);
}

TEST_F(a_delivery, tries_again_where_508_says_nothing_of_circles) {
  answer_all(answered(508));
  give({item(5, 0)});
  EXPECT_EQ(only_report().how, verdict::retry);
}

TEST_F(a_delivery, sends_nothing_after_the_lease_has_ended) {
  who.expires_at = start_time;
  give(1, 3);
  EXPECT_TRUE(net.posts().empty());
  ASSERT_EQ(notes->reports.size(), 3u);
  for (auto& each : notes->reports) {
    EXPECT_EQ(each.how, verdict::unused);
    EXPECT_EQ(each.made, nullptr);
  }
}

TEST_F(a_delivery, sends_until_the_lease_ends) {
  who.expires_at = start_time + 1000;
  give(1, 10);
  ASSERT_EQ(net.posts().size(), 4u);
  advance(1s);
  release(0, answered(200));
  EXPECT_EQ(net.posts().size(), 4u);
  for (size_t index : {1, 2, 3})
    release(index, answered(200));
  EXPECT_EQ(notes->reports.size(), 10u);
}

TEST_F(a_delivery, renewed_secret_is_used_for_the_next_attempt) {
  options->in_flight = 1;
  who.secret = "old";
  give(1, 2);
  who.secret = "new";
  give({});
  release(0, answered(200));
  ASSERT_EQ(net.posts().size(), 2u);
  auto& second = net.posts()[1];
  EXPECT_EQ(second.fields, attempt_fields(who, *second.what, 1, wall()));
}

TEST_F(a_delivery, renewed_lease_goes_on_with_what_waits) {
  options->in_flight = 1;
  who.expires_at = start_time + 1000;
  give(1, 2);
  who.expires_at = start_time + 10'000;
  give({});
  advance(2s);
  release(0, answered(200));
  EXPECT_EQ(net.posts().size(), 2u);
}

TEST_F(a_delivery, signature_of_each_attempt_has_its_own_time) {
  who.secret = "s";
  answer_all(answered(500));
  give({item(5)});
  advance(7s);
  give({item(5, 1)});
  ASSERT_EQ(net.posts().size(), 2u);
  auto& again = net.posts()[1];
  EXPECT_EQ(again.fields, attempt_fields(who, *again.what, 2, wall()));
}

TEST_F(a_delivery, unknown_or_repeated_reply_changes_nothing) {
  give(1, 1);
  auto token = net.posts().at(0).token;
  settle({{token + 1000, answered(200)}});
  EXPECT_TRUE(notes->reports.empty());
  release(0, answered(200));
  settle({{token, answered(500)}});
  EXPECT_EQ(only_report().how, verdict::done);
}

TEST_F(a_delivery, reports_every_item_exactly_once_whatever_happens) {
  const http_outcome outcomes[]
    = {answered(200),           answered(200),    answered(301),
       answered(500),           answered(404),    answered(503),
       asking(429, "999999"),   asking(503, "1"), unanswered(failure::timeout),
       unanswered(failure::dns)};
  for (unsigned seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 rng{seed};
    notes->reports.clear();
    options->in_flight = 1 + rng() % 5;
    sequence given = 0;
    while (given < 60 || notes->reports.size() < given) {
      if (given < 60 && rng() % 3 == 0) {
        auto last = given + 1 + rng() % 8;
        give(given + 1, last);
        given = last;
      } else if (in_flight() > 0) {
        auto held = net.held_posts();
        release(held[rng() % held.size()],
                outcomes[rng() % std::size(outcomes)]);
      } else {
        advance(1s); // A 429 asks for patience.
      }
      ASSERT_LE(in_flight(), options->in_flight);
    }
    std::multiset<sequence> seen;
    for (auto& each : notes->reports)
      seen.insert(each.seq);
    ASSERT_EQ(seen.size(), given);
    for (sequence seq = 1; seq <= given; ++seq)
      ASSERT_EQ(seen.count(seq), 1u) << seq;
  }
}

} // namespace herald::test
