#include "actors/janitor.hpp"
#include "tests/actors/engine_fixture.hpp"
#include "tests/support/deterministic_actors.hpp"

#include <caf/event_based_actor.hpp>
#include <gtest/gtest.h>

namespace herald::test {

namespace {

using namespace std::chrono_literals;

class a_janitor : public with_store {
protected:
  std::shared_ptr<registry_notes> registry = std::make_shared<registry_notes>();
  std::shared_ptr<health> state = std::make_shared<health>();
  unix_ms system_offset = 0;
  bool at_rest = false;
  size_t releases = 0;
  size_t rests = 0; ///< Told to storekeepers.
  janitor_options options;

  void SetUp() override {
    options.retention.events = 1h;
    options.retention.history = 2h;
    options.portion = 3;
  }

  void make() {
    options.store = keeper;
    options.registries = {spawn_registry(registry)};
    options.time = time;
    options.state = state;
    options.system_time = [this] {
      return start_time + system_offset
             + std::chrono::duration_cast<milliseconds>(now() - begin).count();
    };
    options.release_memory = [this] {
      ++releases;
      return at_rest;
    };
    auto keeper_at_rest = [this](caf::event_based_actor*) -> caf::behavior {
      return {[this](atom::rest) { ++rests; }};
    };
    for (int i = 0; i < 2; ++i)
      options.storekeepers.push_back(caf::actor_cast<storekeeper_actor>(
        test::spawn_function(sys, keeper_at_rest)));
    spawn(janitor, options);
    run();
  }

  /// Lets time pass in steps of a second, as it does.
  void pass(std::chrono::seconds d) {
    for (; d > 0s; d -= 1s)
      advance(1s);
  }

  sequence store_at(unix_ms when) {
    static int number = 0;
    auto what = event_of("e" + std::to_string(++number));
    what.accepted_at = when;
    return store_event(std::move(what));
  }

  caf::actor_clock::time_point begin = now();
};

} // namespace

TEST_F(a_janitor, trims_events_past_their_retention_and_no_others) {
  auto hour = unix_ms{3600} * 1000;
  for (int i = 0; i < 10; ++i)
    store_at(start_time - hour - 1000 + i);
  std::vector<sequence> young{store_at(start_time - hour / 2),
                              store_at(start_time)};
  make();
  pass(2min);
  EXPECT_EQ(stored(), young);
}

TEST_F(a_janitor, trims_events_when_their_time_comes) {
  store_at(start_time);
  make();
  pass(59min);
  EXPECT_EQ(stored().size(), 1u);
  pass(3min);
  EXPECT_TRUE(stored().empty());
}

TEST_F(a_janitor, trims_the_oldest_events_above_the_size_that_is_kept) {
  std::vector<sequence> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(store_at(start_time));
  auto one = 128 + std::string{"shop.order"}.size()
             + 2 * std::string{"e100"}.size() + std::string{"hello"}.size();
  options.retention.bytes = 7 * one;
  make();
  pass(2min);
  EXPECT_LE(stored().size(), 7u);
  EXPECT_GE(stored().size(), 5u);
  EXPECT_EQ(stored().back(), all.back());
  auto newest = store_at(start_time);
  pass(2min);
  EXPECT_LE(stored().size(), 7u);
  EXPECT_EQ(stored().back(), newest);
}

TEST_F(a_janitor, goes_on_trimming_after_the_store_failed) {
  store_at(start_time - unix_ms{7200} * 1000);
  make();
  fail_next("trim", fault_at::before, errc::unavailable, 1);
  pass(5min);
  EXPECT_TRUE(stored().empty());
}

TEST_F(a_janitor, drops_history_past_its_retention_and_no_other) {
  commit_batch batch;
  for (uint32_t i = 0; i < 10; ++i)
    batch.attempts.push_back({{id_of('a'), 0, 1},
                              i + 1,
                              start_time - unix_ms{3 * 3600} * 1000 + i,
                              1,
                              500,
                              failure::status,
                              ""});
  batch.attempts.push_back(
    {{id_of('a'), 0, 1}, 99, start_time, 1, 500, failure::status, ""});
  auto own = db->acquire("node", 1, 1h, {}).value().at(0);
  ASSERT_FALSE(db->commit(own, batch));
  make();
  pass(2min);
  auto left = db->attempts(id_of('a'), "", 100);
  ASSERT_TRUE(left);
  ASSERT_EQ(left->items.size(), 1u);
  EXPECT_EQ(left->items[0].attempt, 99u);
}

TEST_F(a_janitor, keeps_no_more_attempts_than_it_may) {
  auto own = db->acquire("node", 1, 1h, {}).value().at(0);
  auto commit = [&](uint32_t first, uint32_t count, unix_ms at) {
    commit_batch batch;
    for (auto i = first; i < first + count; ++i)
      batch.attempts.push_back(
        {{id_of('a'), 0, 1}, i, at + i, 1, 500, failure::status, ""});
    ASSERT_FALSE(db->commit(own, batch));
  };
  auto kept = [&] {
    auto rows = db->attempts(id_of('a'), "", 100).value().items;
    return std::pair{rows.size(), rows.back().attempt};
  };
  options.retention.attempts = 7;
  commit(1, 20, start_time - 3'600'000);
  make();
  pass(2min);
  EXPECT_EQ(kept(), std::pair(size_t{7}, 14u));
  commit(21, 2, start_time);
  pass(3min);
  EXPECT_EQ(kept(), std::pair(size_t{7}, 16u));
}

TEST_F(a_janitor, counts_attempts_anew_after_the_store_failed) {
  auto own = db->acquire("node", 1, 1h, {}).value().at(0);
  commit_batch batch;
  for (uint32_t i = 1; i <= 10; ++i)
    batch.attempts.push_back({{id_of('a'), 0, 1},
                              i,
                              start_time - 3'600'000 + i,
                              1,
                              500,
                              failure::status,
                              ""});
  ASSERT_FALSE(db->commit(own, batch));
  options.retention.attempts = 7;
  make();
  fail_next("drop_history", fault_at::after, errc::unavailable, 1);
  pass(4min);
  EXPECT_EQ(db->attempts(id_of('a'), "", 100)->items.size(), 7u);
}

TEST_F(a_janitor, lets_a_store_that_refused_be_tried_anew) {
  make();
  state->store_refuses = true;
  pass(10s);
  EXPECT_FALSE(state->store_refuses);
}

TEST_F(a_janitor, has_expired_subscriptions_swept_once_a_period) {
  make();
  pass(9s);
  EXPECT_EQ(registry->sweeps, 0u);
  pass(1s);
  EXPECT_EQ(registry->sweeps, 1u);
  pass(100s);
  EXPECT_EQ(registry->sweeps, 11u);
}

TEST_F(a_janitor, has_memory_released_with_every_sweep_and_more_of_it_at_rest) {
  make();
  pass(9s);
  EXPECT_EQ(releases, 0u);
  pass(91s);
  EXPECT_EQ(releases, 10u);
  EXPECT_EQ(rests, 0u);
  at_rest = true;
  pass(10s);
  EXPECT_EQ(rests, 2u);
  at_rest = false;
  pass(10s);
  EXPECT_EQ(rests, 2u);
}

TEST_F(a_janitor, draws_the_clock_towards_the_system_time_slowly) {
  make();
  system_offset = 1000;
  pass(5s);
  auto drawn = wall() - start_time - 5000;
  EXPECT_GT(drawn, 0);
  EXPECT_LE(drawn, 500) << "at most a tenth of the time that passed";
  pass(60s);
  EXPECT_NEAR(double(wall()), double(start_time + 66'000), 5);
}

} // namespace herald::test
