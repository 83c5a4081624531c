// What the hub must do when it delivers; one test for each row of
// docs/conformance.md.
#include "tests/end_to_end/support/websub.hpp"

using namespace herald::end_to_end;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

namespace {

/// As long as an event may be, and every byte there is.
std::string large_content() {
  std::string result;
  for (size_t i = 0; i < 1 << 20; ++i)
    result += static_cast<char>(i % 251 + i / 4096 % 5);
  return result;
}

/// The status that is the callback's path, with a body that means nothing.
reply status_of_path(const http_message& delivery) {
  return reply_with(std::stoi(delivery.word(1).substr(1)), "failed, not found");
}

std::vector<std::string> attempts_of(const receiver& from) {
  return fields_of(from.deliveries(), "Herald-Attempt");
}

} // namespace

TEST_F(websub, websub_50_the_full_content_is_delivered) {
  start();
  receiver to;
  subscribe(feed, to.url());
  auto content = large_content();
  publish(feed, content, "application/octet-stream");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_TRUE(to.deliveries().at(0).body == content);
}

TEST_F(websub, websub_51_the_content_type_is_the_topics) {
  start();
  receiver to;
  subscribe(feed, to.url());
  for (auto type :
       {"text/plain", "Text/HTML;Charset=\"UTF-8\"",
        "application/atom+xml;  type=feed ; x=\"a;b\"",
        "application/json; charset=iso-8859-1", "x", form_type.c_str()}) {
    auto before = to.deliveries().size();
    ASSERT_EQ(
      post("/events?topic=" + percent_encode(feed), type, "{}").status(), 202)
      << type;
    ASSERT_TRUE(to.wait_for_deliveries(before + 1));
    EXPECT_EQ(to.deliveries().at(before).field("Content-Type"), type);
    EXPECT_EQ(to.deliveries().at(before).count("Content-Type"), 1u);
  }
}

TEST_F(websub, websub_52_one_link_header_names_self_then_hub) {
  start();
  receiver to;
  auto topic = feed + "?a=b,c;d&e=%20";
  subscribe(topic, to.url());
  publish(topic, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries().at(0).count("Link"), 1u);
  EXPECT_EQ(to.deliveries().at(0).field("Link"),
            "<" + topic + ">; rel=\"self\", <" + node().url("/hub")
              + ">; rel=\"hub\"");
}

TEST_F(websub, websub_52_rel_hub_is_the_advertised_hub) {
  start_with({"--base-url", "https://hub.example/base", "--auth", "none",
              "--callbacks-allow", "loopback"});
  receiver to;
  subscribe(feed, to.url());
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries().at(0).field("Link"),
            "<" + feed
              + ">; rel=\"self\", <https://hub.example/base/hub>; rel=\"hub\"");
}

TEST_F(websub, websub_53_any_2xx_is_success_whatever_its_body) {
  start();
  receiver to;
  receiver failing;
  to.on_delivery(status_of_path);
  failing.on_delivery(in_turn({reply_with(500)}));
  for (auto target : {"/200", "/201", "/202", "/204", "/206", "/226", "/299"})
    subscribe(feed, to.url(target));
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(7));
  subscribe(feed, failing.url());
  publish(feed, "y");
  ASSERT_TRUE(to.wait_for_deliveries(14));
  // Whatever was to be tried again would have been before this is.
  ASSERT_TRUE(failing.wait_for_deliveries(2));
  stop();
  EXPECT_THAT(to.deliveries(), SizeIs(14));
  EXPECT_THAT(attempts_of(to), Each("1"));
}

TEST_F(websub, websub_53_a_large_answer_is_success_too) {
  start();
  receiver to;
  receiver failing;
  to.on_delivery(always(reply_with(200, std::string(4 << 20, 'x'))));
  failing.on_delivery(in_turn({reply_with(500)}));
  subscribe(feed, to.url());
  subscribe(feed, failing.url());
  for (auto body : {"x", "y"}) {
    auto before = to.deliveries().size();
    publish(feed, body);
    ASSERT_TRUE(to.wait_for_deliveries(before + 1));
  }
  ASSERT_TRUE(failing.wait_for_deliveries(3));
  stop();
  EXPECT_THAT(attempts_of(to), ElementsAre("1", "1"));
}

TEST_F(websub, websub_54_gone_ends_the_subscription) {
  start();
  receiver to;
  receiver other;
  to.on_delivery(always(reply_with(410)));
  subscribe(feed, to.url());
  subscribe(feed, other.url());
  publish(feed, "x");
  ASSERT_TRUE(wait_for_state(feed, to.url(), ""));
  publish(feed, "y");
  ASSERT_TRUE(other.wait_for_deliveries(2));
  restart();
  publish(feed, "z");
  ASSERT_TRUE(other.wait_for_deliveries(3));
  stop();
  EXPECT_THAT(bodies_of(to.deliveries()), ElementsAre("x"));
}

TEST_F(websub, websub_55_every_other_status_is_failure) {
  start();
  receiver elsewhere;
  std::vector<std::unique_ptr<receiver>> all;
  for (auto status : {300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404,
                      405, 409, 418, 429, 500, 501, 502, 503, 504, 599}) {
    all.push_back(std::make_unique<receiver>());
    all.back()->on_delivery(
      in_turn({reply_with(status, "", {{"Location", elsewhere.url()}})}));
    subscribe(feed, all.back()->url());
  }
  publish(feed, "x");
  for (auto& to : all) {
    ASSERT_TRUE(to->wait_for_deliveries(2));
    EXPECT_THAT(attempts_of(*to), ElementsAre("1", "2"));
    EXPECT_THAT(bodies_of(to->deliveries()), Each("x"));
  }
  stop();
  EXPECT_THAT(elsewhere.deliveries(), IsEmpty());
  EXPECT_THAT(elsewhere.challenges(), IsEmpty());
}

TEST_F(websub, websub_56_a_failure_is_tried_again_within_limits) {
  start({"--retry-schedule", "50ms", "--retry-jitter", "0", "--retry-max-age",
         "1s"});
  receiver to;
  receiver other;
  to.on_delivery(always(reply_with(500)));
  other.on_delivery(in_turn({reply_with(500)}));
  subscribe(feed, to.url());
  auto id = publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  ASSERT_TRUE(
    eventually([&] { return shown(feed, to.url(), "pending") == "0"; }));
  auto count = to.deliveries().size();
  EXPECT_GE(count, 2u);
  EXPECT_THAT(fields_of(to.deliveries(), "webhook-id"), Each(id));
  subscribe(feed + "/other", other.url());
  publish(feed + "/other", "y");
  ASSERT_TRUE(other.wait_for_deliveries(2));
  stop();
  EXPECT_THAT(to.deliveries(), SizeIs(count));
}

TEST_F(websub, websub_57_the_subscription_outlives_an_event_that_is_given_up) {
  start({"--retry-schedule", "50ms", "--retry-jitter", "0", "--retry-max-age",
         "200ms"});
  receiver to;
  to.on_delivery([](const http_message& x) {
    return reply_with(x.body == "bad" ? 500 : 200);
  });
  subscribe(feed, to.url());
  publish(feed, "bad");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  ASSERT_TRUE(
    eventually([&] { return shown(feed, to.url(), "pending") == "0"; }));
  auto count = to.deliveries().size();
  publish(feed, "good");
  ASSERT_TRUE(to.wait_for_deliveries(count + 1));
  EXPECT_EQ(to.deliveries().at(count).body, "good");
  EXPECT_TRUE(eventually([&] { return state_of(feed, to.url()) == "active"; }));
}

TEST_F(websub, websub_58_a_secret_signs_the_exact_bytes) {
  start();
  receiver to;
  std::string secret = "schlüssel \x01 & =";
  subscribe(feed, to.url(), {{"hub.secret", secret}});
  for (auto& body : {large_content(), std::string{"{ \"a\" : 1 }\r\n"}}) {
    auto before = to.deliveries().size();
    publish(feed, body, "application/json");
    ASSERT_TRUE(to.wait_for_deliveries(before + 1));
    auto got = to.deliveries().at(before);
    EXPECT_EQ(got.count("X-Hub-Signature"), 1u);
    EXPECT_THAT(got.field("X-Hub-Signature"),
                MatchesRegex("sha256=[0-9a-f]{64}"));
    EXPECT_EQ(got.field("X-Hub-Signature"), signature("sha256", secret, got));
    EXPECT_TRUE(got.body == body);
  }
}

TEST_F(websub, websub_59_sha256_is_the_default_and_sha1_for_old_clients) {
  start();
  receiver plain;
  receiver old;
  subscribe(feed, plain.url(), {{"hub.secret", "s"}});
  subscribe(feed, old.url(), {{"hub.secret", "s"}, {"hub.verify", "async"}});
  publish(feed, "x");
  ASSERT_TRUE(plain.wait_for_deliveries(1));
  ASSERT_TRUE(old.wait_for_deliveries(1));
  for (auto to : {&plain, &old}) {
    auto got = to->deliveries().at(0);
    EXPECT_EQ(got.count("X-Hub-Signature"), 1u);
    EXPECT_EQ(got.field("X-Hub-Signature"),
              signature(to == &old ? "sha1" : "sha256", "s", got));
  }
}

TEST_F(websub, websub_59_a_renewal_without_hub_verify_is_sha256_again) {
  start();
  receiver to;
  subscribe(feed, to.url(), {{"hub.secret", "s"}, {"hub.verify", "sync"}});
  subscribe(feed, to.url(),
            {{"hub.secret", "s"}, {"hub.lease_seconds", "4000"}});
  ASSERT_TRUE(eventually(
    [&] { return shown(feed, to.url(), "lease_seconds") == "4000"; }));
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries().at(0);
  EXPECT_EQ(got.field("X-Hub-Signature"), signature("sha256", "s", got));
}

TEST_F(websub, websub_60_without_a_secret_nothing_is_signed) {
  start();
  receiver to;
  subscribe(feed, to.url("/?1"));
  subscribe(feed, to.url("/?2"), {{"hub.secret", ""}});
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(2));
  for (auto& x : to.deliveries())
    for (auto field : {"X-Hub-Signature", "webhook-signature"})
      EXPECT_EQ(x.count(field), 0u) << field;
}

TEST_F(websub, websub_61_the_callback_is_used_as_it_was_given) {
  start();
  receiver to;
  std::vector<std::string> targets{"/a%2Fb/c;d=1?x=%20y&z=+&x=2",
                                   "/%c3%bc/%C3%9C",
                                   "//double//slash/",
                                   "/a/./b/../c",
                                   "/~%7E!$'()*,;=:@?/?:@",
                                   "/in?",
                                   "/in?a=http%3a%2f%2Fb.c/?d=e",
                                   "/%41"};
  for (auto& x : targets) {
    subscribe(feed, to.url(x));
    EXPECT_THAT(to.challenges().back().word(1), StartsWith(x));
  }
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(targets.size()));
  EXPECT_THAT(targets_of(to.deliveries()),
              ::testing::UnorderedElementsAreArray(targets));
  EXPECT_THAT(fields_of(to.deliveries(), "Host"),
              Each("127.0.0.1:" + std::to_string(to.port())));
}

TEST_F(websub, websub_61_a_callback_without_a_path_has_the_root) {
  start();
  receiver to;
  subscribe(feed, to.url(""));
  subscribe(feed, to.url("?a=b"));
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_THAT(targets_of(to.deliveries()), UnorderedElementsAre("/", "/?a=b"));
}

TEST_F(websub, websub_62_what_waits_is_not_delivered_after_the_end) {
  start(
    {"--retry-schedule", "2500ms", "--retry-jitter", "0", "--lease-min", "1s"});
  receiver ended;
  receiver expired;
  receiver other;
  for (auto to : {&ended, &expired, &other})
    to->on_delivery(in_turn({reply_with(500)}));
  subscribe(feed, ended.url());
  subscribe(feed, expired.url(), {{"hub.lease_seconds", "2"}});
  publish(feed, "x");
  ASSERT_TRUE(ended.wait_for_deliveries(1));
  ASSERT_TRUE(expired.wait_for_deliveries(1));
  hub("unsubscribe", feed, ended.url());
  ASSERT_TRUE(wait_for_state(feed, ended.url(), ""));
  // This fails later than those, and is due again later than they would be.
  subscribe(feed + "/other", other.url());
  publish(feed + "/other", "y");
  ASSERT_TRUE(other.wait_for_deliveries(2));
  stop();
  EXPECT_THAT(ended.deliveries(), SizeIs(1));
  EXPECT_THAT(expired.deliveries(), SizeIs(1));
}

TEST_F(websub, websub_63_an_upgrade_to_http2_is_ignored) {
  start();
  receiver to;
  auto form = "hub.mode=subscribe&hub.topic=" + percent_encode(feed)
              + "&hub.callback=" + percent_encode(to.url());
  auto answer = post("/hub", form_type, form,
                     {{"Connection", "Upgrade, HTTP2-Settings"},
                      {"Upgrade", "h2c"},
                      {"HTTP2-Settings", "AAMAAABkAAQAAP__"}});
  EXPECT_THAT(answer.start, StartsWith("HTTP/1.1 202"));
  ASSERT_TRUE(wait_for_state(feed, to.url(), "active"));
}
