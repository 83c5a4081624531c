// Where herald is better than intergov on purpose: what it takes, what it
// verifies, what it refuses; one test for each row of docs/conformance.md.
#include "tests/end_to_end/support/intergov.hpp"

#include <nlohmann/json.hpp>

#include <set>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

namespace {

const std::vector<std::string> unverified{"--intergov-verify=false"};

} // namespace

// -- the intent ---------------------------------------------------------------

TEST_F(intergov_rules, intergov_31_the_intent_is_verified) {
  start();
  receiver to;
  to.on_challenge(held(receiver::echo));
  expect_accepted(ask("subscribe", "UN.CEFACT.*", to.url("/c?x=1")));
  ASSERT_TRUE(to.wait_for_challenges(1));
  auto got = to.challenges()[0];
  EXPECT_THAT(got.word(1), ::testing::StartsWith("/c?x=1&"));
  EXPECT_EQ(asked(got, "hub.mode"), "subscribe");
  EXPECT_EQ(asked(got, "hub.topic"), "UN.CEFACT.*");
  EXPECT_EQ(asked(got, "hub.lease_seconds"), "432000");
  EXPECT_EQ(state_of("UN.CEFACT.*", to.url("/c?x=1")), "pending");
  publish("UN.CEFACT.A", "early");
  to.release();
  ASSERT_TRUE(wait_for_state("UN.CEFACT.*", to.url("/c?x=1"), "active"));
  publish("UN.CEFACT.A", "late");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  stop();
  EXPECT_THAT(bodies_of(to.deliveries()), ElementsAre("late"));
}

TEST_F(intergov_rules, intergov_31_who_does_not_confirm_is_not_subscribed) {
  start();
  receiver to;
  to.on_challenge(always(reply_with(200, "something else")));
  expect_accepted(ask("subscribe", "a.b", to.url()));
  ASSERT_TRUE(to.wait_for_challenges(1));
  ASSERT_TRUE(wait_for_state("a.b", to.url(), ""));
  to.on_challenge(receiver::echo);
  join("a.b", to.url());
  to.on_challenge(always(reply_with(404)));
  expect_accepted(ask("unsubscribe", "a.b", to.url()));
  ASSERT_TRUE(to.wait_for_challenges(3));
  EXPECT_EQ(asked(to.challenges()[2], "hub.mode"), "unsubscribe");
  publish("a.b", "x");
  EXPECT_TRUE(to.wait_for_deliveries(1));
}

TEST_F(intergov_rules, intergov_31_verification_can_be_turned_off) {
  start(unverified);
  receiver to;
  expect_accepted(ask("subscribe", "a.b", to.url()));
  EXPECT_EQ(state_of("a.b", to.url()), "active");
  publish("a.b", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  expect_accepted(ask("unsubscribe", "a.b", to.url()));
  EXPECT_EQ(state_of("a.b", to.url()), "");
  EXPECT_THAT(to.challenges(), IsEmpty());
  // That is of this entrance only.
  subscribe("a.b", to.url());
  EXPECT_THAT(to.challenges(), SizeIs(1));
}

// -- what is taken and what is refused ----------------------------------------

TEST_F(intergov_rules, intergov_32_what_made_it_fail_is_refused_in_its_shape) {
  start();
  expect_error(ask("subscribe", "a.b", nowhere, {{"hub.lease_seconds", "abc"}}),
               400, lease_error("abc"));
  for (auto mode : {"subscribe", "unsubscribe"}) {
    for (auto topic : {"a/b", "a.b*", "a\x01z", "a b", "\xff"}) {
      auto answer = ask(mode, topic, nowhere);
      auto reason = json::parse(answer.body)["errors"][0]["source"][0];
      expect_error(answer, 400, topic_error(reason));
    }
    for (auto callback : {"http://[", "http://[::1", "http://a b/",
                          "http://h:99999/", "http://h/\x01"}) {
      auto answer = ask(mode, "a.b", callback);
      auto reason = json::parse(answer.body)["errors"][0]["source"][0];
      expect_error(answer, 400, callback_error(reason));
      EXPECT_THAT(answer.body, Not(HasSubstr("Traceback")));
    }
  }
}

TEST_F(intergov_rules, intergov_33_a_star_subscribes_to_all_predicates) {
  start();
  receiver to;
  join("*", to.url());
  publish("message.1e6c.status", "1");
  publish("UN.CEFACT.TRADE.CO.CREATED", "2");
  publish(feed, "of a URL");
  publish("a", "3");
  ASSERT_TRUE(to.wait_for_deliveries(3));
  stop();
  EXPECT_THAT(bodies_of(to.deliveries()), UnorderedElementsAre("1", "2", "3"));
}

TEST_F(intergov_rules, intergov_34_the_lease_of_an_unsubscription_is_ignored) {
  start(unverified);
  for (auto lease : {"abc", "0", "-1", "3599", "31536001", ""}) {
    expect_accepted(ask("subscribe", "a.b", nowhere));
    expect_accepted(
      ask("unsubscribe", "a.b", nowhere, {{"hub.lease_seconds", lease}}));
    EXPECT_EQ(state_of("a.b", nowhere), "") << lease;
  }
}

TEST_F(intergov_rules, intergov_35_unsubscribing_another_layer_is_404) {
  start(unverified);
  expect_accepted(ask("subscribe", "a.b", nowhere));
  for (auto topic : {"a.b.c", "a.b.c.*", "a", "a.*", "*"})
    EXPECT_EQ(ask("unsubscribe", topic, nowhere).status(), 404) << topic;
  EXPECT_EQ(state_of("a.b", nowhere), "active");
  // Two spellings of one layer.
  expect_accepted(ask("unsubscribe", "A.B.*", nowhere));
  EXPECT_EQ(state_of("a.b", nowhere), "");
}

TEST_F(intergov_rules, intergov_36_a_secret_signs) {
  start();
  receiver to;
  join("UN.CEFACT.*", to.url("/1"), {{"hub.secret", "s & t"}});
  join("UN.CEFACT.*", to.url("/2"));
  EXPECT_EQ(notify(data_file("message.json")).status(), 202);
  ASSERT_TRUE(to.wait_for_deliveries(2));
  for (auto& got : to.deliveries()) {
    auto expected
      = got.word(1) == "/1" ? signature("sha256", "s & t", got) : "";
    EXPECT_EQ(got.field("X-Hub-Signature"), expected);
    EXPECT_EQ(got.count("webhook-signature"), expected.empty() ? 0u : 1u);
  }
}

TEST_F(intergov_rules, intergov_43_what_poisons_a_queue_is_refused) {
  start();
  receiver to;
  join("*", to.url());
  for (auto predicate : {"http://publisher.example/", "a/b", "a.b*", "*",
                         "a.*.b", "*.a", ".", "..", "", "a\nb"}) {
    auto answer = notify(notification(predicate));
    EXPECT_EQ(answer.status(), 400) << predicate;
    EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
  }
  for (auto topic : {"a.b*", "*", "."})
    EXPECT_EQ(post("/events?topic=" + percent_encode(topic), "text/plain", "x")
                .status(),
              400)
      << topic;
  for (auto body : {R"({"predicate":1})", R"({"predicate":null})", R"({})"})
    EXPECT_EQ(notify(body).status(), 400) << body;
  publish("a.b", "fine");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  stop();
  EXPECT_THAT(bodies_of(to.deliveries()), ElementsAre("fine"));
}

TEST_F(intergov_rules, intergov_44_empty_parts_are_dropped_visibly) {
  start();
  receiver to;
  join("UN.CEFACT.*", to.url());
  for (auto predicate : {"UN..CEFACT.A", ".UN.CEFACT.A", "UN.CEFACT.A.",
                         "..UN...CEFACT..A..", "UN.CEFACT.A..*"}) {
    auto answer = notify(notification(predicate));
    ASSERT_EQ(answer.status(), 202) << answer.body;
    EXPECT_THAT(json::parse(answer.body)["topic"],
                ::testing::AnyOf("UN.CEFACT.A", "UN.CEFACT.A.*"))
      << predicate;
  }
  ASSERT_TRUE(to.wait_for_deliveries(5));
  stop();
  EXPECT_THAT(to.deliveries(), SizeIs(5));
  for (auto& topic : fields_of(to.deliveries(), "Herald-Topic"))
    EXPECT_THAT(topic, ::testing::StartsWith("UN.CEFACT.A"));
}
