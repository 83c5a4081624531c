#include "actors/delivery/wire.hpp"
#include "tests/actors/publisher_fixture.hpp"

#include <random>

namespace herald::test {

using namespace std::chrono_literals;

TEST_F(a_publisher, answers_with_the_sequences) {
  make();
  publish(7, {fresh("a"), fresh("b")});
  auto results = result(7);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_LT(results[0].seq, results[1].seq);
  EXPECT_FALSE(results[0].duplicate);
  EXPECT_EQ(stored(), (std::vector{results[0].seq, results[1].seq}));
}

TEST_F(a_publisher, answers_nobody_before_the_store_has_it) {
  make();
  disk->fault = [this](std::string_view call, fault_at) {
    EXPECT_TRUE(call != "append"
                || (told->outcomes.empty() && first->batches.empty()));
    return caf::error{};
  };
  publish(1, {fresh("a")});
  EXPECT_TRUE(answered(1));
}

TEST_F(a_publisher, appends_what_came_together_in_one_group) {
  make();
  for (uint64_t token = 0; token < 20; ++token)
    send(token, {fresh("e" + std::to_string(token))});
  run();
  EXPECT_LE(appends.size(), 2u);
  EXPECT_EQ(stored().size(), 20u);
  for (uint64_t token = 0; token < 20; ++token)
    EXPECT_EQ(result(token).size(), 1u);
  EXPECT_LE(told->messages, appends.size()) << "one message per group";
}

TEST_F(a_publisher, gives_each_request_its_own_results) {
  make();
  send(1, {fresh("a"), fresh("b")});
  send(2, {fresh("c")});
  send(3, {});
  send(4, {fresh("d"), fresh("e")});
  run();
  EXPECT_TRUE(result(3).empty());
  std::vector<sequence> all;
  for (uint64_t token : {1, 2, 4})
    for (auto& each : result(token))
      all.push_back(each.seq);
  EXPECT_EQ(all, stored());
}

TEST_F(a_publisher, keeps_groups_within_their_bounds) {
  limits.group_events = 4;
  make();
  for (uint64_t token = 0; token < 9; ++token)
    send(token, {fresh("x" + std::to_string(token)),
                 fresh("y" + std::to_string(token))});
  run();
  appends.push_back(stored().size());
  for (size_t i = 1; i < appends.size(); ++i)
    EXPECT_LE(appends[i] - appends[i - 1], 4u);
  EXPECT_EQ(stored().size(), 18u);
}

TEST_F(a_publisher, keeps_groups_within_their_bytes) {
  limits.group_bytes = 100;
  make();
  for (uint64_t token = 0; token < 6; ++token)
    send(token, {event_of("e" + std::to_string(token), std::string(40, 'x'))});
  run();
  appends.push_back(stored().size());
  for (size_t i = 1; i < appends.size(); ++i)
    EXPECT_LE(appends[i] - appends[i - 1], 2u);
  EXPECT_EQ(stored().size(), 6u);
}

TEST_F(a_publisher, never_splits_a_request_larger_than_a_group) {
  limits.group_events = 2;
  make();
  publish(1, {fresh("a"), fresh("b"), fresh("c")});
  EXPECT_EQ(appends.size(), 1u);
  EXPECT_EQ(result(1).size(), 3u);
}

TEST_F(a_publisher, tells_every_spreader_in_order_what_follows_what) {
  make();
  std::mt19937 rng{1};
  for (uint64_t token = 0; token < 50; ++token) {
    std::vector<event> events;
    for (unsigned i = 0; i <= rng() % 3; ++i)
      events.push_back(fresh(std::to_string(token) + "-" + std::to_string(i)));
    send(token, std::move(events));
    if (rng() % 3 == 0)
      run_shuffled(rng);
  }
  run();
  EXPECT_EQ(known(*first, 0), stored());
  EXPECT_EQ(known(*second, 0), stored());
}

TEST_F(a_publisher, goes_on_behind_what_the_log_held_at_the_start) {
  auto before = store_event(event_of("old"));
  make();
  publish(1, {fresh("a")});
  EXPECT_EQ(known(*first, before), (std::vector{result(1).at(0).seq}));
}

TEST_F(a_publisher, hands_events_to_spreaders_complete) {
  make();
  auto what = fresh("a");
  what.fields = {{"traceparent", "00"}};
  advance(5s);
  publish(1, {what});
  ASSERT_EQ(first->batches.size(), 1u);
  auto& told_event = *first->batches[0].events->at(0);
  EXPECT_EQ(told_event.seq, result(1).at(0).seq);
  EXPECT_EQ(told_event.id, "a");
  EXPECT_EQ(told_event.body, "hello");
  EXPECT_EQ(told_event.body_size, 5u);
  EXPECT_EQ(told_event.wire, event_fields(what, "http://hub.example/hub"));
  EXPECT_EQ(told_event.accepted_at, wall());
  EXPECT_EQ(first->batches[0].events, second->batches.at(0).events)
    << "shared, not copied";
  auto from_store = disk->logs[0].events.at(told_event.seq);
  EXPECT_EQ(from_store->accepted_at, told_event.accepted_at);
}

TEST_F(a_publisher, duplicate_has_the_first_sequence_and_is_not_spread) {
  make();
  publish(1, {event_of("a")});
  publish(2, {event_of("b"), event_of("a"), event_of("b")});
  auto results = result(2);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_FALSE(results[0].duplicate);
  EXPECT_TRUE(results[1].duplicate);
  EXPECT_EQ(results[1].seq, result(1).at(0).seq);
  EXPECT_EQ(results[1].topic, "shop.order");
  EXPECT_TRUE(results[2].duplicate);
  EXPECT_EQ(results[2].seq, results[0].seq);
  EXPECT_EQ(known(*first, 0), stored());
  EXPECT_EQ(stored().size(), 2u);
}

TEST_F(a_publisher, refuses_beyond_the_bound_of_events_until_there_is_room) {
  limits.open_events = 3;
  make();
  send(1, {fresh("a"), fresh("b")});
  send(2, {fresh("c"), fresh("d")});
  send(3, {fresh("e")});
  run();
  EXPECT_EQ(result(1).size(), 2u);
  EXPECT_EQ(refusal(2), errc::overloaded);
  EXPECT_EQ(result(3).size(), 1u);
  publish(4, {fresh("f"), fresh("g"), fresh("h")});
  EXPECT_EQ(result(4).size(), 3u);
}

TEST_F(a_publisher, refuses_beyond_the_bound_of_bytes_until_there_is_room) {
  limits.open_bytes = 1000;
  make();
  send(1, {event_of("a", std::string(600, 'x'))});
  send(2, {event_of("b", std::string(600, 'x'))});
  run();
  EXPECT_EQ(result(1).size(), 1u);
  EXPECT_EQ(refusal(2), errc::overloaded);
  publish(3, {event_of("c", std::string(900, 'x'))});
  EXPECT_EQ(result(3).size(), 1u);
}

TEST_F(a_publisher, shows_the_head_before_it_answers) {
  store_event(event_of("old"));
  make();
  EXPECT_EQ(heads->at[0], stored().back());
  publish(1, {fresh("a"), event_of("old"), fresh("b")});
  EXPECT_EQ(told->head, stored().back());
  publish(2, {event_of("a")});
  EXPECT_EQ(heads->at[0], stored().back()) << "a duplicate does not move it";
}

TEST_F(a_publisher, counts_what_it_stores_and_what_it_refuses) {
  limits.open_events = 3;
  make();
  publish(1, {event_of("a"), event_of("b"), event_of("a")});
  send(2, {fresh("c"), fresh("d")});
  send(3, {fresh("e"), fresh("f")});
  run();
  fail_next("append", fault_at::before, errc::full, 1);
  publish(4, {fresh("g")});
  EXPECT_EQ(counters->accepted, 4u);
  EXPECT_EQ(counters->duplicate, 1u);
  auto refused = [this](errc code) {
    return counters->not_accepted[static_cast<size_t>(code)].load();
  };
  EXPECT_EQ(refused(errc::overloaded), 2u);
  EXPECT_EQ(refused(errc::full), 1u);
}

} // namespace herald::test
