#include "tests/actors/registry/registry_fixture.hpp"

#include <gmock/gmock.h>

namespace herald::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// The store writes and does not say so.
class a_registry_in_doubt : public a_registry {
protected:
  size_t reads = 0; ///< Of rows.

  /// One write gets through without an answer, and then so many reads fail.
  void lose_an_answer(size_t failing_reads, errc code = errc::unavailable) {
    disk->fault = [this, code, lost = false, left = failing_reads](
                    std::string_view call, fault_at when) mutable {
      reads += call == "get" && when == fault_at::before;
      if (call == "change" && when == fault_at::after
          && !std::exchange(lost, true))
        return fail(errc::unavailable, "No answer.");
      if (call != "get" || left == 0)
        return caf::error{};
      --left;
      return fail(code, "The row cannot be read.");
    };
  }

  /// The callbacks of the only match that was answered.
  std::vector<std::string> matched() {
    std::vector<std::string> result;
    EXPECT_EQ(spreader->matches.size(), 1u);
    for (auto& all : spreader->matches)
      for (auto& who : all.who)
        result.push_back(who->callback + " " + who->secret);
    return result;
  }
};

// The row says that the subscription has begun, so what is published from then
// on is its own, whatever was heard of the write.
TEST_F(a_registry_in_doubt, holds_matches_until_it_knows_what_was_written) {
  hold();
  subscribe(feed, callback, "s");
  lose_an_answer(2);
  confirm(0);
  tell_match(publish(feed));
  run();
  EXPECT_THAT(spreader->matches, IsEmpty());
  advance(limits.store_retry);
  EXPECT_THAT(spreader->matches, IsEmpty());
  advance(limits.store_retry);
  EXPECT_THAT(matched(), ElementsAre(callback + " s"));
  EXPECT_THAT(stored(id)->starts, ElementsAre(0, 0));
}

TEST_F(a_registry_in_doubt, gives_nobody_else_what_a_new_layer_begins_with) {
  subscribe("a", callback, "short");
  hold();
  subscribe("a.b", callback, "long");
  lose_an_answer(1);
  confirm(1);
  tell_match(publish("a.b"));
  run();
  advance(limits.store_retry);
  EXPECT_THAT(matched(), ElementsAre(callback + " long"));
}

TEST_F(a_registry_in_doubt, knows_at_once_if_the_store_can_be_read) {
  hold();
  subscribe(feed, callback, "s");
  lose_an_answer(0);
  confirm(0);
  EXPECT_EQ(active_secret(id), "s");
  EXPECT_THAT(take_news(), ElementsAre("changed " + id.to_string() + " s"));
}

TEST_F(a_registry_in_doubt, finds_that_a_subscription_has_ended) {
  have_subscription();
  lose_an_answer(0);
  EXPECT_FALSE(remove(id));
  EXPECT_FALSE(stored(id));
  EXPECT_THAT(take_news(), ElementsAre("ended " + id.to_string()));
  EXPECT_THAT(receivers(feed), IsEmpty());
}

TEST_F(a_registry_in_doubt, asks_for_one_row_at_a_time_while_the_store_fails) {
  for (int i = 0; i < 5; ++i)
    tell(wish(feed, "http://s/" + std::to_string(i)));
  hold();
  lose_an_answer(3);
  run();
  for (size_t i = 1; i <= 3; ++i) {
    EXPECT_EQ(reads, i);
    advance(limits.store_retry);
  }
  EXPECT_EQ(reads, 3u + 5u);
  EXPECT_EQ(net.fetches().size(), 5u) << "all were written";
}

TEST_F(a_registry_in_doubt, lets_nobody_wait_while_the_store_fails) {
  hold();
  lose_an_answer(2);
  EXPECT_FALSE(subscribe(feed, callback, "one"));
  auto answer = request(wish(feed, callback, "two"));
  run();
  EXPECT_FALSE(has_answer());
  advance(limits.store_retry);
  ASSERT_TRUE(has_answer());
  auto refused = answer();
  ASSERT_FALSE(refused);
  EXPECT_EQ(code_of(refused.error()), errc::unavailable);
  advance(limits.store_retry);
  EXPECT_TRUE(subscribe(feed, callback, "three"));
  EXPECT_EQ(stored(id)->pending->secret, "three");
}

TEST_F(a_registry_in_doubt, bounds_the_requests_that_wait_for_a_row) {
  kill(aut);
  limits.queue = 2;
  boot();
  lose_an_answer(9);
  EXPECT_FALSE(subscribe(feed, callback, "one"));
  auto first = request(wish(feed, callback, "two"));
  auto second = request(wish(feed, callback, "three"));
  auto refused = subscribe(feed, callback, "four");
  ASSERT_FALSE(refused);
  EXPECT_EQ(code_of(refused.error()), errc::overloaded);
  advance(limits.store_retry);
  ASSERT_TRUE(has_answer());
  EXPECT_FALSE(first());
  EXPECT_FALSE(second());
}

// Nobody else can read it either, so nobody takes it for active.
TEST_F(a_registry_in_doubt, does_not_wait_for_a_row_that_nobody_can_read) {
  hold();
  subscribe(feed, callback, "s");
  lose_an_answer(1, errc::corrupt);
  confirm(0);
  tell_match(publish(feed));
  run();
  EXPECT_THAT(matched(), IsEmpty());
}

} // namespace
} // namespace herald::test
