#include "tests/actors/registry/registry_fixture.hpp"

#include <gmock/gmock.h>

namespace herald::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// -- renewal ------------------------------------------------------------------

TEST_F(a_registry, websub_03_and_14_delivers_on_while_it_is_renewed) {
  have_subscription();
  hold();
  EXPECT_TRUE(subscribe(feed, callback, "new"));
  EXPECT_EQ(active_secret(id), "old");
  EXPECT_THAT(receivers(feed), ElementsAre(callback));
  EXPECT_EQ(stored(id)->secret, "old");
  EXPECT_EQ(stored(id)->pending->secret, "new");
}

TEST_F(a_registry, websub_12_and_15_takes_the_new_state_once_verified) {
  have_subscription();
  auto starts = stored(id)->starts;
  publish(feed);
  advance(10s);
  subscribe(feed, callback, "new");
  EXPECT_EQ(active_secret(id), "new");
  auto row = stored(id);
  EXPECT_EQ(row->expires_at, epoch_ms + 10'000 + lease * 1000);
  EXPECT_EQ(row->starts, starts);
  EXPECT_EQ(row->created_at, epoch_ms);
  EXPECT_THAT(take_news(), ElementsAre("changed " + id.to_string() + " new"));
  subscribe(feed, callback);
  EXPECT_EQ(active_secret(id), "");
}

TEST_F(a_registry, websub_13_leaves_the_state_after_a_failed_renewal) {
  have_subscription();
  answer_with(fetched(404));
  subscribe(feed, callback, "new");
  expect_unchanged();
  answer_with(not_fetched(failure::connect));
  subscribe(feed, callback, "newer");
  for (auto wait : {1s, 5s, 15s, 30s})
    advance(wait);
  expect_unchanged();
}

TEST_F(a_registry, websub_13_leaves_the_state_after_a_failed_unsubscription) {
  have_subscription();
  answer_with(fetched(404));
  EXPECT_TRUE(unsubscribe(feed, callback));
  expect_unchanged();
}

TEST_F(a_registry, websub_13_spells_the_topic_as_before_until_it_is_verified) {
  auto of = id_of("shop.order", callback);
  subscribe("Shop.Order", callback);
  hold();
  for (auto status : {404, 200}) {
    subscribe("SHOP.order", callback);
    EXPECT_EQ(parameter(last_path(), "hub.topic"), "SHOP.order");
    EXPECT_EQ(stored(of)->topic, "Shop.Order");
    auto index = net.fetches().size() - 1;
    auto code = static_cast<uint16_t>(status);
    net.release_fetch(index, fetched(code, challenge(index)));
    run();
  }
  EXPECT_EQ(stored(of)->topic, "SHOP.order");
}

// -- unsubscribing ------------------------------------------------------------

TEST_F(a_registry, websub_04_ends_when_the_callback_confirms) {
  have_subscription();
  hold();
  EXPECT_TRUE(unsubscribe(feed, callback));
  EXPECT_EQ(active_secret(id), "old");
  EXPECT_THAT(last_path(), testing::StartsWith("/cb?hub.mode=unsubscribe&"));
  EXPECT_EQ(parameter(last_path(), "hub.lease_seconds"), "");
  confirm(1);
  EXPECT_FALSE(stored(id));
  EXPECT_THAT(receivers(feed), IsEmpty());
  EXPECT_THAT(take_news(), ElementsAre("ended " + id.to_string()));
}

TEST_F(a_registry, websub_09_ignores_the_lease_of_an_unsubscription) {
  have_subscription();
  auto what = wish(feed, callback);
  what.what.subscribe = false;
  what.what.lease_seconds = -7;
  EXPECT_TRUE(send(what));
  EXPECT_FALSE(stored(id));
}

TEST_F(a_registry,
       websub_30_unsubscribes_an_unknown_pair_without_verification) {
  EXPECT_TRUE(unsubscribe(feed, callback));
  EXPECT_THAT(net.fetches(), IsEmpty());
  EXPECT_EQ(changes, 0u);
}

TEST_F(a_registry, says_not_found_where_the_pair_must_exist) {
  auto what = wish(feed, callback);
  what.what.subscribe = false;
  what.must_exist = true;
  auto unknown = send(what);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(code_of(unknown.error()), errc::not_found);
  hold();
  subscribe(feed, callback);
  auto never_active = send(what);
  ASSERT_FALSE(never_active);
  EXPECT_EQ(code_of(never_active.error()), errc::not_found);
  confirm(0);
  net.on_fetch = echo;
  EXPECT_TRUE(send(what));
  EXPECT_FALSE(stored(id));
}

TEST_F(a_registry, forgets_a_pair_that_is_unsubscribed_before_it_was_active) {
  hold();
  subscribe(feed, callback);
  EXPECT_TRUE(unsubscribe(feed, callback));
  EXPECT_EQ(net.fetches().size(), 1u);
  confirm(0);
  ASSERT_EQ(net.fetches().size(), 2u);
  EXPECT_EQ(parameter(last_path(), "hub.mode"), "unsubscribe");
  EXPECT_EQ(active_secret(id), "-");
  confirm(1);
  EXPECT_FALSE(stored(id));
  EXPECT_THAT(take_news(), IsEmpty());
}

// -- without verification, denied, removed ------------------------------------

TEST_F(a_registry, takes_effect_at_once_without_verification) {
  auto what = wish("a.b", callback, "s");
  what.skip_verification = true;
  publish("a.b");
  EXPECT_TRUE(send(what));
  EXPECT_EQ(active_secret(what.id), "s");
  EXPECT_EQ(stored(what.id)->starts, (std::vector<sequence>{1, 0}));
  EXPECT_EQ(stored(what.id)->expires_at, epoch_ms + lease * 1000);
  what.what.subscribe = false;
  EXPECT_TRUE(send(what));
  EXPECT_FALSE(stored(what.id));
  EXPECT_THAT(net.fetches(), IsEmpty());
  EXPECT_THAT(take_news(), ElementsAre("changed " + what.id.to_string() + " s",
                                       "ended " + what.id.to_string()));
}

TEST_F(a_registry, websub_33_tells_the_callback_that_it_was_denied) {
  auto what = wish(feed, callback + "?own=1");
  what.denied = "not allowed & why";
  EXPECT_TRUE(send(what));
  EXPECT_EQ(last_path(), "/cb?own=1&hub.mode=denied&hub.topic=http%3A%2F%2Fpub"
                         "%2Ffeed%3Fx%3D1%26y&hub.reason=not%20allowed%20%26"
                         "%20why");
  EXPECT_FALSE(stored(what.id));
  EXPECT_EQ(changes, 0u);
  advance(2min);
  EXPECT_EQ(net.fetches().size(), 1u);
}

TEST_F(a_registry, websub_33_tries_to_tell_it_again) {
  answer_with(not_fetched(failure::connect));
  auto what = wish(feed, callback);
  what.denied = "no";
  send(what);
  for (auto wait : {1s, 5s, 15s, 30s, 60s, 60s})
    advance(wait);
  EXPECT_EQ(net.fetches().size(), 5u);
}

TEST_F(a_registry, websub_34_ends_what_policy_denies_later) {
  have_subscription();
  auto what = wish(feed, callback);
  what.denied = "no";
  EXPECT_TRUE(send(what));
  EXPECT_FALSE(stored(id));
  EXPECT_THAT(receivers(feed), IsEmpty());
  EXPECT_THAT(take_news(), ElementsAre("ended " + id.to_string()));
}

TEST_F(a_registry, websub_34_cancels_a_verification_that_is_under_way) {
  hold();
  subscribe(feed, callback);
  auto what = wish(feed, callback);
  what.denied = "no";
  EXPECT_TRUE(send(what));
  confirm(0);
  EXPECT_FALSE(stored(id));
  EXPECT_EQ(net.held_fetches().size(), 1u);
}

TEST_F(a_registry, removes_durably_and_tells_the_spreader) {
  have_subscription();
  EXPECT_TRUE(remove(id));
  EXPECT_FALSE(stored(id));
  EXPECT_THAT(receivers(feed), IsEmpty());
  EXPECT_THAT(take_news(), ElementsAre("ended " + id.to_string()));
  auto again = remove(id);
  ASSERT_FALSE(again);
  EXPECT_EQ(code_of(again.error()), errc::not_found);
}

// -- expiry -------------------------------------------------------------------

TEST_F(a_registry, sweeps_what_expired_a_while_ago) {
  have_subscription();
  advance(lease * 1s + expiry_grace - 1ms);
  tell_sweep();
  run();
  EXPECT_TRUE(stored(id));
  advance(1ms);
  tell_sweep();
  run();
  EXPECT_FALSE(stored(id));
  EXPECT_THAT(take_news(), ElementsAre("ended " + id.to_string()));
  EXPECT_EQ(counters->expired, 1u);
}

TEST_F(a_registry, does_not_sweep_what_is_being_renewed) {
  have_subscription();
  advance(lease * 1s + expiry_grace - 1ms);
  hold();
  subscribe(feed, callback, "new");
  advance(1ms);
  tell_sweep();
  run();
  ASSERT_TRUE(stored(id));
  confirm(1);
  EXPECT_EQ(active_secret(id), "new");
}

TEST_F(a_registry, sweeps_in_portions) {
  kill(aut);
  limits.sweep_slots = 8;
  boot();
  for (int i = 0; i < 100; ++i)
    subscribe(feed, "http://s/" + std::to_string(i));
  advance(lease * 1s + expiry_grace);
  tell_sweep();
  run();
  EXPECT_GT(disk->shards[0].subscriptions.size(), 0u);
  tell_sweep();
  for (int i = 0; i < 200; ++i)
    advance(100ms);
  EXPECT_EQ(disk->shards[0].subscriptions.size(), 0u);
  // The next round starts anew.
  subscribe(feed, callback);
  advance(lease * 1s + expiry_grace);
  tell_sweep();
  for (int i = 0; i < 200; ++i)
    advance(100ms);
  EXPECT_EQ(disk->shards[0].subscriptions.size(), 0u);
}

TEST_F(a_registry, starts_a_new_life_after_expiry) {
  have_subscription();
  advance(lease * 1s);
  auto missed = publish(feed);
  subscribe(feed, callback, "new");
  EXPECT_EQ(stored(id)->created_at, wall());
  EXPECT_THAT(take_news(), ElementsAre("ended " + id.to_string(),
                                       "changed " + id.to_string() + " new"));
  EXPECT_THAT(match({missed}).who, IsEmpty());
  EXPECT_THAT(receivers(feed), ElementsAre(callback));
}

} // namespace
} // namespace herald::test
