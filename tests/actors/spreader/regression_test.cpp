#include "actors/spreader/spreader.hpp"
#include "tests/actors/engine_fixture.hpp"
#include "tests/support/deterministic_actors.hpp"
#include "tests/support/scripted_transport.hpp"

#include <gtest/gtest.h>

// What the simulation has found in the spreader, each in its smallest form.

namespace herald::test {

namespace {

using namespace std::chrono_literals;

/// One spreader of one log before a registry in which everybody wants
/// everything.
class a_spreader_once : public with_store {
protected:
  scripted_transport net{sys};
  std::shared_ptr<registry_notes> registry = std::make_shared<registry_notes>();
  registry_actor registry_handle = spawn(noting_registry, registry);
  spreader_limits limits;
  spreader_actor aut;
  sequence head = 0;

  void SetUp() override {
    keep(net.handle());
    registry->who = {subscriber_named('a')};
  }

  void make() {
    auto deliveries = std::make_shared<delivery_options>();
    deliveries->retry.jitter = 0;
    deliveries->posters = {net.entrance()};
    deliveries->time = time;
    spreader_options options;
    options.own = db->acquire("node", 1, 1h, {}).value().at(0);
    options.limits = limits;
    options.store = keeper;
    options.registry = registry_handle;
    options.deliveries = deliveries;
    aut = spawn(spreader, std::move(options));
    registry->spreader = aut;
    ASSERT_TRUE(ask<atom::done>(aut, atom::start_v));
  }

  /// The process is gone; the next one begins with what the store knows.
  void restart() {
    kill(aut);
    make();
  }

  void answer_all(uint16_t status) {
    net.on_post = [status](const post_request&) { return answered(status); };
  }

  void hold_all() { net.on_post = nullptr; }

  void append(size_t count, bool tell = true) {
    for (; count > 0; --count) {
      auto what = event_of("e" + std::to_string(head + 1));
      what.accepted_at = wall();
      auto before = std::exchange(head, store_event(what));
      what.seq = head;
      if (!tell)
        continue;
      auto batch = std::make_shared<const std::vector<event_ptr>>(
        1, std::make_shared<const event>(what));
      self->send(aut, appended{0, before, batch, head});
      run();
    }
  }

  /// Everything so far is spread, and 'a' is served from the log.
  void lag_behind_all() {
    append(10, false);
    disk->partitions[0].cursors[0] = head;
    disk->partitions[0].lagging[{id_of('a'), 0}] = {id_of('a'), 0, 0};
  }

  void pass(milliseconds d) {
    for (; d > 0ms; d -= 10ms)
      advance(10ms);
  }

  std::vector<sequence> posted_to(char letter) {
    std::vector<sequence> result;
    for (auto& post : net.posts())
      if (post.to->path == "/" + std::string(1, letter))
        result.push_back(post.what->seq);
    return result;
  }

  auto& state() { return disk->partitions[0]; }
};

} // namespace

TEST_F(a_spreader_once, does_not_repeat_what_has_a_row_after_a_restart) {
  registry->who = {subscriber_named('a'), subscriber_named('b')};
  net.on_post = [](const post_request& post) -> std::optional<http_outcome> {
    if (post.to->path == "/b")
      return std::nullopt;
    return answered(503);
  };
  make();
  append(1);
  pass(100ms);
  ASSERT_EQ(state().jobs.size(), 1u);
  ASSERT_EQ(state().cursors[0], 0u) << "b is open";
  answer_all(200);
  restart();
  pass(10'000ms);
  EXPECT_EQ(posted_to('a').size(), 2u);
  EXPECT_TRUE(state().jobs.empty());
  auto told = ask<std::vector<subscriber_status>>(aut, atom::status_v,
                                                  std::vector{id_of('a')});
  EXPECT_EQ(told->at(0).pending, 0u) << "the row was counted twice";
}

TEST_F(a_spreader_once, writes_down_what_is_open_when_a_lag_begins) {
  limits.jobs = 1;
  limits.in_hand = 1;
  make();
  append(2);
  net.release_post(0, answered(503));
  run();
  append(1);
  pass(100ms);
  ASSERT_EQ(state().lagging.size(), 1u);
  answer_all(200);
  restart();
  pass(10'000ms);
  EXPECT_EQ(std::ranges::count(posted_to('a'), sequence{2}), 2);
}

TEST_F(a_spreader_once, lag_does_not_pass_what_the_registry_looks_through) {
  limits.chunk_events = 1;
  limits.in_hand = 2;
  lag_behind_all();
  net.on_post = [this](const post_request&) -> std::optional<http_outcome> {
    registry->spreader = nullptr; // The next answer does not come.
    return std::nullopt;
  };
  make();
  pass(100ms);
  ASSERT_EQ(posted_to('a'), std::vector<sequence>{1});
  net.release_post(0, answered(200));
  pass(100ms);
  EXPECT_EQ(state().lagging.at({id_of('a'), 0}).after, 1u);
}

TEST_F(a_spreader_once, events_trimmed_during_a_replay_are_dead) {
  limits.chunk_events = 2;
  limits.in_hand = 2;
  lag_behind_all();
  hold_all();
  make();
  pass(100ms);
  ASSERT_EQ(posted_to('a').size(), 2u);
  ASSERT_EQ(db->trim(0, 8, 100).value(), 8u);
  answer_all(200);
  net.release_post(0, answered(200));
  net.release_post(1, answered(200));
  pass(1000ms);
  EXPECT_EQ(posted_to('a'), (std::vector<sequence>{1, 2, 3, 4, 9, 10}))
    << "3 and 4 had been read ahead";
  ASSERT_EQ(state().dead.size(), 1u);
  auto& letter = state().dead.begin()->second;
  EXPECT_EQ(letter.key.seq, 5u);
  EXPECT_EQ(letter.up_to, 8u);
}

TEST_F(a_spreader_once, who_ends_while_bodies_are_read_gets_nothing) {
  answer_all(200);
  make();
  disk->fault = [this](std::string_view call, fault_at) {
    if (call == "bodies" && !std::exchange(registry->who, {}).empty())
      caf::anon_send(aut, subscription_ended{id_of('a')});
    return caf::error{};
  };
  append(3, false);
  pass(5000ms);
  EXPECT_TRUE(net.posts().empty());
  EXPECT_EQ(state().cursors[0], head);
}

TEST_F(a_spreader_once, repeated_commit_writes_nothing_of_who_ended) {
  answer_all(503);
  make();
  fail_next("commit", fault_at::before, errc::unavailable, 1);
  append(1);
  pass(50ms);
  registry->who = {};
  self->send(aut, subscription_ended{id_of('a')});
  pass(1000ms);
  EXPECT_EQ(state().cursors[0], head);
  EXPECT_TRUE(state().jobs.empty());
}

TEST_F(a_spreader_once, drain_does_not_spread_while_rows_are_being_forgotten) {
  answer_all(503);
  make();
  append(1);
  pass(100ms);
  ASSERT_EQ(state().jobs.size(), 1u);
  fail_next("forget", fault_at::before, errc::unavailable, 1);
  self->send(aut, subscription_ended{id_of('a')});
  run();
  append(1); // In the subscription's next life.
  auto response = self->request(aut, 3600s, atom::drain_v);
  pass(3000ms);
  EXPECT_TRUE(outcome<atom::done>(response));
  auto before = posted_to('a').size();
  answer_all(200);
  restart();
  pass(10'000ms);
  auto posted = posted_to('a');
  ASSERT_EQ(posted.size(), before + 1) << "its row was forgotten, too";
  EXPECT_EQ(posted.back(), 2u);
}

// Rows that the store does not have yet were noted as due by every scan, also
// those that were handed out long ago. With room for one, another scan followed
// at once, and so on until a commit succeeded.
TEST_F(a_spreader_once, scans_do_not_find_again_what_they_have_passed) {
  registry->who = {subscriber_named('a'), subscriber_named('b')};
  limits.due_in_memory = 1;
  answer_all(503);
  make();
  size_t scans = 0;
  disk->fault = [&scans](std::string_view call, fault_at) {
    if (call == "commit" || (call == "due" && ++scans > 1000))
      return fail(errc::unavailable, "as the test wants it");
    return caf::error{};
  };
  append(1);
  hold_all(); // What is due stays handed out.
  pass(10'000ms);
  EXPECT_EQ(posted_to('a').size(), 2u);
  EXPECT_EQ(posted_to('b').size(), 2u);
  EXPECT_LT(scans, 100u);
}

// The process died between the end of a subscription and the deletion of its
// rows, and the same pair has subscribed again since.
TEST_F(a_spreader_once, drops_the_rows_of_an_earlier_life) {
  append(3, false);
  auto again = subscription_of('a');
  again.starts = {2};
  registry->who = {std::make_shared<const subscription>(again)};
  auto own = db->acquire("node", 1, 1h, {}).value().at(0);
  commit_batch left;
  left.advance = {{0, head}};
  for (sequence seq : {1, 2, 3})
    left.put.push_back({{id_of('a'), 0, seq}, 1, wall()});
  ASSERT_FALSE(db->commit(own, left));
  answer_all(200);
  make();
  pass(1000ms);
  EXPECT_EQ(posted_to('a'), std::vector<sequence>{3}) << "its own";
  EXPECT_TRUE(state().jobs.empty());
  EXPECT_TRUE(state().dead.empty());
  auto told = ask<std::vector<subscriber_status>>(aut, atom::status_v,
                                                  std::vector{id_of('a')});
  EXPECT_EQ(told->at(0).pending, 0u);
}

} // namespace herald::test
