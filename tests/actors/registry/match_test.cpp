#include "tests/actors/registry/registry_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace herald::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(a_registry, gives_a_subscription_what_came_after_its_start) {
  auto before = publish(feed);
  hold();
  subscribe(feed, callback);
  auto during = publish(feed);
  confirm(0);
  auto after = publish(feed);
  auto result = match({before, during, after});
  EXPECT_THAT(result.ends, ElementsAre(0, 0, 1));
}

TEST_F(a_registry, matches_in_the_order_of_ids) {
  for (int i = 0; i < 20; ++i)
    subscribe(feed, "http://s/" + std::to_string(i));
  auto result = match({publish(feed), publish("http://other/"), publish(feed)});
  EXPECT_THAT(result.ends, ElementsAre(20, 20, 40));
  ASSERT_EQ(result.who.size(), 40u);
  auto ids = [&](size_t from) {
    std::vector<subscription_id> all;
    for (size_t i = from; i < from + 20; ++i)
      all.push_back(result.who[i]->id);
    return all;
  };
  auto first = ids(0);
  EXPECT_TRUE(std::is_sorted(first.begin(), first.end()));
  EXPECT_EQ(first, ids(20));
}

TEST_F(a_registry, bounds_the_matches_but_looks_at_one_event_at_least) {
  for (int i = 0; i < 10; ++i)
    subscribe(feed, "http://s/" + std::to_string(i));
  std::vector<event_ptr> events{publish(feed), publish("http://other/"),
                                publish(feed), publish(feed)};
  EXPECT_THAT(match(events, 25).ends, ElementsAre(10, 10, 20));
  EXPECT_THAT(match(events, 20).ends, ElementsAre(10, 10, 20));
  EXPECT_THAT(match(events, 19).ends, ElementsAre(10, 10));
  EXPECT_THAT(match(events, 1).ends, ElementsAre(10));
  EXPECT_EQ(match(events, 1).what.events->size(), 4u);
}

TEST_F(a_registry, gives_one_callback_one_delivery_by_its_longest_layer) {
  subscribe("*", callback, "all");
  subscribe("a", callback, "short");
  subscribe("A.B.*", callback, "long");
  auto result = match({publish("a.b.c")});
  ASSERT_EQ(result.who.size(), 1u);
  EXPECT_EQ(result.who[0]->secret, "long");
  unsubscribe("a.b", callback);
  result = match({publish("a.b.c")});
  ASSERT_EQ(result.who.size(), 1u);
  EXPECT_EQ(result.who[0]->secret, "short");
}

TEST_F(a_registry, gives_an_older_event_to_the_layer_that_was_there) {
  subscribe("a", callback, "short");
  auto older = publish("a.b");
  subscribe("a.b", callback, "long");
  auto result = match({older, publish("a.b")});
  ASSERT_EQ(result.who.size(), 2u);
  EXPECT_EQ(result.who[0]->secret, "short");
  EXPECT_EQ(result.who[1]->secret, "long");
}

// If the new layer began before what the old one was given, the old one would
// be replayed without it, and nobody would deliver it.
TEST_F(a_registry, begins_a_layer_behind_what_others_were_given_meanwhile) {
  subscribe("a", callback, "short");
  hold();
  subscribe("a.b", callback, "long");
  event_ptr meanwhile;
  disk->fault = [&](std::string_view call, fault_at when) {
    if (call == "heads" && when == fault_at::after) {
      meanwhile = publish("a.b");
      tell_match(meanwhile);
    }
    return caf::error{};
  };
  confirm(1);
  ASSERT_EQ(spreader->matches.size(), 1u);
  ASSERT_EQ(spreader->matches[0].who.size(), 1u);
  EXPECT_EQ(spreader->matches[0].who[0]->secret, "short");
  tell(replay_request{1, 0, id_of("a", callback), {*meanwhile}});
  run();
  EXPECT_THAT(spreader->replays.back().wanted, ElementsAre(meanwhile->seq));
  EXPECT_THAT(stored(id_of("a.b", callback))->starts,
              ElementsAre(meanwhile->seq, 0));
}

TEST_F(a_registry, replays_what_matching_would_have_found) {
  auto before = publish("a.b");
  subscribe("a", callback, "short");
  auto shadowed_later = publish("a.b");
  subscribe("a.b", callback, "long");
  std::vector<event_meta> events{*before, *shadowed_later, *publish("a.b"),
                                 *publish("a.x"), *publish("b")};
  auto replayed = [&](const subscription_id& who) {
    tell(replay_request{7, 0, who, events});
    run();
    EXPECT_EQ(spreader->replays.back().token, 7u);
    return spreader->replays.back();
  };
  EXPECT_THAT(replayed(id_of("a", callback)).wanted, ElementsAre(2, 4));
  EXPECT_THAT(replayed(id_of("a.b", callback)).wanted, ElementsAre(3));
  auto unknown = replayed(id);
  EXPECT_EQ(unknown.who, nullptr);
  EXPECT_THAT(unknown.wanted, IsEmpty());
  advance(lease * 1s);
  EXPECT_EQ(replayed(id_of("a", callback)).who, nullptr);
}

// People see the new row in the store before the registry hears that it is
// written: what they publish then must not be missed.
TEST_F(a_registry, holds_matches_while_a_new_subscription_is_written) {
  hold();
  subscribe(feed, callback);
  disk->fault = [&](std::string_view call, fault_at when) {
    if (call == "change" && when == fault_at::after) {
      auto what = publish(feed);
      tell_match(what);
      tell(replay_request{1, 0, id, {*what}});
    }
    return caf::error{};
  };
  confirm(0);
  EXPECT_TRUE(stored(id)->active);
  ASSERT_EQ(spreader->matches.size(), 1u);
  EXPECT_EQ(spreader->matches[0].who.size(), 1u);
  ASSERT_EQ(spreader->replays.size(), 1u);
  EXPECT_THAT(spreader->replays[0].wanted, testing::ElementsAre(1));
}

} // namespace
} // namespace herald::test
