#include "tests/actors/operator_fixture.hpp"
#include "tests/support/deterministic_actors.hpp"

#include <gtest/gtest.h>

// A part of the log again, as somebody has asked for it.

namespace herald::test {

using namespace std::chrono_literals;

namespace {

class a_replay : public an_operator {};

} // namespace

TEST_F(a_replay, sends_the_part_of_the_log_that_was_asked_for) {
  have_delivered(20);
  expect_granted(replay('a', 5, 15));
  pass(500ms);
  expect_times(5, 15, 2, 1);
  EXPECT_FALSE(lag_of('a'));
  EXPECT_EQ(rows(), 0u);
}

TEST_F(a_replay, without_an_end_goes_on_to_where_the_log_is) {
  have_delivered(20);
  expect_granted(replay('a', 5));
  pass(500ms);
  expect_times(5, 20, 2, 1);
  append();
  pass(500ms);
  EXPECT_EQ(times('a', head), 1u);
}

TEST_F(a_replay, of_nothing_is_granted_and_sends_nothing) {
  have_delivered(3);
  expect_granted(replay_nothing('a'));
  expect_granted(replay('a', 3));
  pass(500ms);
  expect_times(0, 3, 1, 1);
}

TEST_F(a_replay, starts_every_event_anew) {
  have_delivered(3);
  expect_granted(replay('a', 0));
  pass(500ms);
  EXPECT_EQ(attempts_at('a', 2), (std::vector<uint32_t>{1, 1}));
}

TEST_F(a_replay, is_on_disk_when_it_is_granted) {
  have_delivered(300);
  hold_all();
  expect_granted(replay('a', 10, 200));
  ASSERT_TRUE(lag_of('a') || rows() > 0);
  answer_all(200);
  restart();
  pass(2000ms);
  for (sequence seq = 11; seq <= 200; ++seq)
    EXPECT_GE(times('a', seq), 2u) << seq;
}

TEST_F(a_replay, goes_on_after_a_restart_where_it_was) {
  have_delivered(300);
  hold_all();
  expect_granted(replay('a', 0, 300));
  for (int i = 0; i < 5; ++i) {
    release_all(200);
    pass(50ms);
  }
  auto first = net.posts().size();
  pass(500ms);
  answer_all(200);
  restart();
  pass(2000ms);
  for (auto seq : stored())
    EXPECT_GE(times('a', seq), 2u) << seq;
  EXPECT_LT(net.posts().size() - first, 300u) << "not all of it again";
  EXPECT_FALSE(lag_of('a'));
}

TEST_F(a_replay, keeps_to_the_rate_of_its_subscriber) {
  delivery_policy policy;
  policy.rate = 10;
  have_only_a(policy);
  answer_all(200);
  make();
  append_many(20);
  pass(5000ms);
  ASSERT_EQ(posted_to('a').size(), 20u);
  expect_granted(replay('a', 0));
  pass(1000ms);
  auto sent = posted_to('a').size() - 20;
  EXPECT_GE(sent, 8u);
  EXPECT_LE(sent, 12u);
  pass(2000ms);
  expect_times(0, 20, 2, 2);
}

TEST_F(a_replay, does_not_hold_what_is_new) {
  have_delivered(300);
  hold_all();
  expect_granted(replay('a', 0));
  auto next = append();
  answer_all(200);
  release_all(200);
  pass(2000ms);
  EXPECT_EQ(times('a', next), 1u);
  for (sequence seq = 1; seq < next; ++seq)
    EXPECT_EQ(times('a', seq), 2u) << seq;
}

TEST_F(a_replay, is_refused_while_one_runs) {
  have_delivered(300);
  hold_all();
  expect_granted(replay('a', 0));
  expect_refused(replay('a', 0), errc::conflict);
}

TEST_F(a_replay, that_is_cancelled_sends_no_more_of_the_log) {
  have_delivered(300);
  hold_all();
  expect_granted(replay('a', 0));
  auto sent = net.posts().size();
  expect_granted(cancel('a'));
  answer_all(200);
  release_all(200);
  pass(2000ms);
  EXPECT_LT(net.posts().size(), sent + 300);
  EXPECT_FALSE(lag_of('a'));
  auto next = append();
  pass(500ms);
  EXPECT_EQ(times('a', next), 1u);
}

TEST_F(a_replay, that_does_not_run_cannot_be_cancelled) {
  have_delivered(3);
  expect_refused(cancel('a'), errc::not_found);
}

// They had their turn: nobody is told that they are dead.
TEST_F(a_replay, of_what_retention_took_sends_the_rest) {
  have_delivered(10);
  ASSERT_TRUE(db->trim(0, 4, 100));
  expect_granted(replay('a', 0));
  pass(500ms);
  expect_times(4, 10, 2, 1);
  EXPECT_TRUE(letters().empty());
  EXPECT_FALSE(lag_of('a'));
}

// The store had read the log when another event was appended. What it said
// counts up to where the log was then.
TEST_F(a_replay, does_not_pass_what_is_appended_while_the_store_looks) {
  answer_all(200);
  have_only_a({}, true);
  make();
  append_many(3);
  pass(500ms);
  ASSERT_TRUE(lag_of('a'));
  ASSERT_TRUE(db->trim(0, 3, 100));
  auto has_looked = std::make_shared<bool>(false);
  disk->fault = [has_looked](std::string_view call, fault_at when) {
    *has_looked = *has_looked || (call == "read" && when == fault_at::after);
    return caf::error{};
  };
  auto who = *registry->find(id_of('a'));
  who.paused = false;
  ++who.revision;
  registry->who = {std::make_shared<const subscription>(who)};
  tell_changed(who);
  while (!*has_looked && run_next())
    ;
  ASSERT_TRUE(*has_looked);
  auto late = event_of("late");
  late.accepted_at = wall();
  late.seq = store_event(late);
  self->send(aut, appended{0, head,
                           std::make_shared<const std::vector<event_ptr>>(
                             1, std::make_shared<const event>(late)),
                           late.seq});
  // The registry is quicker than the store's next answer.
  while (sched.prioritize(aut) || sched.prioritize(registry_handle))
    run_next();
  run();
  pass(500ms);
  EXPECT_EQ(times('a', late.seq), 1u);
}

} // namespace herald::test
