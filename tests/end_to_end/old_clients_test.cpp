// Clients that exist, and what they send: PubSubHubbub 0.3, the libraries of
// CloudEvents, signing secrets, blogs that ping the wrong page.
#include "tests/end_to_end/support/intergov.hpp"

#include <nlohmann/json.hpp>

#include <map>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

namespace {

constexpr auto old_structured = "application/cloudevents+json";

class old_clients : public intergov_rules {
public:
  /// As the npm package sends them: attributes as they are.
  http_message publish_binary(field_list attributes,
                              const std::string& body = R"({"a":1})") {
    field_list fields{{"ce-specversion", "1.0"}, {"ce-type", "shop.sold"}};
    fields.insert(fields.end(), attributes.begin(), attributes.end());
    return post("/events", "application/json; charset=utf-8", body, fields);
  }

  json publish_structured(const json& event) {
    auto answer = post("/events", old_structured, event.dump());
    EXPECT_EQ(answer.status(), 202) << answer.body;
    return json::parse(answer.body, nullptr, false);
  }

  http_message ping(const std::string& url) {
    return hub_form("hub.mode=publish&hub.url=" + percent_encode(url));
  }
};

json event_from(const std::string& source, const std::string& id) {
  return {{"specversion", "1.0"},
          {"type", "shop.sold"},
          {"source", source},
          {"id", id}};
}

std::string html_with_self(const std::string& self) {
  return "<html><head><link rel=\"self\" href=\"" + self
         + "\"></head><body>a post</body></html>";
}

/// Serves each target its page, others nothing.
receiver::script site_of(std::map<std::string, reply> pages) {
  return [pages = std::move(pages)](const http_message& request) {
    auto found = pages.find(request.word(1));
    return found == pages.end() ? reply_with(404) : found->second;
  };
}

reply old_page(const std::string& body, const std::string& type = "text/html") {
  return reply_with(200, body, {{"Content-Type", type}});
}

} // namespace

// -- hub.verify_token ---------------------------------------------------------

TEST_F(old_clients, a_verify_token_is_brought_back) {
  start();
  receiver to;
  const std::string token = "a token+/=&%\xc3\xa9";
  to.on_challenge([token](const http_message& challenge) {
    return asked(challenge, "hub.verify_token") == token
             ? receiver::echo(challenge)
             : reply_with(404);
  });
  subscribe("a", to.url("/in?own=1"),
            {{"hub.verify", "async"}, {"hub.verify_token", token}});
  hub("unsubscribe", "a", to.url("/in?own=1"),
      {{"hub.verify", "async"}, {"hub.verify_token", token}});
  EXPECT_TRUE(wait_for_state("a", to.url("/in?own=1"), ""));
  EXPECT_THAT(asked(to.challenges(), "hub.verify_token"), Each(token));
}

TEST_F(old_clients, a_verify_token_is_for_who_sent_one) {
  start();
  receiver to;
  subscribe("a", to.url("/1"));
  subscribe("a", to.url("/2"), {{"hub.verify_token", "mine"}});
  subscribe("a", to.url("/2"));
  ASSERT_TRUE(to.wait_for_challenges(3));
  auto targets = targets_of(to.challenges());
  EXPECT_THAT(targets[0], Not(HasSubstr("verify_token")));
  EXPECT_THAT(targets[1], HasSubstr("hub.verify_token=mine"));
  EXPECT_THAT(targets[2], Not(HasSubstr("verify_token")))
    << "a renewal is a request of its own";
}

TEST_F(old_clients, a_verify_token_comes_with_every_try) {
  start();
  receiver to;
  to.on_challenge(in_turn({reply_with(503)}, receiver::echo));
  subscribe("a", to.url(), {{"hub.verify_token", "mine"}});
  EXPECT_THAT(asked(to.challenges(), "hub.verify_token"),
              ElementsAre("mine", "mine"));
}

TEST_F(old_clients, a_verify_token_outlives_the_process) {
  start();
  receiver to;
  to.on_challenge(in_turn({reply::hang()}, receiver::echo));
  hub("subscribe", "a", to.url(), {{"hub.verify_token", "mine"}});
  ASSERT_TRUE(to.wait_for_challenges(1));
  node().kill();
  node().start();
  ASSERT_TRUE(wait_for_state("a", to.url(), "active"));
  EXPECT_THAT(asked(to.challenges(), "hub.verify_token"), Each("mine"));
}

// -- CloudEvents --------------------------------------------------------------

TEST_F(old_clients, a_source_that_was_not_escaped_is_taken_as_it_is) {
  start();
  receiver to;
  subscribe("shop", to.url());
  size_t count = 0;
  for (std::string source :
       {"https://e.example/a%20b", "https://e.example/%C3%BC", "/a%3Cb%3E",
        "/plain", "urn:x:%22"}) {
    auto id = std::to_string(count);
    auto answer = publish_binary({{"ce-id", id}, {"ce-source", source}});
    ASSERT_EQ(answer.status(), 202) << source << answer.body;
    ASSERT_TRUE(to.wait_for_deliveries(++count));
    EXPECT_EQ(to.deliveries().back().field("ce-source"), source);
    auto same = publish_structured(event_from(source, id));
    EXPECT_EQ(same["duplicate"], true) << source;
    EXPECT_EQ(same["id"], json::parse(answer.body)["id"]) << source;
  }
}

TEST_F(old_clients, a_source_that_was_escaped_is_decoded) {
  start();
  auto answer = publish_binary(
    {{"ce-id", "1"}, {"ce-source", "https://e.example/a%2520b"}});
  ASSERT_EQ(answer.status(), 202) << answer.body;
  auto same = publish_structured(event_from("https://e.example/a%20b", "1"));
  EXPECT_EQ(same["duplicate"], true);
}

TEST_F(old_clients, a_percent_sign_that_begins_no_escape_stays) {
  start();
  int id = 0;
  for (auto* text : {"100%", "%", "50% off", "%zz", "a%2", "%u00e9"}) {
    auto answer = publish_binary({{"ce-id", std::to_string(++id)},
                                  {"ce-source", "/s"},
                                  {"ce-subject", text},
                                  {"ce-extension", text}});
    EXPECT_EQ(answer.status(), 202) << text << answer.body;
  }
}

TEST_F(old_clients, what_is_no_utf8_is_refused_all_the_same) {
  start();
  for (auto* text : {"%C0%A0", "%ff", "%C3", "%ED%A0%80", "\xff", "\xc3"}) {
    auto answer = publish_binary(
      {{"ce-id", "1"}, {"ce-source", "/s"}, {"ce-subject", text}});
    EXPECT_EQ(answer.status(), 400) << text;
  }
  EXPECT_EQ(publish_binary({{"ce-id", "1"}, {"ce-source", "/\xff"}}).status(),
            400);
}

TEST_F(old_clients, an_event_without_a_type_is_delivered_without_one) {
  start();
  receiver to;
  subscribe("shop", to.url());
  auto answer = post("/events", "", R"({"world":"hello"})",
                     {{"ce-specversion", "1.0"},
                      {"ce-id", "4321"},
                      {"ce-source", "/mycontext"},
                      {"ce-type", "shop.sold"}});
  ASSERT_EQ(answer.status(), 202) << answer.body;
  ASSERT_TRUE(to.wait_for_deliveries(1));
  node().kill();
  node().start();
  auto replay = "/subscriptions/" + shown("shop", to.url(), "id") + "/replay";
  EXPECT_EQ(
    post(replay, "application/json", R"({"since":"2020-01-01T00:00:00Z"})")
      .status(),
    202);
  ASSERT_TRUE(to.wait_for_deliveries(2));
  for (auto& got : to.deliveries()) {
    EXPECT_EQ(got.count("Content-Type"), 0U);
    EXPECT_EQ(got.body, R"({"world":"hello"})");
  }
}

// Only a CloudEvent knows what no type means.
TEST_F(old_clients, other_events_without_a_type_are_bytes) {
  start();
  receiver to;
  subscribe("a", to.url());
  EXPECT_EQ(post("/events?topic=a", "", "x").status(), 202);
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].field("Content-Type"),
            "application/octet-stream");
}

TEST_F(old_clients, a_dataschema_may_have_a_fragment) {
  start();
  auto event = event_from("/s", "1");
  event["dataschema"] = "https://e.example/schema.json#/definitions/order";
  publish_structured(event);
  auto binary
    = publish_binary({{"ce-id", "2"},
                      {"ce-source", "/s"},
                      {"ce-dataschema", "https://e.example/schema#order"}});
  EXPECT_EQ(binary.status(), 202) << binary.body;
  event["id"] = "3";
  event["dataschema"] = "schema.json#x";
  EXPECT_EQ(post("/events", old_structured, event.dump()).status(), 400)
    << "it has to be absolute still";
}

// -- secrets ------------------------------------------------------------------

TEST_F(old_clients, a_secret_that_no_library_can_read_is_refused) {
  start();
  for (auto* secret :
       {"whsec_", "whsec_not base64!", "whsec_====", "whsec_abc$", "whsec_-_-_",
        "whsec_AAAAA", "whsec_AA=A"}) {
    expect_refused(hub("subscribe", "a", nowhere, {{"hub.secret", secret}}),
                   "hub.secret", secret);
    auto answer = ask("subscribe", "a", nowhere, {{"hub.secret", secret}});
    EXPECT_EQ(answer.status(), 400) << secret;
    EXPECT_EQ(code_of(answer), "secret-validation-error") << secret;
  }
}

TEST_F(old_clients, a_secret_of_standard_webhooks_signs_with_its_bytes) {
  start();
  receiver to;
  const std::string secret = "whsec_c2VzYW1lLCBvcGVuIQ==";
  subscribe("a", to.url(), {{"hub.secret", secret}});
  publish("a", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries()[0];
  auto text = got.field("webhook-id") + "." + got.field("webhook-timestamp")
              + "." + got.body;
  EXPECT_EQ(got.field("webhook-signature"),
            "v1," + hmac_base64("sha256", "sesame, open!", text));
  EXPECT_EQ(got.field("X-Hub-Signature"), signature("sha256", secret, got));
}

TEST_F(old_clients, a_secret_without_the_prefix_is_any_text) {
  start();
  receiver to;
  for (std::string secret : {"not base64!", "WHSEC_!", "xwhsec_!"})
    subscribe("a", to.url("/" + std::to_string(secret.size())),
              {{"hub.secret", secret}});
}

// -- pings of the wrong page --------------------------------------------------

// WordPress pings the post that is new; subscribed to is the feed.
TEST_F(old_clients, a_ping_of_a_page_is_one_of_the_url_that_it_calls_its_own) {
  start();
  receiver site;
  receiver to;
  site.on_challenge(
    site_of({{"/?p=1", old_page(html_with_self("/feed"))},
             {"/feed", old_page("<feed/>", "application/atom+xml")}}));
  subscribe(site.url("/feed"), to.url());
  EXPECT_EQ(ping(site.url("/?p=1")).status(), 204);
  ASSERT_TRUE(to.wait_for_deliveries(1));
  stop();
  ASSERT_EQ(to.deliveries().size(), 1U);
  auto got = to.deliveries()[0];
  EXPECT_EQ(got.body, "<feed/>") << "what it serves itself";
  EXPECT_EQ(got.field("Content-Type"), "application/atom+xml");
  EXPECT_THAT(got.field("Link"),
              HasSubstr("<" + site.url("/feed") + ">; rel=\"self\""));
  EXPECT_THAT(targets_of(site.challenges()), ElementsAre("/?p=1", "/feed"));
}

TEST_F(old_clients, a_page_may_name_its_own_url_in_its_fields) {
  start();
  receiver site;
  receiver to;
  auto page = old_page("a post");
  page.fields.emplace_back("Link", "</feed>; rel=\"self\"");
  site.on_challenge(site_of({{"/post", page}, {"/feed", old_page("<feed/>")}}));
  subscribe(site.url("/feed"), to.url());
  ping(site.url("/post"));
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].body, "<feed/>");
}

TEST_F(old_clients, subscribers_of_both_get_what_each_serves) {
  start();
  receiver site;
  receiver elsewhere;
  receiver to;
  auto own = html_with_self(elsewhere.url("/feed"));
  site.on_challenge(site_of({{"/post", old_page(own)}}));
  elsewhere.on_challenge(site_of({{"/feed", old_page("<feed/>")}}));
  subscribe(site.url("/post"), to.url("/post"));
  subscribe(elsewhere.url("/feed"), to.url("/feed"));
  ping(site.url("/post"));
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_THAT(targets_of(to.deliveries()),
              UnorderedElementsAre("/post", "/feed"));
  for (auto& got : to.deliveries())
    EXPECT_EQ(got.body, got.word(1) == "/feed" ? "<feed/>" : own);
}

// One step, never back: else two pages could keep a node busy.
TEST_F(old_clients, a_ping_is_followed_for_one_step_only) {
  start();
  receiver site;
  receiver to;
  site.on_challenge(site_of({{"/a", old_page(html_with_self("/b"))},
                             {"/b", old_page(html_with_self("/c"))},
                             {"/c", old_page(html_with_self("/a"))},
                             {"/end", old_page("the end")}}));
  for (auto* path : {"/a", "/b", "/c", "/end"})
    subscribe(site.url(path), to.url(path));
  ping(site.url("/a"));
  ASSERT_TRUE(to.wait_for_deliveries(2));
  ping(site.url("/end"));
  ASSERT_TRUE(to.wait_for_deliveries(3));
  stop();
  EXPECT_THAT(targets_of(to.deliveries()),
              UnorderedElementsAre("/a", "/b", "/end"));
  EXPECT_THAT(targets_of(site.challenges()),
              UnorderedElementsAre("/a", "/b", "/end"));
}

TEST_F(old_clients, pages_that_name_each_other_end) {
  start();
  receiver site;
  receiver to;
  site.on_challenge(site_of({{"/a", old_page(html_with_self("/b"))},
                             {"/b", old_page(html_with_self("/a"))}}));
  subscribe(site.url("/b"), to.url());
  ping(site.url("/a"));
  ASSERT_TRUE(to.wait_for_deliveries(1));
  stop();
  EXPECT_THAT(targets_of(site.challenges()), ElementsAre("/a", "/b"));
}

TEST_F(old_clients, what_nobody_subscribed_to_is_not_fetched_for_it) {
  start();
  receiver site;
  receiver stranger;
  receiver to;
  site.on_challenge(
    site_of({{"/post", old_page(html_with_self(stranger.url("/feed")))}}));
  subscribe(site.url("/post"), to.url());
  ping(site.url("/post"));
  ASSERT_TRUE(to.wait_for_deliveries(1));
  stop();
  EXPECT_THAT(stranger.challenges(), IsEmpty());
}
