// What a node answers to requests that are wrong, by the words of the
// contract.
#include "tests/end_to_end/support/fixture.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

class bad_input : public end_to_end {
public:
  void SetUp() override { start(); }

  /// Sends bytes that need not be HTTP; the status, or 0 if it only closes.
  int send_raw(std::string_view bytes) {
    connection to{node().port()};
    to.send(bytes);
    return to.read().value_or(http_message{}).status();
  }

  void expect_alive() { EXPECT_EQ(get("/readyz").status(), 200); }
};

/// 4xx and a plain sentence that names the field.
void expect_refused(const http_message& answer, const std::string& field,
                    const std::string& input = "") {
  SCOPED_TRACE(input);
  EXPECT_EQ(answer.status() / 100, 4) << answer.start;
  EXPECT_THAT(answer.field("Content-Type"), StartsWith("text/plain"));
  EXPECT_THAT(answer.body, HasSubstr(field));
  EXPECT_THAT(answer.body, Not(HasSubstr("{")));
}

void expect_problem(const http_message& answer, int status) {
  ASSERT_EQ(answer.status(), status) << answer.start << answer.body;
  EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
  auto body = nlohmann::json::parse(answer.body);
  EXPECT_EQ(body["status"], status);
  EXPECT_THAT(body["type"].get<std::string>(),
              StartsWith("urn:herald:problem:"));
}

const std::string somewhere = "http://127.0.0.1:9/";

} // namespace

TEST_F(bad_input, bytes_that_are_not_http_get_400_and_the_node_lives) {
  for (auto bytes :
       {"\x16\x03\x01\x02\x01\x01\xff\r\n\r\n", "GET\r\n\r\n",
        "POST /events HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        "POST /events HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2"
        "\r\n\r\nx",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n"})
    EXPECT_EQ(send_raw(bytes), 400) << bytes;
  EXPECT_EQ(send_raw("GET / HTTP/9.9\r\n\r\n"), 505);
  expect_alive();
}

TEST_F(bad_input, an_endless_header_is_refused_not_stored) {
  auto status = send_raw("GET / HTTP/1.1\r\nX: " + std::string(1 << 20, 'x'));
  EXPECT_THAT(status, ::testing::AnyOf(0, 400, 431));
  expect_alive();
}

TEST_F(bad_input, a_body_over_the_limit_gets_413) {
  std::string big((1 << 20) + 1, 'x');
  expect_problem(post("/events?topic=a", "text/plain", big), 413);
  big.pop_back();
  EXPECT_EQ(post("/events?topic=a", "text/plain", big).status(), 202);
}

TEST_F(bad_input, an_announced_body_over_the_limit_gets_413_before_it_is_sent) {
  EXPECT_EQ(send_raw("POST /events?topic=a HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                     "Content-Length: 9999999999\r\n\r\n"),
            413);
}

TEST_F(bad_input, hub_names_the_missing_or_unknown_field) {
  expect_refused(post_form(node().port(), "/hub", {}), "hub.mode");
  expect_refused(hub("buy", feed, somewhere), "hub.mode");
  expect_refused(post_form(node().port(), "/hub",
                           {{"hub.mode", "subscribe"}, {"hub.topic", feed}}),
                 "hub.callback");
  expect_refused(
    post_form(node().port(), "/hub",
              {{"hub.mode", "subscribe"}, {"hub.callback", somewhere}}),
    "hub.topic");
}

TEST_F(bad_input, hub_refuses_bad_urls) {
  for (auto url : {"", "nonsense", "ftp://example.com/", "http://", "http://[",
                   "http://a b/", "http://example.com/#part", "//example.com/"})
    expect_refused(hub("subscribe", feed, url), "hub.callback", url);
  expect_refused(hub("subscribe", feed + "#part", somewhere), "hub.topic");
  expect_refused(hub("subscribe", "", somewhere), "hub.topic");
  expect_refused(hub("subscribe", "a\x01z", somewhere), "hub.topic");
}

TEST_F(bad_input, hub_refuses_a_port_that_does_not_exist) {
  expect_refused(hub("subscribe", feed, "http://example.com:99999/"),
                 "hub.callback");
}

TEST_F(bad_input, hub_refuses_bad_leases_and_long_secrets) {
  for (auto lease : {"0", "-1", "abc", "1.5"})
    expect_refused(
      hub("subscribe", feed, somewhere, {{"hub.lease_seconds", lease}}),
      "hub.lease_seconds", lease);
  expect_refused(
    hub("subscribe", feed, somewhere, {{"hub.secret", std::string(200, 's')}}),
    "hub.secret");
  EXPECT_EQ(
    hub("subscribe", feed, somewhere, {{"hub.secret", std::string(199, 's')}})
      .status(),
    202);
  EXPECT_EQ(hub("unsubscribe", feed, "http://127.0.0.1:9/unknown",
                {{"hub.lease_seconds", "garbage"}})
              .status(),
            202);
}

TEST_F(bad_input, hub_takes_forms_by_post_only) {
  expect_refused(post("/hub", "application/json", "{\"hub.mode\":\"x\"}"), "");
  EXPECT_EQ(get("/hub?hub.mode=subscribe").status(), 405);
}

TEST_F(bad_input, events_need_a_topic_that_can_be_published) {
  for (auto topic : {"", ".", "*", "a.b*", "a%01"})
    expect_problem(
      post(std::string{"/events?topic="} + topic, "text/plain", "x"), 400);
  expect_problem(post("/events", "application/json", "{\"predicate\":"), 400);
  expect_problem(post("/events", "application/json", "{\"other\":1}"), 400);
  expect_problem(
    post("/events", "application/json", "{\"predicate\":\"http://a.b/\"}"),
    400);
  expect_problem(post("/events", "text/plain", "x"), 415);
}

TEST_F(bad_input, unknown_paths_and_methods_are_told_apart) {
  expect_problem(get("/nothing"), 404);
  expect_problem(get("/subscriptions/unknown"), 404);
  auto answer = request(node().port(), "DELETE", "/events");
  expect_problem(answer, 405);
  EXPECT_THAT(answer.field("Allow"), HasSubstr("POST"));
}

TEST_F(bad_input, listings_refuse_what_they_do_not_know) {
  expect_problem(get("/subscriptions?state=odd"), 400);
  expect_problem(get("/subscriptions?limit=0"), 400);
  expect_problem(get("/subscriptions?limit=1001"), 400);
}

TEST_F(bad_input, subscriptions_answers_in_intergovs_words) {
  auto answer
    = post_form(node().port(), "/subscriptions", {{"hub.mode", "subscribe"}});
  ASSERT_EQ(answer.status(), 400);
  auto error = nlohmann::json::parse(answer.body)["errors"][0];
  EXPECT_EQ(error["code"], "missing-attributes-error");
  EXPECT_EQ(error["detail"],
            "Missing required attributes: ['hub.topic', 'hub.callback'].");
  auto typed = post("/subscriptions", "application/json", "{}");
  ASSERT_EQ(typed.status(), 415);
  EXPECT_EQ(nlohmann::json::parse(typed.body)["errors"][0]["code"],
            "generic-http-error");
  auto unknown = post_form(node().port(), "/subscriptions",
                           {{"hub.mode", "unsubscribe"},
                            {"hub.topic", "a.b"},
                            {"hub.callback", somewhere}});
  EXPECT_EQ(unknown.status(), 404);
}

TEST_F(bad_input, an_unreachable_callback_gets_202_and_no_subscription) {
  uint16_t dead = 0;
  { dead = receiver{}.port(); }
  auto callback = "http://127.0.0.1:" + std::to_string(dead) + "/";
  EXPECT_EQ(hub("subscribe", feed, callback).status(), 202);
  EXPECT_NE(state_of(feed, callback), "active");
}

TEST_F(bad_input, a_callback_that_does_not_echo_gets_no_subscription) {
  receiver to;
  receiver good;
  for (auto answer :
       {reply{reply::kind::answer, 200, {}, "something else"},
        reply{reply::kind::answer, 404, {}, {}},
        reply{reply::kind::answer, 302, {{"Location", good.url()}}, {}}}) {
    auto target
      = "/" + std::to_string(answer.status) + answer.body.substr(0, 1);
    to.on_challenge([=](const http_message&) { return answer; });
    EXPECT_EQ(hub("subscribe", feed, to.url(target)).status(), 202);
    EXPECT_TRUE(wait_for_state(feed, to.url(target), ""));
  }
  EXPECT_EQ(to.challenges().size(), 3u);
  EXPECT_TRUE(good.challenges().empty());
}

TEST_F(bad_input, a_renewal_that_is_not_confirmed_changes_nothing) {
  receiver to;
  subscribe(feed, to.url(), {{"hub.secret", "old"}});
  to.on_challenge([](const http_message&) {
    return reply{reply::kind::answer, 404, {}, {}};
  });
  EXPECT_EQ(hub("subscribe", feed, to.url(), {{"hub.secret", "new"}}).status(),
            202);
  EXPECT_EQ(hub("unsubscribe", feed, to.url()).status(), 202);
  ASSERT_TRUE(to.wait_for_challenges(3));
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].field("X-Hub-Signature"),
            "sha256=" + hmac_hex("sha256", "old", "x"));
}

TEST_F(bad_input, an_http2_upgrade_is_ignored) {
  auto answer = request(node().port(), "GET", "/healthz",
                        {{"Connection", "Upgrade, HTTP2-Settings"},
                         {"Upgrade", "h2c"},
                         {"HTTP2-Settings", "AAMAAABkAAQAAP__"}});
  EXPECT_EQ(answer.status(), 200);
}
