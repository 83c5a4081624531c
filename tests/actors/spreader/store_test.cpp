#include "tests/actors/spreader/spreader_fixture.hpp"

#include <gtest/gtest.h>

// A spreader whose store fails, or has another owner by now.

namespace herald::test {

using namespace std::chrono_literals;

TEST_F(a_spreader, does_not_spin_while_rows_cannot_be_forgotten) {
  answer_all(503);
  make();
  append();
  pass(100ms);
  size_t calls = 0;
  disk->fault = [&calls](std::string_view call, fault_at when) {
    auto is_asked = call == "forget" && when == fault_at::before;
    calls += is_asked ? 1 : 0;
    return is_asked ? fail(errc::unavailable, "as the test wants it")
                    : caf::error{};
  };
  registry->who = {subscriber_named('b')};
  tell_ended('a');
  append(); // Waits until the rows are gone.
  EXPECT_LT(messages_within(10'000ms), 1000u);
  EXPECT_LE(calls, 11u) << "once per housekeeping";
  disk->fault = nullptr;
  pass(limits.housekeeping + 100ms);
  EXPECT_EQ(posted_to('b').back(), head);
}

// Nothing is full but the room for rows that the store does not take.
TEST_F(a_spreader, does_not_spin_while_nothing_can_be_committed) {
  limits.uncommitted = 1;
  registry->who = {subscriber_named('a')};
  answer_all(503);
  make();
  fail_next("commit", fault_at::before, errc::unavailable, 1000);
  append();
  append();
  append();
  EXPECT_LT(messages_within(10'000ms), 1000u);
}

TEST_F(a_spreader, ends_when_the_store_calls_it_fenced) {
  for (std::string call : {"commit", "due", "forget", "jobs_of"}) {
    disk->fault = nullptr;
    registry->who = {subscriber_named('a'), subscriber_named('b')};
    answer_all(503);
    make();
    append();
    pass(100ms);
    EXPECT_FALSE(has_ended());
    fail_next(call, fault_at::before, errc::fenced, 1);
    tell_ended('a');
    pass(limits.look_ahead);
    EXPECT_TRUE(has_ended()) << call;
    kill(aut);
  }
}

TEST_F(a_spreader, ends_when_it_was_replaced_though_it_has_nothing_to_write) {
  answer_all(200);
  make();
  append();
  pass(1000ms);
  ++disk->shards[0].at;
  size_t calls = 0;
  disk->fault = [&calls](std::string_view, fault_at) {
    ++calls;
    return caf::error{};
  };
  pass(limits.look_ahead);
  EXPECT_TRUE(has_ended());
  calls = 0;
  pass(2 * limits.look_ahead);
  EXPECT_EQ(calls, 0u);
}

} // namespace herald::test
