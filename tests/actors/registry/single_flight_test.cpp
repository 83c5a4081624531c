#include "tests/actors/registry/registry_fixture.hpp"

#include <gmock/gmock.h>

#include <map>

namespace herald::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(a_registry, verifies_the_newest_word_after_an_older_one) {
  hold();
  subscribe(feed, callback, "one");
  subscribe(feed, callback, "two");
  subscribe(feed, callback, "three");
  EXPECT_EQ(net.fetches().size(), 1u);
  confirm(0);
  EXPECT_EQ(active_secret(id), "-");
  ASSERT_EQ(net.fetches().size(), 2u);
  confirm(1);
  EXPECT_EQ(active_secret(id), "three");
  EXPECT_EQ(net.fetches().size(), 2u);
}

TEST_F(a_registry, lets_a_refused_older_word_not_touch_a_newer_one) {
  hold();
  subscribe(feed, callback, "one");
  subscribe(feed, callback, "two");
  net.release_fetch(0, fetched(404));
  run();
  ASSERT_EQ(net.fetches().size(), 2u);
  confirm(1);
  EXPECT_EQ(active_secret(id), "two");
}

TEST_F(a_registry, does_not_wait_where_only_an_older_word_got_no_answer) {
  hold();
  subscribe(feed, callback, "one");
  subscribe(feed, callback, "two");
  net.release_fetch(0, fetched(503));
  run();
  ASSERT_EQ(net.fetches().size(), 2u);
  confirm(1);
  EXPECT_EQ(active_secret(id), "two");
}

TEST_F(a_registry, verifies_identical_repeats_once) {
  hold();
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(subscribe(feed, callback, "s"));
  EXPECT_EQ(net.fetches().size(), 1u);
  EXPECT_EQ(changes, 1u);
  confirm(0);
  EXPECT_EQ(active_secret(id), "s");
  EXPECT_THAT(net.held_fetches(), IsEmpty());
}

TEST_F(a_registry, verifies_a_repeat_at_once_while_it_waits_for_another_try) {
  answer_with(fetched(503));
  subscribe(feed, callback, "s");
  advance(1s);
  advance(5s);
  net.on_fetch = echo;
  subscribe(feed, callback, "s");
  EXPECT_EQ(active_secret(id), "s");
  auto fetches = net.fetches().size();
  advance(2min);
  EXPECT_EQ(net.fetches().size(), fetches);
}

TEST_F(a_registry, writes_one_group_for_many_requests) {
  hold();
  std::vector<std::function<caf::expected<atom::done>()>> answers;
  for (int i = 0; i < 100; ++i)
    answers.push_back(
      request(wish(feed, "http://s/" + std::to_string(i % 50))));
  run();
  for (auto& answer : answers)
    EXPECT_TRUE(answer());
  EXPECT_EQ(changes, 1u);
  EXPECT_EQ(disk->shards[0].subscriptions.size(), 50u);
}

TEST_F(a_registry, bounds_the_verifications_of_a_storm) {
  hold();
  for (int i = 0; i < 300; ++i)
    subscribe(feed,
              "http://s" + std::to_string(i % 20) + "/" + std::to_string(i));
  EXPECT_EQ(net.held_fetches().size(), 64u);
  size_t released = 0;
  while (!net.held_fetches().empty()) {
    std::map<std::string, size_t> origins;
    for (auto index : net.held_fetches())
      EXPECT_LE(++origins[net.fetches()[index].to->origin], 8u);
    // The newest first: any order will do.
    confirm(net.held_fetches().back());
    ++released;
  }
  EXPECT_EQ(released, 300u);
  EXPECT_EQ(net.most_held_fetches(), 64u);
  EXPECT_EQ(receivers(feed).size(), 300u);
}

TEST_F(a_registry, bounds_the_verifications_of_one_origin) {
  hold();
  for (int i = 0; i < 30; ++i)
    subscribe(feed, "http://one/" + std::to_string(i));
  EXPECT_EQ(net.held_fetches().size(), 8u);
  subscribe(feed, "http://two/");
  EXPECT_EQ(net.held_fetches().size(), 9u);
  while (!net.held_fetches().empty())
    confirm(net.held_fetches().front());
  EXPECT_EQ(receivers(feed).size(), 31u);
}

TEST_F(a_registry, asks_an_origin_that_answered_before_the_result_is_durable) {
  hold();
  for (int i = 0; i < 100; ++i)
    subscribe(feed, "http://one/" + std::to_string(i));
  fail_calls("change", 1000, errc::unavailable);
  // Each answer makes room at the origin, up to what may wait for the store.
  size_t asked = 0;
  for (; !net.held_fetches().empty(); ++asked) {
    EXPECT_LE(net.held_fetches().size(), 8u);
    confirm(net.held_fetches().front());
  }
  EXPECT_EQ(asked, 64u);
  EXPECT_EQ(receivers(feed).size(), 0u);
  disk->fault = nullptr;
  for (; asked < 100; ++asked) {
    if (net.held_fetches().empty())
      advance(1s);
    confirm(net.held_fetches().front());
  }
  advance(1s);
  EXPECT_EQ(receivers(feed).size(), 100u);
}

TEST_F(a_registry, verifies_a_parked_pair_when_the_others_of_its_origin_go) {
  hold();
  for (int i = 0; i < 60; ++i)
    subscribe(feed, "http://one/" + std::to_string(i));
  // Those that are parked first vanish before it is their turn.
  for (int i = 8; i < 58; ++i)
    EXPECT_TRUE(remove(id_of(feed, "http://one/" + std::to_string(i))));
  for (size_t i = 0; i < 8; ++i)
    confirm(i);
  while (!net.held_fetches().empty())
    confirm(net.held_fetches().front());
  EXPECT_EQ(receivers(feed).size(), 10u);
}

TEST_F(a_registry, refuses_what_is_over_its_bounds) {
  kill(aut);
  limits.open_intents = 2;
  limits.denials = 1;
  boot();
  hold();
  EXPECT_TRUE(subscribe(feed, "http://s/1"));
  auto denied = wish(feed, "http://s/d1");
  denied.denied = "no";
  EXPECT_TRUE(send(denied));
  auto another = wish(feed, "http://s/d2");
  another.denied = "no";
  auto refused = send(another);
  ASSERT_FALSE(refused);
  EXPECT_EQ(code_of(refused.error()), errc::overloaded);
  EXPECT_TRUE(subscribe(feed, "http://s/2"));
  refused = subscribe(feed, "http://s/3");
  ASSERT_FALSE(refused);
  EXPECT_EQ(code_of(refused.error()), errc::overloaded);
}

} // namespace
} // namespace herald::test
