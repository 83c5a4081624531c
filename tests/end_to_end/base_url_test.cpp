// A node whose base URL has a path: it is asked with and without it, and never
// answers without it.
#include "tests/end_to_end/support/call_outcomes.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::HasSubstr;

namespace {

/// Loopback, so that nothing has to be said of access. Nobody listens there.
const std::string base_of_path = "http://127.0.0.1:1027";

class base_url : public call_outcomes {
public:
  /// A node of which a proxy in front shows what is below `/h/o`.
  void SetUp() override { start_with({"--base-url", base_of_path + "/h/o"}); }

  int status_of(const std::string& target) { return get(target).status(); }
};

} // namespace

TEST_F(base_url, its_path_may_be_in_front_or_not) {
  for (auto* path : {"/subscriptions", "/events", "/metrics", "/openapi.json",
                     "/healthz", "/readyz", "/"}) {
    EXPECT_EQ(status_of(path), 200) << path;
    EXPECT_EQ(status_of(std::string{"/h/o"} + path), 200) << path;
  }
  EXPECT_EQ(status_of("/h/o"), 200) << "the root";
  EXPECT_EQ(status_of("/h/o/subscriptions?limit=1"), 200);
  EXPECT_EQ(status_of(node().url("/h/o/subscriptions")), 200) << "absolute";
}

TEST_F(base_url, its_path_is_compared_by_its_parts) {
  for (auto* path :
       {"/h/ox/subscriptions", "/h/osubscriptions", "/h/subscriptions",
        "/H/O/subscriptions", "/h/o/h/o/subscriptions", "/o/subscriptions"})
    EXPECT_EQ(status_of(path), 404) << path;
}

TEST_F(base_url, every_location_carries_it) {
  for (auto* target : {"/events?topic=a", "/h/o/events?topic=a"}) {
    auto answer = post(target, "text/plain", "x");
    ASSERT_EQ(answer.status(), 202) << answer.body;
    auto id = json::parse(answer.body)["id"].get<std::string>();
    EXPECT_EQ(answer.field("Location"), "/h/o/events/" + id);
    EXPECT_EQ(status_of(answer.field("Location")), 200);
  }
}

TEST_F(base_url, every_link_carries_it) {
  receiver to;
  subscribe(feed, to.url());
  publish(feed, "x");
  auto fat = post("/h/o/hub?hub.mode=publish&hub.topic=" + percent_encode(feed),
                  "text/plain", "y");
  EXPECT_EQ(fat.status(), 204) << fat.body;
  ASSERT_TRUE(to.wait_for_deliveries(2));
  auto link = "<" + feed + ">; rel=\"self\", <" + base_of_path
              + "/h/o/hub>; rel=\"hub\"";
  EXPECT_EQ(fields_of(to.deliveries(), "Link"),
            (std::vector<std::string>{link, link}));
}

TEST_F(base_url, what_people_and_generators_read_carries_it) {
  EXPECT_THAT(get("/").body, HasSubstr("POST /h/o/hub"));
  auto described = json::parse(get("/openapi.json").body);
  EXPECT_EQ(described["servers"], json::parse(R"([{"url":"/h/o"}])"));
}

TEST_F(base_url, whoever_subscribes_below_it_is_served) {
  receiver to;
  auto answer = post_form(node().port(), "/h/o/hub",
                          {{"hub.mode", "subscribe"},
                           {"hub.topic", "a"},
                           {"hub.callback", to.url()}});
  expect_accepted(answer);
  ASSERT_TRUE(wait_for_state("a", to.url(), "active"));
  auto path = "/h/o" + path_of("a", to);
  EXPECT_EQ(ask("PATCH", path, R"({"paused":true})", 200)["state"], "paused");
  EXPECT_EQ(request(node().port(), "DELETE", path).status(), 204);
}

// The commands take the same URL that the deliveries tell.
TEST_F(base_url, the_commands_ask_below_it) {
  auto listed = run(
    {HERALD_BINARY, "subscriptions", "--json", "--node", node().url("/h/o")});
  EXPECT_EQ(listed.code, 0) << listed.complaints;
  auto published = run({HERALD_BINARY, "publish", "a", "--data", "x", "--node",
                        node().url("/h/o")});
  EXPECT_EQ(published.code, 0) << published.complaints;
  EXPECT_EQ(metric("herald_events_accepted_total"), 1);
}
