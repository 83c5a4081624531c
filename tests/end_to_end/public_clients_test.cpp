// Publishers and subscribers that others wrote, as their users run them.
#include "tests/end_to_end/support/fixture.hpp"
#include "tests/end_to_end/support/websub.hpp"

#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include <fstream>

#include <unistd.h>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

namespace {

const std::filesystem::path clients
  = std::filesystem::path{HERALD_SOURCE_DIR} / "tests/end_to_end/clients";

bool is_installed(const std::string& package) {
  return std::filesystem::exists(clients / "node_modules" / package);
}

/// A port that nobody listens on, for a program that cannot choose one itself.
uint16_t free_port() {
  auto fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(where);
  auto* raw = reinterpret_cast<sockaddr*>(&where);
  EXPECT_EQ(bind(fd, raw, size), 0);
  EXPECT_EQ(getsockname(fd, raw, &size), 0);
  close(fd);
  return ntohs(where.sin_port);
}

std::string to_base64(const std::string& bytes) {
  constexpr std::string_view digits
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  unsigned bits = 0;
  int count = 0;
  for (auto c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6)
      result += digits[bits >> (count - 6) & 63];
  }
  if (count > 0)
    result += digits[bits << (6 - count) & 63];
  result.append((4 - result.size() % 4) % 4, '=');
  return result;
}

class public_client : public websub {
protected:
  /// What the libraries of `check_delivery.js` say of a delivery.
  json checked(const http_message& delivery, const std::string& secret = {}) {
    json input{{"body", to_base64(delivery.body)}, {"secret", secret}};
    for (auto& [name, value] : delivery.fields) {
      auto key = name;
      for (auto& c : key)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      input["headers"][key] = value;
    }
    std::ofstream{folder_.path() / "delivery.json"} << input;
    auto result = run({"node", clients / "check_delivery.js",
                       folder_.path() / "delivery.json"});
    EXPECT_EQ(result.code, 0) << result.complaints;
    return json::parse(result.output, nullptr, false);
  }

  const std::filesystem::path& folder() const { return folder_.path(); }

private:
  temp_folder folder_;
};

json next(child_process& from) {
  auto line = from.read_line();
  return line ? json::parse(*line) : json{{"event", "nothing"}};
}

} // namespace

TEST_F(public_client, php_publisher_pings_several_topics) {
  start();
  receiver site;
  receiver to;
  site.on_challenge([](const http_message& request) {
    return reply_with(200, "content of " + request.word(1));
  });
  subscribe(site.url("/a?x=1&y=2"), to.url());
  subscribe(site.url("/b"), to.url());
  auto result = run({"php", clients / "publish.php", node().url("/hub"),
                     site.url("/a?x=1&y=2"), site.url("/b")});
  EXPECT_EQ(result.output, "ok\n") << result.complaints;
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_THAT(bodies_of(to.deliveries()),
              UnorderedElementsAre("content of /a?x=1&y=2", "content of /b"));
}

TEST_F(public_client, youtube_notification_is_notified_of_a_signed_feed) {
  if (!is_installed("youtube-notification"))
    GTEST_SKIP() << "`npm ci` was not run in tests/end_to_end/clients";
  start();
  child_process program{{"node", "--no-deprecation", clients / "youtube.js",
                         node().url("/hub"), "UC1", "a secret"}};
  auto first = next(program);
  ASSERT_EQ(first["event"], "subscribe") << first;
  EXPECT_EQ(first["channel"], "UC1");
  EXPECT_EQ(first["lease_seconds"], "864000");
  std::string topic
    = "https://www.youtube.com/xml/feeds/videos.xml?channel_id=UC1";
  ASSERT_TRUE(eventually([&] {
    return get("/subscriptions?state=active").body.find("youtube")
           != std::string::npos;
  }));
  auto answer = post("/hub?hub.mode=publish&hub.topic=" + percent_encode(topic),
                     "application/atom+xml", data_file("video.atom"));
  ASSERT_EQ(answer.status(), 204) << answer.body;
  auto told = next(program);
  ASSERT_EQ(told["event"], "notified") << told;
  EXPECT_EQ(told["video"]["id"], "VIDEO_ID");
  EXPECT_EQ(told["channel"]["name"], "Channel title");
}

TEST_F(public_client, prosody_follows_a_feed_with_sha1_signatures) {
  if (run({"sh", "-c", "command -v prosody"}).code != 0)
    GTEST_SKIP() << "prosody is not installed";
  start();
  receiver site;
  auto page = [&](const std::string& entry) {
    return reply_with(200,
                      "<feed xmlns=\"http://www.w3.org/2005/Atom\">"
                      "<title>t</title><link rel=\"hub\" href=\""
                        + node().url("/hub") + "\"/><entry><id>" + entry
                        + "</id><updated>2026-01-01T00:00:00Z</updated>"
                          "</entry></feed>",
                      {{"Content-Type", "application/atom+xml"}});
  };
  site.on_challenge(in_turn({page("one")}, always(page("two"))));
  auto port = std::to_string(free_port());
  std::ofstream{folder() / "prosody.cfg.lua"}
    << "run_as_root = true\npidfile = \"" << folder().string() << "/pid\"\n"
    << "data_path = \"" << folder().string() << "\"\n"
    << "plugin_paths = { \"/usr/lib/prosody/modules\" }\n"
    << "modules_disabled = { \"s2s\", \"c2s\" }\n"
    << "c2s_ports = { }\ns2s_ports = { }\nhttps_ports = { }\n"
    << "http_ports = { " << port << " }\n"
    << "http_interfaces = { \"127.0.0.1\" }\n"
    << "http_external_url = \"http://127.0.0.1:" << port << "/\"\n"
    << "http_default_host = \"pubsub.localhost\"\n"
    << "log = { debug = \"*console\" }\nVirtualHost \"localhost\"\n"
    << "Component \"pubsub.localhost\" \"pubsub\"\n"
    << "  modules_enabled = { \"pubsub_feeds\" }\n"
    << "  feeds = { blog = \"" << site.url("/feed") << "\" }\n"
    << "  feed_pull_interval = 600\n";
  child_process prosody{
    {"prosody", "-F", "--config", folder() / "prosody.cfg.lua"}};
  auto callback = "http://127.0.0.1:" + port + "/callback?node=blog";
  ASSERT_TRUE(wait_for_state(site.url("/feed"), callback, "active"))
    << prosody.complaints() << prosody.read_rest(std::chrono::seconds{0});
  EXPECT_EQ(
    hub_form("hub.mode=publish&hub.url=" + percent_encode(site.url("/feed")))
      .status(),
    204);
  std::string said;
  while (auto line = prosody.read_line()) {
    said += *line + '\n';
    if (line->find(" signature") != std::string::npos)
      break;
  }
  EXPECT_THAT(said, HasSubstr("Valid signature"));
}

TEST_F(public_client, standardwebhooks_verifies_a_delivery) {
  if (!is_installed("standardwebhooks"))
    GTEST_SKIP() << "`npm ci` was not run in tests/end_to_end/clients";
  start();
  receiver to;
  std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  subscribe(feed, to.url(), {{"hub.secret", secret}});
  publish(feed, R"({"n":1})", "application/json");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries()[0];
  auto told = checked(got, secret);
  EXPECT_EQ(told["verified"], json::parse(R"({"n":1})")) << told;
  got.body = R"({"n":2})";
  EXPECT_TRUE(checked(got, secret).contains("refused"));
}

TEST_F(public_client, cloudevents_reads_every_mode_that_was_published) {
  if (!is_installed("cloudevents"))
    GTEST_SKIP() << "`npm ci` was not run in tests/end_to_end/clients";
  start();
  receiver to;
  subscribe("com.example.*", to.url());
  auto event = [](const std::string& id) {
    return json{
      {"specversion", "1.0"}, {"id", id},
      {"source", "/s"},       {"type", "com.example.made"},
      {"data", {{"n", id}}},  {"datacontenttype", "application/json"}};
  };
  EXPECT_EQ(
    post("/events", "application/cloudevents+json", event("1").dump()).status(),
    202);
  EXPECT_EQ(post("/events", "application/cloudevents-batch+json",
                 json{event("2"), event("3")}.dump())
              .status(),
            202);
  EXPECT_EQ(post("/events", "application/json", R"({"n":"4"})",
                 {{"ce-specversion", "1.0"},
                  {"ce-id", "4"},
                  {"ce-source", "/s"},
                  {"ce-type", "com.example.made"}})
              .status(),
            202);
  ASSERT_TRUE(to.wait_for_deliveries(4));
  std::vector<std::string> seen;
  for (auto& each : to.deliveries()) {
    auto told = checked(each);
    EXPECT_EQ(told["event"]["type"], "com.example.made") << told;
    EXPECT_EQ(told["event"]["data"]["n"], told["event"]["id"]);
    seen.push_back(told["event"]["id"]);
  }
  EXPECT_THAT(seen, UnorderedElementsAre("1", "2", "3", "4"));
}
