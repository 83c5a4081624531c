// Publish, deliver, retry, end: what herald is for, seen from outside.
#include "tests/end_to_end/support/fixture.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

class main_job : public end_to_end {};

/// Every byte there is, so that nothing on the way may think it is text.
std::string all_bytes() {
  std::string result;
  for (int i = 0; i < 256; ++i)
    result += static_cast<char>(i);
  return result;
}

/// Answers with `status` first, then with 200.
receiver::script fail_first(int count, reply how) {
  return [=, left = count](const http_message&) mutable {
    return left-- > 0 ? how : reply{};
  };
}

} // namespace

TEST_F(main_job, an_event_is_delivered_byte_for_byte_with_all_headers) {
  start();
  receiver to;
  subscribe(feed, to.url("/in"));
  auto answer = post("/events?topic=" + percent_encode(feed),
                     "application/x-odd; a=\"b\"", all_bytes());
  ASSERT_EQ(answer.status(), 202) << answer.body;
  auto id = nlohmann::json::parse(answer.body)["id"].get<std::string>();
  EXPECT_EQ(answer.field("Location"), "/events/" + id);
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries()[0];
  EXPECT_EQ(got.start, "POST /in HTTP/1.1");
  EXPECT_EQ(got.body, all_bytes());
  EXPECT_EQ(got.field("Content-Type"), "application/x-odd; a=\"b\"");
  EXPECT_EQ(got.count("Link"), 1u);
  EXPECT_EQ(got.field("Link"), "<" + feed + ">; rel=\"self\", <"
                                 + node().url("/hub") + ">; rel=\"hub\"");
  EXPECT_EQ(got.field("webhook-id"), id);
  EXPECT_THAT(id, Not(HasSubstr(".")));
  EXPECT_EQ(got.field("Herald-Attempt"), "1");
  EXPECT_THAT(got.field("User-Agent"), StartsWith("herald/"));
  EXPECT_EQ(got.field("Host"), "127.0.0.1:" + std::to_string(to.port()));
  EXPECT_FALSE(got.field("Herald-Subscription").empty());
  EXPECT_EQ(got.count("X-Hub-Signature"), 0u);
  EXPECT_EQ(got.count("webhook-signature"), 0u);
}

TEST_F(main_job, the_header_names_the_subscription_that_the_node_lists) {
  start();
  receiver to;
  subscribe(feed, to.url());
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto id = to.deliveries()[0].field("Herald-Subscription");
  auto shown = get("/subscriptions/" + id);
  ASSERT_EQ(shown.status(), 200) << shown.body;
  EXPECT_EQ(nlohmann::json::parse(shown.body)["callback"], to.url());
}

TEST_F(main_job, signatures_hold_when_checked_by_openssl_alone) {
  start();
  receiver to;
  std::string secret = "whsec_c2VjcmV0IGtleSBvZiBhIHRlc3Q=";
  subscribe(feed, to.url(), {{"hub.secret", secret}});
  publish(feed, all_bytes());
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries()[0];
  EXPECT_EQ(got.field("X-Hub-Signature"),
            "sha256=" + hmac_hex("sha256", secret, got.body));
  auto time = got.field("webhook-timestamp");
  EXPECT_THAT(time, ::testing::MatchesRegex("[0-9]{10}"));
  auto text = got.field("webhook-id") + "." + time + "." + got.body;
  EXPECT_EQ(got.field("webhook-signature"),
            "v1," + hmac_base64("sha256", "secret key of a test", text));
}

TEST_F(main_job, a_plain_secret_signs_with_its_own_bytes) {
  start();
  receiver to;
  subscribe(feed, to.url(), {{"hub.secret", "plain & simple"}});
  publish(feed, "body");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries()[0];
  EXPECT_EQ(got.field("X-Hub-Signature"),
            "sha256=" + hmac_hex("sha256", "plain & simple", "body"));
  auto text
    = got.field("webhook-id") + "." + got.field("webhook-timestamp") + ".body";
  EXPECT_EQ(got.field("webhook-signature"),
            "v1," + hmac_base64("sha256", "plain & simple", text));
}

TEST_F(main_job, an_old_client_that_sends_hub_verify_gets_sha1) {
  start();
  receiver to;
  subscribe(feed, to.url(), {{"hub.secret", "s"}, {"hub.verify", "async"}});
  publish(feed, "body");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].field("X-Hub-Signature"),
            "sha1=" + hmac_hex("sha1", "s", "body"));
}

TEST_F(main_job, the_challenge_says_what_was_asked_for) {
  start();
  receiver to;
  subscribe(feed, to.url("/in?a=b"), {{"hub.lease_seconds", "4000"}});
  ASSERT_EQ(to.challenges().size(), 1u);
  auto got = to.challenges()[0];
  EXPECT_THAT(got.start, StartsWith("GET /in?a=b&"));
  auto target = got.word(1);
  auto query = target.substr(target.find('?') + 1);
  EXPECT_EQ(form_value(query, "hub.mode"), "subscribe");
  EXPECT_EQ(form_value(query, "hub.topic"), feed);
  EXPECT_EQ(form_value(query, "hub.lease_seconds"), "4000");
  EXPECT_GE(form_value(query, "hub.challenge").size(), 16u);
  EXPECT_TRUE(got.body.empty());
}

TEST_F(main_job, a_predicate_is_named_in_a_header_of_its_own) {
  start();
  receiver to;
  subscribe("UN.CEFACT.*", to.url());
  publish("un.cefact.Trade.created", "{}", "application/json");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries()[0];
  EXPECT_EQ(got.field("Herald-Topic"), "un.cefact.Trade.created");
  EXPECT_EQ(got.field("Link"), "<" + node().url("/hub") + ">; rel=\"hub\"");
}

TEST_F(main_job, a_failed_delivery_is_made_again_with_the_same_id) {
  start();
  receiver to;
  to.on_delivery(fail_first(2, {reply::kind::answer, 500, {}, {}}));
  subscribe(feed, to.url());
  auto id = publish(feed, "again");
  ASSERT_TRUE(to.wait_for_deliveries(3));
  EXPECT_THAT(fields_of(to.deliveries(), "Herald-Attempt"),
              ElementsAre("1", "2", "3"));
  EXPECT_THAT(fields_of(to.deliveries(), "webhook-id"),
              ElementsAre(id, id, id));
  EXPECT_THAT(bodies_of(to.deliveries()),
              ElementsAre("again", "again", "again"));
}

TEST_F(main_job, attempts_are_counted_on_after_a_restart) {
  start({"--retry-schedule", "200ms", "--retry-jitter", "0"});
  receiver to;
  to.on_delivery([](const http_message&) {
    return reply{reply::kind::answer, 500, {}, {}};
  });
  subscribe(feed, to.url());
  publish(feed, "x");
  ASSERT_TRUE(wait_for_state(feed, to.url(), "failing"));
  EXPECT_EQ(node().terminate(), 0);
  auto before = to.deliveries().size();
  EXPECT_EQ(to.deliveries().back().field("Herald-Attempt"),
            std::to_string(before));
  node().start();
  ASSERT_TRUE(to.wait_for_deliveries(before + 1));
  EXPECT_EQ(to.deliveries()[before].field("Herald-Attempt"),
            std::to_string(before + 1));
}

TEST_F(main_job, a_connection_that_is_closed_without_an_answer_is_a_failure) {
  start();
  receiver to;
  // The first loss may be an old connection's, which is no attempt's fault.
  to.on_delivery(fail_first(2, reply::close()));
  subscribe(feed, to.url());
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(3));
  EXPECT_NE(to.deliveries()[2].field("Herald-Attempt"), "1");
}

TEST_F(main_job, a_subscriber_that_hangs_is_given_up_and_holds_up_nobody) {
  auto args = quick_retries;
  args.insert(args.end(), {"--delivery-timeout", "1s"});
  start(args);
  receiver slow;
  receiver fast;
  slow.on_delivery(fail_first(1, reply::hang()));
  subscribe(feed, slow.url());
  subscribe(feed, fast.url());
  publish(feed, "x");
  ASSERT_TRUE(fast.wait_for_deliveries(1));
  EXPECT_LE(slow.deliveries().size(), 1u);
  ASSERT_TRUE(slow.wait_for_deliveries(2));
  EXPECT_EQ(fast.deliveries().size(), 1u);
}

TEST_F(main_job, gone_ends_the_subscription) {
  start();
  receiver to;
  receiver other;
  to.on_delivery([](const http_message&) {
    return reply{reply::kind::answer, 410, {}, {}};
  });
  subscribe(feed, to.url());
  subscribe(feed, other.url());
  publish(feed, "one");
  ASSERT_TRUE(wait_for_state(feed, to.url(), ""));
  publish(feed, "two");
  ASSERT_TRUE(other.wait_for_deliveries(2));
  EXPECT_THAT(bodies_of(to.deliveries()), ElementsAre("one"));
}

TEST_F(main_job, a_redirect_is_a_failure_and_not_followed) {
  start();
  receiver to;
  receiver elsewhere;
  to.on_delivery(fail_first(
    1, {reply::kind::answer, 307, {{"Location", elsewhere.url()}}, {}}));
  subscribe(feed, to.url());
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_THAT(elsewhere.deliveries(), IsEmpty());
}

TEST_F(main_job, retry_after_is_waited_for) {
  start();
  receiver to;
  to.on_delivery(
    fail_first(1, {reply::kind::answer, 503, {{"Retry-After", "1"}}, {}}));
  subscribe(feed, to.url());
  auto begin = std::chrono::steady_clock::now();
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds{1});
}

TEST_F(main_job, the_callback_is_used_exactly_as_given) {
  start();
  receiver to;
  auto target = std::string{"/a%2Fb/c;d=1?x=%20y&z=+&x=2"};
  subscribe(feed, to.url(target));
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].word(1), target);
}

TEST_F(main_job, callbacks_that_differ_in_the_query_are_two_subscriptions) {
  start();
  receiver to;
  subscribe(feed, to.url("/?a"));
  subscribe(feed, to.url("/?b"));
  subscribe(feed, to.url("/?b"));
  publish(feed, "x");
  publish(feed, "y");
  ASSERT_TRUE(to.wait_for_deliveries(4));
  std::vector<std::string> targets;
  for (auto& x : to.deliveries())
    targets.push_back(x.word(1));
  EXPECT_THAT(targets,
              ::testing::UnorderedElementsAre("/?a", "/?a", "/?b", "/?b"));
}

TEST_F(main_job, nothing_comes_after_unsubscribing) {
  start();
  receiver to;
  receiver other;
  subscribe(feed, to.url());
  subscribe(feed, other.url());
  ASSERT_EQ(hub("unsubscribe", feed, to.url()).status(), 202);
  ASSERT_TRUE(wait_for_state(feed, to.url(), ""));
  auto last = to.challenges().back().word(1);
  EXPECT_THAT(last, HasSubstr("hub.mode=unsubscribe"));
  publish(feed, "x");
  ASSERT_TRUE(other.wait_for_deliveries(1));
  EXPECT_THAT(to.deliveries(), IsEmpty());
}

TEST_F(main_job, nothing_comes_after_the_lease_has_ended) {
  auto args = quick_retries;
  args.insert(args.end(), {"--lease-min", "1s"});
  start(args);
  receiver to;
  receiver other;
  subscribe(feed, to.url(), {{"hub.lease_seconds", "2"}});
  subscribe(feed, other.url());
  publish(feed, "in time");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  ASSERT_TRUE(eventually([&] {
    auto state = state_of(feed, to.url());
    return state.empty() || state == "expired";
  }));
  publish(feed, "late");
  ASSERT_TRUE(other.wait_for_deliveries(2));
  EXPECT_THAT(bodies_of(to.deliveries()), ElementsAre("in time"));
}

TEST_F(main_job, one_connection_serves_many_requests_in_order) {
  start();
  connection to{node().port()};
  auto one = to.request("POST", "/events?topic=a.b", {}, "1");
  auto two = to.request("POST", "/events?topic=a.b", {}, "2");
  ASSERT_TRUE(one && two);
  std::string many;
  for (int i = 0; i < 20; ++i)
    many += format_request("POST", "/events?topic=t" + std::to_string(i), {},
                           "body")
            + format_request("GET", "/healthz", {}, "");
  ASSERT_TRUE(to.send(many));
  for (int i = 0; i < 20; ++i) {
    auto stored = to.read();
    ASSERT_TRUE(stored && stored->status() == 202);
    EXPECT_THAT(stored->body,
                HasSubstr("\"topic\":\"t" + std::to_string(i) + "\""));
    auto alive = to.read();
    ASSERT_TRUE(alive && alive->status() == 200);
  }
}

TEST_F(main_job, a_repeated_key_is_the_same_event) {
  start();
  receiver to;
  subscribe("a", to.url());
  field_list key{{"Idempotency-Key", "k-1"}};
  auto one = post("/events?topic=a", "text/plain", "x", key);
  auto two = post("/events?topic=a", "text/plain", "x", key);
  EXPECT_THAT(one.body, HasSubstr("\"duplicate\":false"));
  EXPECT_EQ(two.status(), 202);
  EXPECT_THAT(two.body, HasSubstr("\"duplicate\":true"));
  EXPECT_EQ(one.field("Location"), two.field("Location"));
  publish("a", "end");
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_THAT(bodies_of(to.deliveries()),
              ::testing::UnorderedElementsAre("x", "end"));
}
