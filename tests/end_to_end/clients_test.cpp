// Programs that others wrote must work with herald unchanged.
#include "tests/end_to_end/support/fixture.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

const std::filesystem::path folder
  = std::filesystem::path{HERALD_SOURCE_DIR} / "tests/end_to_end";

std::string decode_base64(const std::string& text) {
  constexpr std::string_view digits
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  unsigned bits = 0;
  int count = 0;
  for (auto c : text.substr(0, text.find('='))) {
    bits = bits << 6 | static_cast<unsigned>(digits.find(c));
    if ((count += 6) >= 8)
      result += static_cast<char>(bits >> (count -= 8) & 0xffu);
  }
  return result;
}

/// The public subscriber library of clients/, in a process of its own.
class library_subscriber : public end_to_end {
public:
  void SetUp() override {
    if (!std::filesystem::exists(folder / "clients/node_modules/pubsubhubbub"))
      GTEST_SKIP() << "`npm ci` was not run in tests/end_to_end/clients";
    start();
    program_ = std::make_unique<child_process>(std::vector<std::string>{
      "node", "--no-deprecation", folder / "clients/subscriber.js",
      node().url("/hub"), feed});
    auto first = next();
    ASSERT_EQ(first["event"], "subscribe") << first;
    EXPECT_EQ(first["topic"], feed);
    ASSERT_TRUE(eventually([&] {
      return get("/subscriptions?state=active").body.find("callback?topic=")
             != std::string::npos;
    }));
  }

  /// What it says next.
  json next() {
    auto line = program_->read_line();
    return line ? json::parse(*line) : json{{"event", "nothing"}};
  }

  void expect_feed(const std::string& body) {
    auto got = next();
    ASSERT_EQ(got["event"], "feed") << got;
    EXPECT_EQ(got["topic"], feed);
    EXPECT_EQ(got["hub"], node().url("/hub"));
    EXPECT_EQ(got["type"], "application/atom+xml");
    EXPECT_EQ(decode_base64(got["body"]), body);
  }

  /// `curl` with the feed as the body; what it prints.
  std::string curl(const std::string& target) {
    auto result
      = run({"curl", "--silent", "--show-error", "--output", "/dev/null",
             "--write-out", "%{http_code}", "--header",
             "Content-Type: application/atom+xml", "--data-binary",
             "@" + (folder / "data/feed.atom").string(), node().url(target)});
    return result.output + result.complaints;
  }

private:
  std::unique_ptr<child_process> program_;
};

class intergov : public end_to_end {};

} // namespace

TEST_F(library_subscriber, gets_a_feed_that_curl_publishes_as_an_event) {
  EXPECT_EQ(curl("/events?topic=" + percent_encode(feed)), "202");
  expect_feed(data_file("feed.atom"));
}

TEST_F(library_subscriber, gets_a_feed_that_curl_publishes_to_the_hub) {
  EXPECT_EQ(curl("/hub?hub.mode=publish&hub.topic=" + percent_encode(feed)),
            "204");
  expect_feed(data_file("feed.atom"));
}

TEST_F(intergov, a_message_reaches_a_subscriber_of_its_predicate) {
  start();
  receiver by_hub;
  receiver other;
  subscribe("UN.CEFACT.*", by_hub.url());
  subscribe("UN.CEFACTS.*", other.url());
  auto message = data_file("message.json");
  auto answer = post("/events", "application/json", message);
  ASSERT_EQ(answer.status(), 202) << answer.body;
  EXPECT_EQ(json::parse(answer.body)["topic"],
            "UN.CEFACT.Trade.CertificateOfOrigin.created");
  ASSERT_TRUE(by_hub.wait_for_deliveries(1));
  auto got = by_hub.deliveries()[0];
  EXPECT_EQ(got.body, message);
  EXPECT_EQ(got.field("Content-Type"), "application/json");
  EXPECT_THAT(got.field("Link"), HasSubstr("rel=\"hub\""));
  EXPECT_TRUE(other.deliveries().empty());
}

TEST_F(intergov, its_own_way_to_subscribe_works) {
  start();
  receiver to;
  auto answer = post_form(node().port(), "/subscriptions",
                          {{"hub.mode", "subscribe"},
                           {"hub.topic", "UN.CEFACT.TRADE.*"},
                           {"hub.callback", to.url("/c?x=1")}});
  ASSERT_EQ(answer.status(), 202) << answer.body;
  EXPECT_EQ(answer.body, "");
  ASSERT_TRUE(wait_for_state("UN.CEFACT.TRADE.*", to.url("/c?x=1"), "active"));
  auto message = data_file("message.json");
  EXPECT_EQ(post("/events", "application/json", message).status(), 202);
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].word(1), "/c?x=1");
  EXPECT_EQ(to.deliveries()[0].body, message);
}

TEST_F(intergov, one_callback_on_several_layers_gets_one_delivery) {
  start();
  receiver to;
  subscribe("message.*", to.url(), {{"hub.secret", "wide"}});
  subscribe("message.1e6c", to.url(), {{"hub.secret", "narrow"}});
  std::string body
    = R"({"predicate":"message.1e6c.received","sender_ref":"a"})";
  EXPECT_EQ(post("/events", "application/json", body).status(), 202);
  publish("message.9", "end");
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_THAT(bodies_of(to.deliveries()),
              ::testing::UnorderedElementsAre(body, "end"));
  for (auto& x : to.deliveries())
    EXPECT_EQ(
      x.field("X-Hub-Signature"),
      "sha256="
        + hmac_hex("sha256", x.body == body ? "narrow" : "wide", x.body));
}
