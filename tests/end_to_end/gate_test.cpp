// What every request passes before anything else: under which name it was
// sent, from which page, and as what. A node on a developer's machine is
// reached by every web page that he opens.
#include "tests/end_to_end/support/call_outcomes.hpp"
#include "tests/end_to_end/support/raw_http.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

namespace {

struct gate_request {
  std::string method;
  std::string target;
  std::string type;
  std::string body;
};

class gate : public call_outcomes {
public:
  int under(const std::string& host, const std::string& method = "GET",
            const std::string& target = "/subscriptions") {
    return request_to_host(node().port(), host, method, target).status();
  }

  /// Publishes with these fields, under the node's own address.
  http_message publish_with(field_list fields) {
    return post("/events?topic=a", "text/plain", "x", std::move(fields));
  }

  http_message send(const gate_request& what, field_list fields) {
    if (!what.type.empty())
      fields.emplace_back("Content-Type", what.type);
    return request(node().port(), what.method, what.target, fields, what.body);
  }

  /// All that a stranger might want to do, with a subscription of others.
  std::vector<gate_request> changes(const std::string& path) const {
    auto wish = "hub.mode=subscribe&hub.topic=a&hub.callback="
                + percent_encode("http://127.0.0.1:1/evil");
    return {
      {"POST", "/events?topic=a", "text/plain", "forged"},
      {"POST", "/hub", form_type, wish},
      {"POST", "/hub", form_type,
       "hub.mode=publish&hub.url=" + percent_encode(feed)},
      {"POST", "/hub?hub.mode=publish&hub.topic=a", "text/plain", "forged"},
      {"POST", "/subscriptions", form_type, wish},
      {"PATCH", path, "application/json", R"({"paused":true})"},
      {"POST", path + "/replay", "application/json", R"({"since":"2h"})"},
      {"POST", path + "/ping", "", ""},
      {"DELETE", path, "", ""},
      {"DELETE", "/nothing/here", "", ""},
    };
  }

  /// Holds that none of what was refused was done.
  void expect_untouched(const receiver& to) {
    EXPECT_EQ(metric("herald_events_accepted_total"), 0);
    EXPECT_EQ(state_of("a", to.url()), "active");
    auto all = json::parse(get("/subscriptions").body);
    EXPECT_EQ(all["items"].size(), 1U) << all;
    EXPECT_THAT(to.deliveries(), IsEmpty());
  }
};

} // namespace

// -- Host ---------------------------------------------------------------------

TEST_F(gate, any_literal_address_and_localhost_are_answered) {
  start();
  for (auto* host : {"127.0.0.1", "127.0.0.1:1", "192.0.2.7", "192.0.2.7:65535",
                     "0.0.0.0", "[::1]", "[::1]:8080", "[2001:db8::1]",
                     "localhost", "localhost:8080", "LocalHost:1"})
    EXPECT_EQ(under(host), 200) << host;
}

TEST_F(gate, another_name_is_misdirected) {
  start();
  for (auto* host :
       {"rebound.example", "rebound.example:8080", "localhost.evil.example",
        "127.0.0.1.evil.example", "127.evil.example", "xlocalhost",
        "evil.localhost.example", "hub.example", ""})
    for (auto* target : {"/subscriptions", "/events", "/metrics", "/",
                         "/openapi.json", "/nothing"})
      EXPECT_EQ(under(host, "GET", target), 421) << host << ' ' << target;
}

TEST_F(gate, under_another_name_nothing_is_changed) {
  start();
  receiver to;
  subscribe("a", to.url());
  for (auto& each : changes(path_of("a", to))) {
    field_list fields{{"Content-Type", each.type}};
    auto answer = request_to_host(node().port(), "rebound.example", each.method,
                                  each.target, fields, each.body);
    EXPECT_EQ(answer.status(), 421) << each.method << ' ' << each.target;
  }
  expect_untouched(to);
}

TEST_F(gate, a_malformed_host_is_refused) {
  start();
  for (auto* host :
       {"evil.example@127.0.0.1", "localhost@evil.example", "127.0.0.1:x",
        "127.0.0.1:99999", "localhost/x", "[::1", "a b", "http://localhost"})
    EXPECT_EQ(under(host), 400) << host;
}

TEST_F(gate, the_host_of_an_absolute_target_counts_as_well) {
  start();
  auto own = node().url("/subscriptions");
  auto other = std::string{"http://rebound.example/subscriptions"};
  EXPECT_EQ(under("127.0.0.1", "GET", own), 200);
  EXPECT_EQ(under("127.0.0.1", "GET", other), 421);
  EXPECT_EQ(under("rebound.example", "GET", own), 421);
  EXPECT_EQ(under("127.0.0.1", "GET", "https://rebound.example:1/"), 421);
  EXPECT_EQ(under("127.0.0.1", "GET", "http://u@127.0.0.1/"), 400);
}

TEST_F(gate, only_http_1_0_may_leave_the_host_out) {
  start();
  auto rest = std::string{"\r\nConnection: close\r\n\r\n"};
  EXPECT_EQ(send_raw(node().port(), "GET /subscriptions HTTP/1.0" + rest),
            (raw_outcome{{200}, true}));
  EXPECT_EQ(send_raw(node().port(), "GET /subscriptions HTTP/1.1" + rest),
            (raw_outcome{{400}, true}));
  EXPECT_EQ(send_raw(node().port(), "GET /subscriptions HTTP/1.0\r\n"
                                    "Host: rebound.example"
                                      + rest),
            (raw_outcome{{421}, true}));
  EXPECT_EQ(send_raw(node().port(), "GET /subscriptions HTTP/1.1\r\n"
                                    "Host: localhost\r\nHost: localhost"
                                      + rest),
            (raw_outcome{{400}, true}));
}

TEST_F(gate, health_checks_come_under_any_name) {
  start();
  for (auto* target : {"/healthz", "/readyz"}) {
    for (auto* host : {"10.1.2.3:8080", "herald.default.svc.cluster.local",
                       "rebound.example:1"})
      EXPECT_EQ(under(host, "GET", target), 200) << host << target;
    EXPECT_EQ(under("a@b", "GET", target), 400) << target;
  }
}

TEST_F(gate, a_further_host_is_answered) {
  start({"--hosts-allow", "hub.internal,other.internal"});
  for (auto* host : {"hub.internal", "HUB.Internal:8080", "other.internal:1"})
    EXPECT_EQ(under(host), 200) << host;
  for (auto* host : {"hub.internal.evil.example", "xhub.internal", "internal",
                     "hub.internalx"})
    EXPECT_EQ(under(host), 421) << host;
}

TEST_F(gate, the_host_of_the_base_url_is_answered) {
  start({"--base-url", "https://hub.example:444", "--auth", "none"});
  for (auto* host : {"hub.example", "hub.example:444", "Hub.Example:80"})
    EXPECT_EQ(under(host), 200) << host;
  EXPECT_EQ(under("example"), 421);
}

// Whoever is refused sends no body, and nobody is asked to send one.
TEST_F(gate, a_body_is_not_read_for_it) {
  start({"--origins-allow", "https://app.example"});
  field_list evil{{"Host", "evil.example"}};
  field_list page{{"Host", "localhost"}, {"Sec-Fetch-Site", "cross-site"}};
  field_list lost{{"Host", "localhost"}};
  auto refused = [&](field_list fields, const std::string& target,
                     const field_list::value_type& more) {
    fields.push_back(more);
    fields.emplace_back("Expect", "100-continue");
    return send_raw(node().port(), bare_request("POST", target, fields));
  };
  for (auto& more : field_list{{"Content-Length", "10"},
                               {"Content-Length", "1000000000"},
                               {"Transfer-Encoding", "chunked"}}) {
    EXPECT_EQ(refused(evil, "/events?topic=a", more),
              (raw_outcome{{421}, true}));
    EXPECT_EQ(refused(page, "/events?topic=a", more),
              (raw_outcome{{403}, true}));
    EXPECT_EQ(refused(lost, "/nowhere", more), (raw_outcome{{404}, true}));
    EXPECT_EQ(refused(lost, "/metrics", more), (raw_outcome{{405}, true}));
  }
}

TEST_F(gate, a_further_origin_may_read_that_its_event_is_too_large) {
  start({"--origins-allow", "https://app.example", "--events-max-body", "9"});
  auto answer
    = request_to_host(node().port(), "localhost", "POST", "/events?topic=a",
                      {{"Origin", "https://app.example"}}, "0123456789");
  EXPECT_EQ(answer.status(), 413);
  EXPECT_EQ(answer.field("Access-Control-Allow-Origin"), "https://app.example");
}

// -- web pages ----------------------------------------------------------------

TEST_F(gate, a_page_of_another_site_changes_nothing) {
  start();
  receiver to;
  subscribe("a", to.url());
  auto own = "http://127.0.0.1";
  for (auto& from : std::vector<field_list>{
         {{"Sec-Fetch-Site", "cross-site"}},
         {{"Sec-Fetch-Site", "same-site"}},
         {{"Sec-Fetch-Site", "cross-site"}, {"Origin", own}},
         {{"Origin", "https://evil.example"}},
         {{"Origin", "null"}},
         {{"Origin", "http://127.0.0.1:1"}},
         {{"Origin", "http://127.0.0.1.evil.example"}},
         {{"Origin", "file://"}}})
    for (auto& each : changes(path_of("a", to)))
      EXPECT_EQ(send(each, from).status(), 403)
        << from[0].second << ' ' << each.method << ' ' << each.target;
  expect_untouched(to);
}

TEST_F(gate, reading_is_not_changing) {
  start();
  for (auto* target : {"/subscriptions", "/events", "/healthz"}) {
    gate_request what{"GET", target, "", ""};
    EXPECT_EQ(send(what, {{"Sec-Fetch-Site", "cross-site"}}).status(), 200);
    auto answer = send(what, {{"Origin", "https://evil.example"}});
    EXPECT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.count("Access-Control-Allow-Origin"), 0U) << target;
  }
}

TEST_F(gate, what_is_no_page_and_the_own_page_may_change_things) {
  start();
  for (auto& from : std::vector<field_list>{
         {},
         {{"Sec-Fetch-Site", "same-origin"}},
         {{"Sec-Fetch-Site", "none"}},
         {{"Sec-Fetch-Site", "same-origin"}, {"Origin", "https://a.example"}},
         {{"Origin", "http://127.0.0.1"}},
         {{"Origin", "http://127.0.0.1:80"}}})
    EXPECT_EQ(publish_with(from).status(), 202)
      << (from.empty() ? "" : from[0].second);
}

TEST_F(gate, an_origin_is_compared_with_its_port) {
  start();
  auto from = [&](const std::string& origin) {
    return request_to_host(
             node().port(), "localhost:8080", "POST", "/events?topic=a",
             {{"Content-Type", "text/plain"}, {"Origin", origin}}, "x")
      .status();
  };
  EXPECT_EQ(from("http://localhost:8080"), 202);
  EXPECT_EQ(from("http://LOCALHOST:8080"), 202);
  for (auto* origin : {"http://localhost", "http://localhost:80",
                       "http://localhost:8081", "http://127.0.0.1:8080"})
    EXPECT_EQ(from(origin), 403) << origin;
}

TEST_F(gate, the_base_url_is_an_own_origin) {
  start({"--base-url", "https://hub.example/h", "--auth", "none"});
  for (auto* origin : {"https://hub.example", "https://hub.example:443"})
    EXPECT_EQ(publish_with({{"Origin", origin}}).status(), 202) << origin;
  for (auto* origin : {"https://hub.example:444", "http://hub.example",
                       "https://hub.example.evil.example"})
    EXPECT_EQ(publish_with({{"Origin", origin}}).status(), 403) << origin;
}

TEST_F(gate, a_further_origin_may_change_things) {
  start({"--origins-allow", "https://app.example"});
  for (auto& more :
       std::vector<field_list>{{}, {{"Sec-Fetch-Site", "cross-site"}}}) {
    auto fields = more;
    fields.emplace_back("Origin", "https://app.example");
    auto answer = publish_with(fields);
    EXPECT_EQ(answer.status(), 202) << answer.body;
    EXPECT_EQ(answer.field("Access-Control-Allow-Origin"),
              "https://app.example");
    EXPECT_THAT(answer.field("Vary"), HasSubstr("Origin"));
    EXPECT_EQ(answer.count("Access-Control-Allow-Credentials"), 0U);
  }
  for (auto* origin :
       {"https://evil.example", "http://app.example", "https://app.example:444",
        "https://app.example.evil", "https://xapp.example", "null"}) {
    auto answer = publish_with({{"Origin", origin}});
    EXPECT_EQ(answer.status(), 403) << origin;
    EXPECT_EQ(answer.count("Access-Control-Allow-Origin"), 0U) << origin;
  }
}

TEST_F(gate, a_preflight_is_answered_for_a_further_origin_alone) {
  start({"--origins-allow", "https://app.example"});
  auto ask = [&](const std::string& origin) {
    return request(node().port(), "OPTIONS", "/subscriptions/x",
                   {{"Origin", origin},
                    {"Access-Control-Request-Method", "PATCH"},
                    {"Access-Control-Request-Headers", "content-type"}});
  };
  auto good = ask("https://app.example");
  EXPECT_EQ(good.status() / 100, 2) << good.start;
  EXPECT_EQ(good.field("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_THAT(good.field("Access-Control-Allow-Methods"), HasSubstr("PATCH"));
  EXPECT_THAT(good.field("Access-Control-Allow-Headers"),
              HasSubstr("content-type"));
  auto bad = ask("https://evil.example");
  EXPECT_EQ(bad.count("Access-Control-Allow-Origin"), 0U);
}

// -- types --------------------------------------------------------------------

TEST_F(gate, an_operation_takes_nothing_but_json) {
  start();
  receiver to;
  subscribe("a", to.url());
  auto path = path_of("a", to);
  for (auto& [method, target, type, body] : std::vector<gate_request>{
         {"PATCH", path, "", R"({"paused":true})"},
         {"POST", path + "/replay", "", R"({"since":"2h"})"},
         {"POST", path + "/redeliver", "", R"({"dead":true})"},
         {"POST", path + "/ping", "", "{}"}})
    for (auto* other :
         {"", "text/plain", "application/jsonx",
          "application/x-www-form-urlencoded",
          "multipart/form-data; boundary=x", "text/plain; x=application/json"})
      EXPECT_EQ(send({method, target, other, body}, {}).status(), 415)
        << method << ' ' << target << ' ' << other;
  expect_untouched(to);
}

TEST_F(gate, an_operation_takes_json_in_its_forms) {
  start();
  receiver to;
  subscribe("a", to.url());
  auto path = path_of("a", to);
  for (auto* type : {"application/json", "Application/JSON; charset=utf-8",
                     "application/merge-patch+json"})
    EXPECT_EQ(send({"PATCH", path, type, R"({"paused":false})"}, {}).status(),
              200)
      << type;
  gate_request replay{"POST", path + "/replay", "application/merge-patch+json",
                      R"({"since":"2h"})"};
  EXPECT_EQ(send(replay, {}).status(), 415) << "no patch";
  EXPECT_EQ(send({"POST", path + "/ping", "", ""}, {}).status(), 202);
}

// -- what it says -------------------------------------------------------------

TEST_F(gate, a_refusal_says_why_in_the_words_of_the_path) {
  start();
  field_list page{{"Origin", "https://evil.example"}};
  auto problem = publish_with(page);
  EXPECT_EQ(problem.field("Content-Type"), "application/problem+json");
  EXPECT_THAT(json::parse(problem.body)["type"].get<std::string>(),
              StartsWith("urn:herald:problem:"));
  EXPECT_THAT(problem.body, HasSubstr("--origins-allow"));
  auto text = send({"POST", "/hub", form_type, "hub.mode=publish"}, page);
  EXPECT_THAT(text.field("Content-Type"), StartsWith("text/plain"));
  auto other = request_to_host(node().port(), "a.example", "GET", "/events");
  EXPECT_THAT(other.body, HasSubstr("--hosts-allow"));
}
