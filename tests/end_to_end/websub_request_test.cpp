// What the hub must do with a request; one test for each row of
// docs/conformance.md.
#include "tests/end_to_end/support/websub.hpp"

using namespace herald::end_to_end;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

namespace {

std::string subscription_form(const std::string& topic,
                              const std::string& callback) {
  return "hub.mode=subscribe&hub.topic=" + percent_encode(topic)
         + "&hub.callback=" + percent_encode(callback);
}

std::string repeated(const std::string& text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i)
    result += text;
  return result;
}

} // namespace

TEST_F(websub, websub_01_callback_mode_and_topic_are_enough) {
  start();
  receiver to;
  expect_accepted(hub_form(subscription_form(feed, to.url())));
  ASSERT_TRUE(wait_for_state(feed, to.url(), "active"));
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
}

TEST_F(websub, websub_02_a_secret_is_accepted_and_used) {
  start();
  receiver to;
  subscribe(feed, to.url(), {{"hub.secret", "s & t"}});
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries().at(0);
  EXPECT_EQ(got.field("X-Hub-Signature"), signature("sha256", "s & t", got));
}

TEST_F(websub, websub_05_only_a_posted_form_is_a_request) {
  start();
  receiver to;
  auto form = subscription_form(feed, to.url());
  auto json = R"({"hub.mode":"subscribe","hub.topic":")" + feed
              + R"(","hub.callback":")" + to.url() + "\"}";
  EXPECT_EQ(hub_form(json, "application/json").status() / 100, 4);
  for (auto type : {"application/json", "text/plain", "multipart/form-data",
                    "application/x-www-form-urlencoded2"})
    EXPECT_EQ(hub_form(form, type).status() / 100, 4) << type;
  EXPECT_EQ(get("/hub?" + form).status() / 100, 4);
  EXPECT_EQ(
    request(node().port(), "PUT", "/hub", {{"Content-Type", form_type}}, form)
        .status()
      / 100,
    4);
  subscribe(feed, to.url("/proper"));
  stop();
  EXPECT_THAT(to.challenges(), SizeIs(1));
}

TEST_F(websub, websub_05_the_form_is_utf8_whatever_the_type_adds) {
  start();
  receiver to;
  std::string topic = "größe.änderung";
  for (auto type : {"application/x-www-form-urlencoded; charset=UTF-8",
                    "Application/X-WWW-Form-URLencoded;charset=\"utf-8\""})
    expect_accepted(hub_form(subscription_form(topic, to.url()), type));
  ASSERT_TRUE(wait_for_state(topic, to.url(), "active"));
  EXPECT_THAT(asked(to.challenges(), "hub.topic"), Each(topic));
  expect_refused(hub_form(subscription_form("gr\xf6\xdf", to.url())),
                 "hub.topic");
}

TEST_F(websub, websub_06_the_mode_is_one_of_two_in_any_letter_case) {
  start();
  receiver to;
  for (auto mode : {"Subscribe", "SUBSCRIBE", "UnSubscribe"}) {
    expect_accepted(hub(mode, feed, to.url()));
    auto state = mode[0] == 'U' ? "" : "active";
    ASSERT_TRUE(wait_for_state(feed, to.url(), state)) << mode;
  }
  for (auto mode : {"", "sub", "subscribed", "denied", "subscribe,unsubscribe"})
    expect_refused(hub(mode, feed, to.url()), "hub.mode", mode);
  expect_refused(post_form(node().port(), "/hub",
                           {{"hub.topic", feed}, {"hub.callback", to.url()}}),
                 "hub.mode");
  stop();
  EXPECT_THAT(asked(to.challenges(), "hub.mode"),
              ElementsAre("subscribe", "subscribe", "unsubscribe"));
}

TEST_F(websub, websub_07_a_missing_or_invalid_callback_is_refused) {
  start();
  for (auto mode : {"subscribe", "unsubscribe"}) {
    expect_refused(post_form(node().port(), "/hub",
                             {{"hub.mode", mode}, {"hub.topic", feed}}),
                   "hub.callback");
    for (auto url : {"", "nonsense", "/relative", "//example.com/", "http://",
                     "http:///path", "http://[::1", "http://a b/",
                     "http://example.com/a b", "http://example.com:99999/",
                     "http://example.com/\x01", "http://example.com/%zz"})
      expect_refused(hub(mode, feed, url), "hub.callback", url);
  }
}

TEST_F(websub, websub_07_a_missing_or_invalid_topic_is_refused) {
  start();
  receiver to;
  expect_refused(
    post_form(node().port(), "/hub",
              {{"hub.mode", "subscribe"}, {"hub.callback", to.url()}}),
    "hub.topic");
  for (auto topic : {"", "http://", "http:///path", "http://[::1",
                     "http://example.com/a b", "a\x01z", "a..b"})
    expect_refused(hub("subscribe", topic, to.url()), "hub.topic", topic);
  subscribe(feed, to.url());
  stop();
  EXPECT_THAT(to.challenges(), SizeIs(1));
}

TEST_F(websub, websub_08_the_lease_is_a_positive_decimal_integer) {
  start();
  receiver to;
  for (auto lease : {"0", "00", "-1", "+60", "abc", "1.5", "1e3", "0x10", "60s",
                     " 60", "60 ", "6 0"})
    expect_refused(
      hub("subscribe", feed, to.url(), {{"hub.lease_seconds", lease}}),
      "hub.lease_seconds", lease);
  subscribe(feed, to.url("/?1"), {{"hub.lease_seconds", "004000"}});
  subscribe(feed, to.url("/?2"),
            {{"hub.lease_seconds", "123456789012345678901234567890"}});
  EXPECT_THAT(asked(to.challenges(), "hub.lease_seconds"),
              ElementsAre("4000", std::to_string(365 * 86400)));
}

TEST_F(websub, websub_09_the_lease_of_an_unsubscription_is_ignored) {
  start();
  receiver to;
  for (auto lease : {"garbage", "0", "-1", "60", ""}) {
    subscribe(feed, to.url());
    expect_accepted(
      hub("unsubscribe", feed, to.url(), {{"hub.lease_seconds", lease}}));
    ASSERT_TRUE(wait_for_state(feed, to.url(), "")) << lease;
  }
}

TEST_F(websub, websub_10_a_secret_is_shorter_than_200_bytes) {
  start();
  receiver to;
  for (auto& secret : {std::string(200, 's'), repeated("ü", 100)})
    expect_refused(hub("subscribe", feed, to.url(), {{"hub.secret", secret}}),
                   "hub.secret", secret);
  for (auto& secret : {std::string(199, 's'), repeated("ü", 99) + "x"}) {
    receiver fine;
    subscribe(feed, fine.url(), {{"hub.secret", secret}});
    publish(feed, "x");
    ASSERT_TRUE(fine.wait_for_deliveries(1));
    auto got = fine.deliveries().at(0);
    EXPECT_EQ(got.field("X-Hub-Signature"), signature("sha256", secret, got));
  }
  EXPECT_THAT(to.challenges(), IsEmpty());
}

TEST_F(websub, websub_11_unknown_parameters_are_ignored) {
  start();
  receiver to;
  subscribe(feed, to.url(),
            {{"hub.unknown", "x"},
             {"hub.verify_token", "t"},
             {"callback", nowhere},
             {"HUB.MODE", "unsubscribe"},
             {"hub.modes", "unsubscribe"},
             {"", ""},
             {"ü\x01", std::string(300, 'x')}});
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
}

TEST_F(websub, websub_17_topic_and_callback_are_http_or_https) {
  start();
  receiver to;
  subscribe("https://publisher.example/feed", to.url());
  expect_accepted(hub("subscribe", feed, "https://127.0.0.1:9/"));
  for (auto scheme : {"ftp://", "file:///", "ws://", "httpx://"}) {
    auto url = std::string{scheme} + "publisher.example/feed";
    expect_refused(hub("subscribe", feed, url), "hub.callback", url);
    expect_refused(hub("subscribe", url, to.url()), "hub.topic", url);
  }
  for (auto url : {"javascript:alert(1)", "mailto:a@publisher.example"})
    expect_refused(hub("subscribe", feed, url), "hub.callback", url);
}

TEST_F(websub, websub_18_percent_encoding_is_undone_once) {
  start();
  receiver to;
  // %25 is the percent sign; what it begins belongs to the URLs.
  auto answer
    = hub_form("hub.mode=subscribe&hub%2Esecret=a+b%2Bc&hub.topic="
               "http%3A%2F%2Fpublisher.example%2Fa%2520b%252Fc%3Fd%3D%252B"
               "&hub.callback="
               + percent_encode(to.url("/x%2Fy?z=%2526")));
  expect_accepted(answer);
  std::string topic = "http://publisher.example/a%20b%2Fc?d=%2B";
  ASSERT_TRUE(wait_for_state(topic, to.url("/x%2Fy?z=%2526"), "active"));
  EXPECT_EQ(asked(to.challenges().at(0), "hub.topic"), topic);
  EXPECT_THAT(to.challenges().at(0).word(1), StartsWith("/x%2Fy?z=%2526&"));
  publish(topic, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries().at(0);
  EXPECT_EQ(got.word(1), "/x%2Fy?z=%2526");
  EXPECT_EQ(got.field("X-Hub-Signature"), signature("sha256", "a b+c", got));
}

TEST_F(websub, websub_19_topics_may_be_refused_by_policy) {
  start_with({"--topics-allow", "http://publisher.example/*"});
  receiver to;
  std::string other = "http://other.example/feed";
  expect_accepted(hub("subscribe", other, to.url()));
  ASSERT_TRUE(to.wait_for_challenges(1));
  subscribe(feed, to.url());
  EXPECT_EQ(state_of(other, to.url()), "");
  publish(other, "x");
  publish(feed, "y");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  stop();
  EXPECT_THAT(bodies_of(to.deliveries()), ElementsAre("y"));
  EXPECT_THAT(asked(to.challenges(), "hub.mode"),
              ElementsAre("denied", "subscribe"));
}

TEST_F(websub, websub_20_the_callbacks_query_is_kept) {
  start();
  receiver to;
  subscribe(feed, to.url("/in?a=b&c"));
  subscribe(feed, to.url("/in"));
  EXPECT_THAT(
    targets_of(to.challenges()),
    ElementsAre(StartsWith("/in?a=b&c&hub."), StartsWith("/in?hub.")));
  subscribe(feed, to.url("/in?"));
  EXPECT_THAT(to.challenges().at(2).word(1),
              AnyOf(StartsWith("/in?hub."), StartsWith("/in?&hub.")));
}

TEST_F(websub, websub_21_the_callbacks_own_hub_parameters_stay) {
  start();
  receiver to;
  to.on_challenge(echo_last);
  std::string own = "/in?hub.mode=x&hub.topic=y&hub.challenge=z&hub.a=b";
  subscribe(feed, to.url(own));
  auto got = to.challenges().at(0);
  EXPECT_THAT(got.word(1), StartsWith(own + "&"));
  EXPECT_EQ(asked(got, "hub.mode"), "subscribe");
  EXPECT_EQ(asked(got, "hub.topic"), feed);
}

TEST_F(websub, websub_22_the_query_is_in_the_deliverys_url_not_in_its_body) {
  start();
  receiver to;
  subscribe(feed, to.url("/in?a=b&hub.mode=x"));
  publish(feed, "c=d", form_type);
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries().at(0).start, "POST /in?a=b&hub.mode=x HTTP/1.1");
  EXPECT_EQ(to.deliveries().at(0).body, "c=d");
}

TEST_F(websub, websub_23_every_accepted_request_gets_202) {
  start();
  receiver to;
  expect_accepted(hub("subscribe", feed, to.url()));
  ASSERT_TRUE(wait_for_state(feed, to.url(), "active"));
  expect_accepted(hub("subscribe", feed, to.url()));
  expect_accepted(hub("unsubscribe", feed, to.url()));
  ASSERT_TRUE(wait_for_state(feed, to.url(), ""));
  expect_accepted(hub("unsubscribe", feed, to.url()));
}

TEST_F(websub, websub_24_the_intent_is_verified_at_once) {
  start();
  receiver to;
  auto begin = std::chrono::steady_clock::now();
  hub("subscribe", feed, to.url());
  ASSERT_TRUE(to.wait_for_challenges(1));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{5});
}

TEST_F(websub, websub_25_a_refusal_is_4xx_and_explained_in_plain_text) {
  start();
  auto whole = subscription_form(feed, nowhere);
  for (auto& form :
       {std::string{}, std::string{"x"}, whole + "&hub.lease_seconds=x",
        whole + "&hub.secret=" + std::string(200, 's'),
        subscription_form("", nowhere), subscription_form(feed, "x")}) {
    auto answer = hub_form(form);
    expect_refused(answer, "hub.", form);
    EXPECT_EQ(answer.body.find_first_of("{<"), std::string::npos);
  }
  expect_refused(hub_form("{}", "application/json"), "");
  expect_refused(hub_form(std::string(2 << 20, 'x')), "");
}

TEST_F(websub, websub_26_callbacks_may_be_refused_by_policy) {
  start_with({"--callbacks-deny", "127.0.0.0/8"});
  receiver to;
  EXPECT_THAT(hub("subscribe", feed, to.url()).status() / 100, AnyOf(2, 4));
  ASSERT_TRUE(wait_for_state(feed, to.url(), ""));
  publish(feed, "x");
  stop();
  EXPECT_THAT(to.challenges(), IsEmpty());
  EXPECT_THAT(to.deliveries(), IsEmpty());
}

TEST_F(websub, websub_27_the_answer_does_not_wait_for_the_verification) {
  // Longer than this test waits for any answer.
  start_with({"--verify-timeout", "120s"});
  receiver hanging;
  receiver refusing;
  hanging.on_challenge(always(reply::hang()));
  refusing.on_challenge(always(reply_with(404)));
  for (auto mode : {"subscribe", "unsubscribe"})
    for (auto& callback : {hanging.url(), refusing.url(), nowhere})
      expect_accepted(hub(mode, feed, callback));
  ASSERT_TRUE(hanging.wait_for_challenges(1));
  ASSERT_TRUE(refusing.wait_for_challenges(1));
}

TEST_F(websub, websub_28_this_hub_sends_nobody_to_another_hub) {
  start();
  receiver to;
  for (auto& answer : {hub("subscribe", feed, to.url()),
                       hub("subscribe", "https://other.example/", to.url()),
                       hub("unsubscribe", feed, to.url())}) {
    expect_accepted(answer);
    EXPECT_EQ(answer.count("Location"), 0u);
  }
}

TEST_F(websub, websub_29_fragments_are_refused) {
  start();
  receiver to;
  for (auto mode : {"subscribe", "unsubscribe"})
    for (auto part : {"#part", "#", "?a#b"}) {
      expect_refused(hub(mode, feed, to.url() + part), "hub.callback", part);
      expect_refused(hub(mode, feed + part, to.url()), "hub.topic", part);
    }
  subscribe(feed + "%23part", to.url("/%23part"));
  EXPECT_THAT(to.challenges(), SizeIs(1));
}
