#include "actors/delivery/wire.hpp"
#include "tests/actors/spreader/spreader_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace herald::test {

using namespace std::chrono_literals;

TEST_F(a_spreader, delivers_to_everybody_and_writes_only_the_cursor) {
  answer_all(200);
  make();
  std::vector<sequence> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(append());
  pass(200ms);
  EXPECT_EQ(posted_to('a'), all);
  EXPECT_EQ(posted_to('b'), all);
  EXPECT_EQ(cursor(), head);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_spreader, cursor_waits_for_what_is_open_and_no_longer_than_patience) {
  make();
  append();
  pass(200ms);
  EXPECT_LT(cursor(), head);
  EXPECT_EQ(rows(), 0u);
  pass(200ms);
  EXPECT_EQ(cursor(), head);
  EXPECT_EQ(rows(), 2u) << "a row each";
  for (auto index : net.held_posts())
    net.release_post(index, answered(200));
  pass(200ms);
  EXPECT_EQ(rows(), 0u);
  EXPECT_EQ(net.posts().size(), 2u);
}

// What only waits behind that which hangs has no place in the window.
TEST_F(a_spreader, hanging_subscriber_delays_another_once_by_the_patience) {
  limits.open_deliveries = 64;
  net.on_post = [](const post_request& post) -> std::optional<http_outcome> {
    if (post.to->path == "/a")
      return std::nullopt;
    return answered(200);
  };
  make();
  append_many(640);
  pass(200ms);
  EXPECT_LE(posted_to('b').size(), 64u) << "the window is full";
  pass(200ms);
  EXPECT_EQ(posted_to('b').size(), 640u);
  EXPECT_EQ(posted_to('a').size(), 8u);
  append_many(64);
  pass(20ms);
  EXPECT_EQ(posted_to('b').size(), 704u);
  EXPECT_EQ(rows(), 704u);
}

TEST_F(a_spreader, failing_subscriber_delays_another_not_at_all) {
  limits.open_deliveries = 64;
  deliveries.breaker.failures = 3;
  answer('a', 503);
  make();
  append();
  pass(20ms);
  append_many(640);
  pass(100ms);
  EXPECT_EQ(posted_to('b').size(), 641u);
}

TEST_F(a_spreader, late_subscriber_that_answers_gets_all_from_the_window) {
  make();
  append_many(50);
  pass(400ms);
  ASSERT_EQ(rows(), 100u);
  answer_all(200);
  release_all(200);
  pass(1000ms);
  ASSERT_EQ(rows(), 0u);
  hold_all();
  append();
  pass(100ms);
  EXPECT_EQ(rows(), 0u) << "it has its patience again";
  EXPECT_EQ(net.held_posts().size(), 2u);
}

TEST_F(a_spreader, failure_becomes_a_row_and_is_tried_again_when_due) {
  answer_all(503);
  make();
  append();
  pass(1000ms);
  EXPECT_EQ(cursor(), head);
  EXPECT_EQ(rows(), 2u);
  EXPECT_EQ(net.posts().size(), 2u);
  answer_all(200);
  pass(3500ms);
  EXPECT_EQ(net.posts().size(), 2u) << "not before five seconds";
  pass(1000ms);
  EXPECT_EQ(net.posts().size(), 4u);
  pass(200ms);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_spreader, reads_from_the_store_what_it_was_not_told) {
  answer_all(200);
  make();
  std::vector<sequence> all{append(false), append(false), append(true)};
  pass(200ms);
  EXPECT_EQ(posted_to('a'), all);
  EXPECT_EQ(cursor(), head);
}

// Who has nothing to do is not known to the spreader, and what is being read
// was matched before.
TEST_F(a_spreader, signs_with_a_secret_that_came_while_bodies_were_read) {
  auto who = subscription_of('a');
  who.secret = "old";
  registry->who = {std::make_shared<const subscription>(who)};
  who.secret = "new";
  who.revision = 1;
  answer_all(200);
  make();
  disk->fault = [&](std::string_view call, fault_at when) {
    if (call == "bodies" && when == fault_at::before)
      tell_changed(who);
    return caf::error{};
  };
  append(false);
  pass(5000ms);
  ASSERT_EQ(net.posts().size(), 1u);
  auto& post = net.posts()[0];
  EXPECT_THAT(post.fields, testing::HasSubstr(hub_signature(who.method, "new",
                                                            post.what->body)));
}

TEST_F(a_spreader, signs_with_a_secret_that_came_before_there_was_room) {
  registry->who = {subscriber_named('a')};
  answer_all(503);
  make();
  append();
  pass(100ms);
  auto who = subscription_of('b');
  who.secret = "old";
  registry->who = {std::make_shared<const subscription>(who)};
  fail_next("forget", fault_at::before, errc::unavailable, 1);
  tell_ended('a');
  append(); // Waits until the rows of 'a' are gone.
  who.secret = "new";
  who.revision = 1;
  tell_changed(who);
  run();
  ASSERT_TRUE(posted_to('b').empty());
  pass(2000ms);
  ASSERT_EQ(posted_to('b').size(), 1u);
  auto& post = net.posts().back();
  EXPECT_THAT(post.fields, testing::HasSubstr(hub_signature(who.method, "new",
                                                            post.what->body)));
}

TEST_F(a_spreader, damaged_event_is_dead_and_stops_nobody) {
  answer_all(200);
  make();
  auto bad = append(false);
  auto stored = std::make_shared<event>(*disk->logs[0].events[bad]);
  stored->damaged = true;
  disk->logs[0].events[bad] = stored;
  auto good = append(true);
  pass(200ms);
  EXPECT_EQ(posted_to('a'), std::vector{good});
  EXPECT_EQ(cursor(), good);
  auto& letters = disk->partitions[0].dead;
  ASSERT_EQ(letters.size(), 2u) << "one for each subscriber, once";
  for (auto& [key, letter] : letters) {
    EXPECT_EQ(letter.key.seq, bad);
    EXPECT_EQ(letter.why, failure::damaged);
  }
}

TEST_F(a_spreader, finds_by_itself_what_nobody_told) {
  answer_all(200);
  make();
  auto seq = append(false);
  pass(5000ms);
  EXPECT_EQ(posted_to('a'), std::vector{seq});
}

TEST_F(a_spreader, goes_on_after_a_crash_where_the_store_says) {
  make();
  append();
  append();
  pass(100ms);
  ASSERT_EQ(net.posts().size(), 4u);
  kill(aut);
  answer_all(200);
  make();
  pass(1000ms);
  EXPECT_EQ(net.posts().size(), 8u) << "nothing was committed: all again";
  EXPECT_EQ(cursor(), head);
  kill(aut);
  make();
  pass(1000ms);
  EXPECT_EQ(net.posts().size(), 8u) << "all is done";
}

TEST_F(a_spreader, goes_on_after_a_crash_with_the_rows_that_are_due) {
  answer_all(503);
  make();
  append();
  pass(500ms);
  ASSERT_EQ(rows(), 2u);
  kill(aut);
  answer_all(200);
  make();
  pass(6000ms);
  EXPECT_EQ(net.posts().size(), 4u);
  EXPECT_EQ(net.posts().at(2).fields.substr(0, 19), "Herald-Attempt: 2\r\n");
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_spreader, has_a_subscription_removed_that_is_gone) {
  registry->who = {subscriber_named('a')};
  answer_all(410);
  make();
  append();
  pass(200ms);
  EXPECT_EQ(registry->removed, std::vector{id_of('a')});
  EXPECT_EQ(cursor(), head);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_spreader, forgets_the_rows_of_who_ended) {
  answer_all(503);
  make();
  append();
  pass(500ms);
  ASSERT_EQ(rows(), 2u);
  registry->who = {subscriber_named('b')};
  tell_ended('a');
  pass(10'000ms);
  EXPECT_EQ(posted_to('a').size(), 1u);
  EXPECT_GE(posted_to('b').size(), 2u);
  EXPECT_EQ(rows(), 1u);
}

TEST_F(a_spreader, drain_leaves_a_row_for_everything_open) {
  make();
  append();
  pass(50ms);
  auto answer = ask_to_drain();
  EXPECT_FALSE(has_answer()) << "two are in flight";
  net.release_post(0, answered(200));
  net.release_post(1, answered(503));
  pass(500ms);
  EXPECT_TRUE(answer());
  EXPECT_EQ(cursor(), head);
  EXPECT_EQ(rows(), 1u);
}

TEST_F(a_spreader, tells_how_a_subscriber_is_doing) {
  net.on_post = [](const post_request& post) {
    return answered(post.to->path == "/a" ? 503 : 200);
  };
  make();
  append();
  pass(500ms);
  auto told = status({id_of('a'), id_of('b'), id_of('c')});
  ASSERT_EQ(told.size(), 3u);
  EXPECT_TRUE(told.at(0).failing);
  EXPECT_EQ(told.at(0).pending, 1u);
  EXPECT_FALSE(told.at(1).failing);
  EXPECT_EQ(told.at(1).pending, 0u);
  EXPECT_EQ(told.at(2).pending, 0u);
}

TEST_F(a_spreader, subscriber_with_too_many_rows_lags_and_misses_nothing) {
  limits.jobs = 5;
  limits.in_hand = 2;
  registry->who = {subscriber_named('a')};
  answer_all(503);
  make();
  for (int i = 0; i < 30; ++i)
    append();
  pass(2000ms);
  EXPECT_EQ(cursor(), head);
  EXPECT_LE(rows(), 5u + limits.in_hand);
  EXPECT_EQ(disk->partitions[0].lagging.size(), 1u);
  answer_all(200);
  pass(60'000ms);
  auto seen = posted_to('a');
  for (auto seq : stored())
    EXPECT_EQ(std::count(seen.begin(), seen.end(), seq) > 0, true) << seq;
  EXPECT_EQ(rows(), 0u);
  EXPECT_TRUE(disk->partitions[0].lagging.empty());
}

} // namespace herald::test
