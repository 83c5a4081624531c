#include "tests/actors/registry/registry_fixture.hpp"

#include <gmock/gmock.h>

namespace herald::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// -- start --------------------------------------------------------------------

TEST_F(a_registry, answers_nothing_before_it_has_started) {
  have_subscription();
  kill(aut);
  make();
  run();
  for (auto result :
       {subscribe(feed, callback), unsubscribe(feed, callback), remove(id)}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(code_of(result.error()), errc::unavailable);
  }
  tell_match(publish(feed));
  run();
  EXPECT_THAT(spreader->matches, IsEmpty());
  EXPECT_TRUE(start());
  ASSERT_EQ(spreader->matches.size(), 1u);
  EXPECT_EQ(spreader->matches[0].who.size(), 1u);
}

TEST_F(a_registry, loads_all_pages) {
  kill(aut);
  limits.page = 7;
  boot();
  for (int i = 0; i < 21; ++i)
    subscribe(feed, "http://s/" + std::to_string(i));
  remove(id_of(feed, "http://s/3"));
  restart();
  EXPECT_EQ(receivers(feed).size(), 20u);
  EXPECT_EQ(counters->subscriptions, 2 * 20u + 1 - 1);
}

TEST_F(a_registry, resumes_open_verifications_after_a_crash) {
  hold();
  subscribe(feed, callback, "s");
  net.on_fetch = echo;
  restart();
  run();
  EXPECT_EQ(active_secret(id), "s");
}

TEST_F(a_registry, goes_on_after_a_crash_where_it_was) {
  have_subscription();
  hold();
  unsubscribe(feed, callback);
  restart();
  EXPECT_EQ(active_secret(id), "old");
  confirm(2);
  EXPECT_FALSE(stored(id));
}

TEST_F(a_registry, can_be_started_again_after_a_failed_start) {
  have_subscription();
  kill(aut);
  make();
  fail_calls("snapshot", 1, errc::unavailable);
  auto failed = start();
  ASSERT_FALSE(failed);
  EXPECT_EQ(code_of(failed.error()), errc::unavailable);
  EXPECT_TRUE(start());
  EXPECT_TRUE(start());
  EXPECT_EQ(active_secret(id), "old");
}

TEST_F(a_registry, settles_open_requests_when_it_ends) {
  auto answer = request(wish(feed, callback));
  // Taken on, but not written yet.
  while (counters->requests == 0 && run_next())
    continue;
  kill(aut);
  auto result = answer();
  ASSERT_FALSE(result);
  EXPECT_EQ(code_of(result.error()), errc::stopping);
}

// -- store faults -------------------------------------------------------------

TEST_F(a_registry, answers_with_the_stores_error) {
  for (auto code : {errc::unavailable, errc::full}) {
    fail_calls("change", 1, code);
    auto result = subscribe(feed, callback);
    ASSERT_FALSE(result);
    EXPECT_EQ(code_of(result.error()), code);
    EXPECT_THAT(net.fetches(), IsEmpty());
  }
  EXPECT_TRUE(subscribe(feed, callback));
  EXPECT_EQ(active_secret(id), "");
}

TEST_F(a_registry, finds_out_what_a_failed_write_wrote) {
  hold();
  fail_calls("change", 1, errc::unavailable, fault_at::after);
  EXPECT_FALSE(subscribe(feed, callback, "s"));
  ASSERT_TRUE(stored(id));
  EXPECT_TRUE(subscribe(feed, callback, "t"));
  EXPECT_EQ(counters->conflicts, 0u);
  EXPECT_EQ(stored(id)->pending->secret, "t");
  // The verification of what was found began; it does not confirm "t".
  while (!net.held_fetches().empty())
    confirm(net.held_fetches().front());
  EXPECT_EQ(active_secret(id), "t");
}

TEST_F(a_registry, writes_a_confirmation_again_until_it_is_durable) {
  hold();
  subscribe(feed, callback, "s");
  fail_calls("change", 3, errc::unavailable);
  confirm(0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(active_secret(id), "-");
    advance(limits.store_retry);
  }
  EXPECT_EQ(active_secret(id), "s");
  EXPECT_EQ(net.fetches().size(), 1u);
}

TEST_F(a_registry, asks_for_the_heads_again_until_it_has_them) {
  hold();
  subscribe(feed, callback, "s");
  fail_calls("heads", 2, errc::unavailable);
  confirm(0);
  EXPECT_EQ(active_secret(id), "-");
  advance(limits.store_retry);
  advance(limits.store_retry);
  EXPECT_EQ(active_secret(id), "s");
}

TEST_F(a_registry, writes_a_refusal_again_until_it_is_durable) {
  hold();
  subscribe(feed, callback, "s");
  fail_calls("change", 2, errc::full);
  net.release_fetch(0, fetched(404));
  run();
  EXPECT_TRUE(stored(id));
  advance(limits.store_retry);
  advance(limits.store_retry);
  EXPECT_FALSE(stored(id));
}

TEST_F(a_registry, keeps_a_newer_word_while_an_older_result_waits) {
  for (uint16_t status : std::initializer_list<uint16_t>{200, 404}) {
    auto to = callback + std::to_string(status);
    hold();
    subscribe(feed, to, "one");
    auto index = net.fetches().size() - 1;
    fail_calls("change", 1, errc::unavailable);
    net.release_fetch(index, fetched(status, challenge(index)));
    run();
    EXPECT_TRUE(subscribe(feed, to, "two"));
    advance(limits.store_retry);
    EXPECT_EQ(active_secret(id_of(feed, to)), "-");
    ASSERT_EQ(net.fetches().size(), index + 2);
    confirm(index + 1);
    EXPECT_EQ(active_secret(id_of(feed, to)), "two");
  }
}

TEST_F(a_registry, keeps_the_order_of_words_while_a_row_is_read_anew) {
  have_subscription();
  hold();
  auto row = *stored(id);
  ASSERT_TRUE(db->change(std::vector<subscription_change>{{row, false, {}}}));
  auto say
    = [&](const std::string& secret) { tell(wish(feed, callback, secret)); };
  say("one");
  while (counters->conflicts == 0)
    ASSERT_TRUE(run_next());
  // The store takes its time: the registry handles all else first.
  say("two");
  say("three");
  run_first(aut);
  run();
  EXPECT_EQ(counters->conflicts, 1u);
  EXPECT_EQ(stored(id)->pending->secret, "three");
}

TEST_F(a_registry, adopts_what_another_writer_wrote) {
  have_subscription();
  auto row = *stored(id);
  row.paused = true;
  ASSERT_TRUE(db->change(std::vector<subscription_change>{{row, false, {}}}));
  subscribe(feed, callback, "new");
  EXPECT_EQ(active_secret(id), "new");
  EXPECT_TRUE(stored(id)->paused);
}

TEST_F(a_registry, answers_not_found_when_another_writer_dropped_it) {
  have_subscription();
  subscription_change drop;
  drop.what.id = id;
  drop.drop = true;
  ASSERT_TRUE(db->change(std::vector<subscription_change>{drop}));
  // A drop of what is gone already is a success, with or without a re-read.
  remove(id);
  EXPECT_FALSE(stored(id));
  EXPECT_THAT(receivers(feed), IsEmpty());
  EXPECT_THAT(take_news(), ElementsAre("ended " + id.to_string()));
}

} // namespace
} // namespace herald::test
