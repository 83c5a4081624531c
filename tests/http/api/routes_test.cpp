#include "tests/http/api/routes_fixture.hpp"

using namespace herald;
using namespace herald::test;

TEST_F(the_routes, read_a_listing) {
  auto result = ask("GET", "/subscriptions?topic=UN.a.*&callback=http://h/&"
                           "state=failing&limit=5&after=c%26");
  auto& what = std::get<list_command>(result);
  EXPECT_EQ(what.filter.topic_key_prefix, "un.a");
  EXPECT_TRUE(what.filter.exact_topic);
  EXPECT_EQ(what.filter.callback, "http://h/");
  EXPECT_EQ(what.state, "failing");
  EXPECT_EQ(what.limit, 5U);
  EXPECT_EQ(what.after, "c&");
}

TEST_F(the_routes, read_a_listing_without_restrictions) {
  for (auto* target : {"/subscriptions", "/subscriptions?topic=&callback=&"
                                         "state=&limit=&after="}) {
    auto result = ask("GET", target);
    auto& what = std::get<list_command>(result);
    EXPECT_EQ(what.filter.topic_key_prefix, "");
    EXPECT_FALSE(what.filter.exact_topic);
    EXPECT_EQ(what.state, "");
    EXPECT_EQ(what.limit, 100U);
  }
}

TEST_F(the_routes, refuse_senseless_listings) {
  for (auto* query : {"limit=0", "limit=1001", "limit=-1", "limit=x",
                      "limit=1x", "limit=99999999999999999999", "state=asleep",
                      "state=Active", "topic=a..b", "callback=%ff"})
    EXPECT_TRUE(begins(
      answer(ask("GET", std::string{"/subscriptions?"} + query)), "400 "))
      << query;
}

TEST_F(the_routes, know_one_subscription_by_its_id) {
  std::string id = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(
    std::get<show_command>(ask("GET", "/subscriptions/" + id)).id.to_string(),
    id);
  EXPECT_EQ(
    std::get<show_command>(ask("HEAD", "/subscriptions/" + id)).id.to_string(),
    id);
  EXPECT_EQ(std::get<remove_command>(ask("DELETE", "/subscriptions/" + id))
              .id.to_string(),
            id);
  for (auto* bad : {"", "x", "0123456789abcdef0123456789abcde"})
    EXPECT_TRUE(
      begins(answer(ask("GET", std::string{"/subscriptions/"} + bad)), "404 "))
      << bad;
}

TEST_F(the_routes, answer_404_and_405_everywhere) {
  struct {
    const char* method;
    const char* target;
    unsigned status;
    const char* allow;
  } cases[]{
    {"GET", "/nowhere", 404, ""},
    {"POST", "/hub/", 404, ""},
    {"GET", "/subscriptions/0123456789abcdef0123456789abcdef/x", 404, ""},
    {"OPTIONS", "*", 404, ""},
    {"DELETE", "/hub", 405, "POST"},
    {"DELETE", "/events", 405, "GET, HEAD, POST"},
    {"POST", "/events/x", 405, "GET, HEAD"},
    {"GET", "/events/x/y", 404, ""},
    {"POST", "/subscriptions/0123456789abcdef0123456789abcdef/events", 405,
     "GET, HEAD"},
    {"PUT", "/metrics", 405, "GET, HEAD"},
    {"PUT", "/openapi.json", 405, "GET, HEAD"},
    {"PUT", "/subscriptions", 405, "GET, HEAD, POST"},
    {"POST", "/subscriptions/0123456789abcdef0123456789abcdef", 405,
     "GET, HEAD, PATCH, DELETE"},
    {"POST", "/healthz", 405, "GET, HEAD"},
    {"POST", "/readyz", 405, "GET, HEAD"},
    {"POST", "/", 405, "GET, HEAD"},
    {"get", "/", 405, "GET, HEAD"},
  };
  for (auto& [method, target, status, allow] : cases) {
    auto result = ask(method, target);
    auto& response = std::get<http_response>(result);
    EXPECT_EQ(response.status, status) << method << ' ' << target;
    EXPECT_EQ(value(response, "Allow"), allow) << method << ' ' << target;
    EXPECT_NE(value(response, "Content-Type"), "");
  }
}

TEST_F(the_routes, say_who_they_are_at_the_root) {
  EXPECT_EQ(answer(ask("GET", "/", {{"accept", "application/json"}})),
            R"(200 {"service":"subscriptions"})");
  auto plain = std::get<http_response>(ask("GET", "/"));
  EXPECT_EQ(value(plain, "Content-Type"), "text/plain; charset=utf-8");
}

TEST_F(the_routes, tell_health_from_readiness) {
  EXPECT_TRUE(begins(answer(ask("GET", "/healthz")), "200 "));
  EXPECT_TRUE(std::holds_alternative<ready_command>(ask("GET", "/readyz")));
  EXPECT_TRUE(is_health_path("/readyz?x"));
  EXPECT_TRUE(is_health_path("/metrics"));
  EXPECT_FALSE(is_health_path("/hub"));
}

TEST_F(the_routes, read_a_listing_of_events) {
  options.logs = 3;
  auto result = ask("GET", "/events?topic=UN.a.*&limit=7&after=1.0.a.ff");
  auto& what = std::get<events_command>(std::get<reading_command>(result));
  EXPECT_EQ(what.topic_key, "un.a");
  EXPECT_EQ(what.limit, 7U);
  EXPECT_EQ(what.after, (log_positions{0, 10, 255}));
  auto plain = ask("GET", "/events?topic=&limit=&after=");
  auto& all = std::get<events_command>(std::get<reading_command>(plain));
  EXPECT_EQ(all.topic_key, "");
  EXPECT_EQ(all.limit, 100U);
  EXPECT_EQ(all.after, (log_positions{0, 0, 0}));
}

TEST_F(the_routes, read_a_pull) {
  std::string id = "0123456789abcdef0123456789abcdef";
  auto result = ask("GET", "/subscriptions/" + id + "/events?wait=60&limit=1");
  auto& what = std::get<pull_command>(std::get<reading_command>(result));
  EXPECT_EQ(what.id.to_string(), id);
  EXPECT_EQ(what.wait.count(), 60);
  EXPECT_EQ(what.limit, 1U);
  EXPECT_FALSE(what.after);
}

TEST_F(the_routes, serve_their_own_description) {
  auto result = std::get<http_response>(ask("GET", "/openapi.json"));
  EXPECT_EQ(result.status, 200U);
  EXPECT_EQ(value(result, "Content-Type"), "application/json");
  EXPECT_TRUE(json::parse(result.body)["paths"].contains("/openapi.json"));
}
