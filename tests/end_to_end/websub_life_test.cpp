// What a request makes of a subscription that is already there; rows of
// docs/conformance.md.
#include "tests/end_to_end/support/websub.hpp"

using namespace herald::end_to_end;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(websub, websub_03_an_active_subscription_may_be_asked_for_again) {
  start();
  receiver to;
  subscribe(feed, to.url());
  expect_accepted(hub("subscribe", feed, to.url()));
  ASSERT_TRUE(to.wait_for_challenges(2));
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(state_of(feed, to.url()), "active");
}

TEST_F(websub, websub_04_a_subscription_can_be_ended) {
  start();
  receiver to;
  receiver other;
  subscribe(feed, to.url());
  subscribe(feed, other.url());
  expect_accepted(hub("unsubscribe", feed, to.url()));
  ASSERT_TRUE(wait_for_state(feed, to.url(), ""));
  EXPECT_THAT(asked(to.challenges(), "hub.mode"),
              ElementsAre("subscribe", "unsubscribe"));
  EXPECT_EQ(asked(to.challenges().at(1), "hub.topic"), feed);
  publish(feed, "x");
  ASSERT_TRUE(other.wait_for_deliveries(1));
  stop();
  EXPECT_THAT(to.deliveries(), IsEmpty());
}

TEST_F(websub, websub_12_a_later_request_counts_once_it_is_verified) {
  start();
  receiver to;
  subscribe(feed, to.url(),
            {{"hub.secret", "old"}, {"hub.lease_seconds", "4000"}});
  to.on_challenge(held(receiver::echo));
  hub("subscribe", feed, to.url(),
      {{"hub.secret", "new"}, {"hub.lease_seconds", "5000"}});
  ASSERT_TRUE(to.wait_for_challenges(2));
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto before = to.deliveries().at(0);
  EXPECT_EQ(before.field("X-Hub-Signature"),
            signature("sha256", "old", before));
  EXPECT_EQ(shown(feed, to.url(), "lease_seconds"), "4000");
  to.release();
  ASSERT_TRUE(eventually(
    [&] { return shown(feed, to.url(), "lease_seconds") == "5000"; }));
  publish(feed, "y");
  ASSERT_TRUE(to.wait_for_deliveries(2));
  auto after = to.deliveries().at(1);
  EXPECT_EQ(after.field("X-Hub-Signature"), signature("sha256", "new", after));
}

TEST_F(websub, websub_12_an_unsubscription_counts_once_it_is_verified) {
  start();
  receiver to;
  subscribe(feed, to.url());
  to.on_challenge(held(receiver::echo));
  hub("unsubscribe", feed, to.url());
  ASSERT_TRUE(to.wait_for_challenges(2));
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(state_of(feed, to.url()), "active");
  to.release();
  ASSERT_TRUE(wait_for_state(feed, to.url(), ""));
}

TEST_F(websub, websub_13_failed_renewal_keeps_the_old_secret) {
  start();
  receiver to;
  subscribe(feed, to.url(),
            {{"hub.secret", "old"}, {"hub.lease_seconds", "4000"}});
  auto end = shown(feed, to.url(), "expires_at");
  to.on_challenge(always(reply_with(404)));
  hub("subscribe", feed, to.url(),
      {{"hub.secret", "new"}, {"hub.lease_seconds", "5000"}});
  ASSERT_TRUE(to.wait_for_challenges(2));
  to.on_challenge(always(reply_with(200, "something else")));
  hub("subscribe", feed, to.url(), {{"hub.lease_seconds", "6000"}});
  ASSERT_TRUE(to.wait_for_challenges(3));
  restart();
  EXPECT_EQ(shown(feed, to.url(), "lease_seconds"), "4000");
  EXPECT_EQ(shown(feed, to.url(), "expires_at"), end);
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries().at(0);
  EXPECT_EQ(got.field("X-Hub-Signature"), signature("sha256", "old", got));
}

TEST_F(websub, websub_13_failed_unsubscription_keeps_the_subscription) {
  start();
  receiver to;
  subscribe(feed, to.url());
  to.on_challenge(always(reply_with(404)));
  expect_accepted(hub("unsubscribe", feed, to.url()));
  ASSERT_TRUE(to.wait_for_challenges(2));
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  restart();
  EXPECT_EQ(state_of(feed, to.url()), "active");
  publish(feed, "y");
  ASSERT_TRUE(to.wait_for_deliveries(2));
}

TEST_F(websub, websub_14_renewal_does_not_interrupt_delivery) {
  start();
  receiver to;
  subscribe(feed, to.url());
  to.on_challenge(held(receiver::echo));
  hub("subscribe", feed, to.url());
  ASSERT_TRUE(to.wait_for_challenges(2));
  for (auto body : {"1", "2", "3"})
    publish(feed, body);
  ASSERT_TRUE(to.wait_for_deliveries(3));
  to.release();
  publish(feed, "4");
  ASSERT_TRUE(to.wait_for_deliveries(4));
  stop();
  EXPECT_THAT(bodies_of(to.deliveries()),
              UnorderedElementsAre("1", "2", "3", "4"));
}

TEST_F(websub, websub_15_a_renewal_may_change_or_drop_the_secret) {
  start();
  receiver to;
  int lease = 4000;
  auto renew = [&](field_list more) {
    more.emplace_back("hub.lease_seconds", std::to_string(++lease));
    subscribe(feed, to.url(), more);
    ASSERT_TRUE(eventually([&] {
      return shown(feed, to.url(), "lease_seconds") == std::to_string(lease);
    }));
    auto before = to.deliveries().size();
    publish(feed, "x");
    ASSERT_TRUE(to.wait_for_deliveries(before + 1));
  };
  renew({{"hub.secret", "one"}});
  renew({{"hub.secret", "two"}});
  renew({});
  renew({{"hub.secret", "three"}});
  auto body = to.deliveries().at(0);
  EXPECT_THAT(fields_of(to.deliveries(), "X-Hub-Signature"),
              ElementsAre(signature("sha256", "one", body),
                          signature("sha256", "two", body), "",
                          signature("sha256", "three", body)));
}

TEST_F(websub, websub_16_the_pair_of_topic_and_callback_is_the_key) {
  start();
  receiver to;
  for (auto callback : {"/", "/?a", "/?b", "/A", "/a", "/a/", "/?a"})
    subscribe(feed, to.url(callback));
  subscribe(feed + "/", to.url("/other"));
  publish(feed, "x");
  publish(feed + "/", "y");
  ASSERT_TRUE(to.wait_for_deliveries(7));
  stop();
  EXPECT_THAT(
    targets_of(to.deliveries()),
    UnorderedElementsAre("/", "/?a", "/?b", "/A", "/a", "/a/", "/other"));
}

TEST_F(websub, websub_30_unsubscribing_an_unknown_pair_is_accepted) {
  start();
  receiver to;
  expect_accepted(hub("unsubscribe", feed, to.url()));
  subscribe("http://publisher.example/other", to.url());
  expect_accepted(hub("unsubscribe", feed, to.url()));
  subscribe("http://publisher.example/third", to.url());
  stop();
  EXPECT_THAT(asked(to.challenges(), "hub.mode"),
              ElementsAre("subscribe", "subscribe"));
}
