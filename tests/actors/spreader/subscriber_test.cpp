#include "actors/spreader/subscriber.hpp"
#include "tests/actors/engine_values.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace herald::test {

TEST(subscriber, has_work_for_each_reason) {
  read_ahead_total total = 0;
  subscriber who;
  EXPECT_FALSE(who.has_work());
  who.jobs = 1;
  EXPECT_TRUE(who.has_work());
  who.jobs = 0;
  who.waiting.push_back(event_at(1));
  EXPECT_TRUE(who.has_work());
  who.waiting.clear();
  who.hand.push_back({0, event_at(1)});
  EXPECT_TRUE(who.has_work());
  who.hand.clear();
  who.replays.try_emplace(0, lag{}, total);
  EXPECT_TRUE(who.has_work());
  who.replays.clear();
  who.loading = true;
  EXPECT_TRUE(who.has_work());
}

TEST(subscriber, finds_in_its_hand_by_log_and_sequence) {
  subscriber who;
  who.hand.push_back({0, event_at(1)});
  who.hand.push_back({1, event_at(1)});
  who.hand.push_back({0, event_at(2)});
  ASSERT_NE(who.find(1, 1), nullptr);
  EXPECT_EQ(who.find(1, 1), &who.hand[1]);
  EXPECT_EQ(who.find(0, 2), &who.hand[2]);
  EXPECT_EQ(who.find(1, 2), nullptr);
}

TEST(subscriber, has_no_flags_that_contradict_each_other) {
  subscriber who;
  EXPECT_TRUE(who.is_consistent());
  for (bool loading : {false, true}) {
    who.loading = loading;
    for (bool parked : {false, true})
      for (bool found : {false, true}) {
        who.parked = parked;
        who.found = found;
        EXPECT_EQ(who.is_consistent(), parked || !found);
      }
  }
  who.told_failing = true;
  EXPECT_FALSE(who.is_consistent()) << "told of what does not fail";
  who.how.failures = 1;
  EXPECT_TRUE(who.is_consistent());
  who.wishes.emplace_back();
  EXPECT_TRUE(who.is_consistent());
  who.loading = false;
  EXPECT_FALSE(who.is_consistent()) << "a wish is a load";
}

TEST(subscriber, is_served_by_the_window_or_by_a_replay_not_by_both) {
  read_ahead_total total = 0;
  subscriber who;
  who.who = subscriber_named('a');
  who.waiting.push_back(event_at(5));
  EXPECT_TRUE(who.is_consistent());
  lag row{id_of('a'), 0, 3};
  auto& state = who.replays.try_emplace(0, row, total).first->second;
  EXPECT_FALSE(who.is_consistent());
  who.waiting.clear();
  EXPECT_TRUE(who.is_consistent());
  state.wanted = {3};
  state.read = 7;
  EXPECT_FALSE(who.is_consistent()) << "the row has passed it";
  state.wanted = {4, 7};
  EXPECT_TRUE(who.is_consistent());
  state.wanted.push_back(8);
  EXPECT_FALSE(who.is_consistent()) << "the log was not looked through so far";
}

TEST(read_ahead, gives_back_what_it_held) {
  read_ahead_total total = 0;
  read_ahead other{total};
  {
    read_ahead aut{total};
    aut.push(4, event_at(4));
    auto one = total;
    EXPECT_GE(one, sizeof(event) + event_at(4)->body.size());
    aut.push(6, nullptr);
    EXPECT_EQ(total, one) << "what the store does not have takes nothing";
    aut.push(7, event_at(7));
    EXPECT_EQ(aut.size(), 3u);
    EXPECT_EQ(aut.front(), 4u);
    EXPECT_EQ(aut.pop()->seq, 4u);
    EXPECT_EQ(aut.pop(), nullptr);
    EXPECT_EQ(aut.front(), 7u);
    EXPECT_EQ(total, one);
    other = std::move(aut);
    EXPECT_EQ(total, one);
  }
  EXPECT_EQ(other.front(), 7u) << "it has moved";
  other.clear();
  EXPECT_TRUE(other.empty());
  EXPECT_EQ(total, 0u);
}

TEST(read_ahead, gives_back_at_its_end) {
  read_ahead_total total = 0;
  {
    read_ahead aut{total};
    aut.push(1, event_at(1));
    replay with{lag{}, total};
    with.ahead = std::move(aut);
    EXPECT_GT(total, 0u);
  }
  EXPECT_EQ(total, 0u);
}

TEST(subscriber_table, makes_a_subscriber_once) {
  subscriber_table aut;
  EXPECT_EQ(aut.find(id_of('a')), nullptr);
  auto& a = aut.at(id_of('a'));
  EXPECT_EQ(a.id, id_of('a'));
  EXPECT_EQ(&aut.at(id_of('a')), &a);
  EXPECT_EQ(aut.find(id_of('a')), &a);
  EXPECT_EQ(aut.find(a.token()), &a);
  EXPECT_EQ(aut.size(), 1u);
}

TEST(subscriber_table, forgets_who_was_erased) {
  subscriber_table aut;
  auto token = aut.at(id_of('a')).token();
  aut.erase(aut.at(id_of('a')));
  EXPECT_EQ(aut.find(id_of('a')), nullptr);
  EXPECT_EQ(aut.find(token), nullptr);
  EXPECT_EQ(aut.size(), 0u);
}

TEST(subscriber_table, token_of_an_erased_one_names_no_other) {
  subscriber_table aut;
  std::set<uint64_t> tokens;
  for (int i = 0; i < 100; ++i) {
    auto& who = aut.at(id_of(uint8_t(i % 3)));
    EXPECT_TRUE(tokens.insert(who.token()).second);
    for (auto token : tokens)
      EXPECT_EQ(aut.find(token), token == who.token() ? &who : nullptr);
    aut.erase(who);
  }
}

TEST(subscriber_table, unknown_token_finds_nobody) {
  subscriber_table aut;
  EXPECT_EQ(aut.find(uint64_t{0}), nullptr);
  EXPECT_EQ(aut.find(~uint64_t{0}), nullptr);
  aut.at(id_of('a'));
  EXPECT_EQ(aut.find(~uint64_t{0}), nullptr);
}

TEST(subscriber_table, each_may_erase_the_one_it_is_given) {
  subscriber_table aut;
  for (uint8_t i = 0; i < 10; ++i)
    aut.at(id_of(i));
  size_t seen = 0;
  aut.each([&](subscriber& who) {
    ++seen;
    if (who.id.bytes[0] % 2 == 0)
      aut.erase(who);
  });
  EXPECT_EQ(seen, 10u);
  EXPECT_EQ(aut.size(), 5u);
}

TEST(subscriber_table, agrees_with_a_map_whatever_happens) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 rng{seed};
    subscriber_table aut;
    std::map<subscription_id, subscriber*> model;
    for (int i = 0; i < 300; ++i) {
      auto id = id_of(uint8_t(rng() % 20));
      if (rng() % 2 == 0)
        model[id] = &aut.at(id);
      else if (auto known = aut.find(id)) {
        aut.erase(*known);
        model.erase(id);
      }
      ASSERT_EQ(aut.size(), model.size());
      for (auto& [each, where] : model) {
        ASSERT_EQ(aut.find(each), where) << "references stay valid";
        ASSERT_EQ(aut.find(where->token()), where);
        ASSERT_EQ(where->id, each);
      }
    }
  }
}

} // namespace herald::test
