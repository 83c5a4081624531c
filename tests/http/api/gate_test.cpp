#include "tests/http/api/gate_fixture.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <initializer_list>
#include <string>
#include <vector>

using namespace herald;
using herald::test::the_gate;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

using gate_texts = std::initializer_list<const char*>;

} // namespace

// -- Host ---------------------------------------------------------------------

TEST_F(the_gate, knows_addresses_localhost_its_own_name_and_further_ones) {
  settings.hosts.allow = {"other.example"};
  for (auto host :
       {"127.0.0.1", "127.0.0.1:8080", "192.0.2.7:1", "0.0.0.0", "[::1]",
        "[::1]:81", "[2001:DB8::7]", "localhost", "LocalHost:9", "localhost.",
        " localhost\t", "hub.example.org", "HUB.example.ORG:1",
        "localhost:", "hub.example.org.:443", "other.example:7"})
    EXPECT_EQ(with_host(host), 0U) << host;
}

TEST_F(the_gate, misdirects_under_every_other_name) {
  for (auto host :
       {"", ":80", "evil.example", "evil.example:8080", "other.example",
        "localhost.evil.example", "xhub.example.org", "example.org",
        "hub.example.org.evil.example", "nip.127.0.0.1.example", "127.1",
        "0x7f000001", "2130706433", "x.localhost"})
    EXPECT_EQ(with_host(host), 421U) << host;
  // Boost reads an address and then does not know what follows it.
  EXPECT_NE(with_host("127.0.0.1.nip.io"), 0U);
}

TEST_F(the_gate, refuses_a_malformed_host) {
  for (auto host :
       {"a b", "user@localhost", "localhost:99999", "localhost:0",
        "localhost:x", "localhost:80:81", "localhost/x", "http://localhost",
        "[::1", "::1", "%zz", "local\xc3\xa4host"})
    EXPECT_EQ(with_host(host), 400U) << host;
}

TEST_F(the_gate, lets_http_1_0_leave_the_host_out) {
  EXPECT_EQ(status("GET", "/events", {}), 0U);
  EXPECT_EQ(status("POST", "/events", {}), 0U);
}

TEST_F(the_gate, judges_the_authority_of_an_absolute_target_like_a_host) {
  for (auto target : {"http://localhost/events", "HTTP://LOCALHOST:1/events",
                      "https://hub.example.org/events", "http://[::1]/events"})
    EXPECT_EQ(with_host("localhost", target), 0U) << target;
  for (auto target : {"http://evil.example/events", "http:///events",
                      "https://localhost.evil.example/", "http://evil.example"})
    EXPECT_EQ(with_host("localhost", target), 421U) << target;
  for (auto target : {"http://u@localhost/events", "http://localhost:x/",
                      "http://localhost:99999/"})
    EXPECT_EQ(with_host("localhost", target), 400U) << target;
  EXPECT_EQ(with_host("evil.example", "http://localhost/events"), 421U);
}

TEST_F(the_gate, answers_health_checks_under_any_well_formed_host) {
  for (auto target : {"/healthz", "/readyz", "/readyz?x", "/healthz?",
                      "http://evil.example/healthz"}) {
    EXPECT_EQ(with_host("evil.example:8080", target), 0U) << target;
    EXPECT_EQ(with_host("a b", target), 400U) << target;
  }
  for (auto target : {"/metrics", "/", "/healthz/", "/x/healthz", "/HEALTHZ"})
    EXPECT_EQ(with_host("evil.example", target), 421U) << target;
}

TEST_F(the_gate, refuses_in_the_words_of_the_entrance) {
  std::vector<field> evil{{"host", "evil.example"}};
  auto hub = ask("POST", "/hub?x", evil);
  EXPECT_EQ(value(*hub, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_THAT(hub->body, HasSubstr("Host names a host"));
  auto intergov = ask("POST", "/subscriptions", evil);
  EXPECT_EQ(value(*intergov, "Content-Type"), "application/json");
  EXPECT_EQ(json::parse(intergov->body)["errors"][0]["code"],
            "generic-http-error");
  for (auto target : {"/events", "/subscriptions", "/nowhere"}) {
    auto other = ask("GET", target, evil);
    EXPECT_EQ(value(*other, "Content-Type"), "application/problem+json");
    auto problem = json::parse(other->body);
    EXPECT_EQ(problem["type"], "urn:herald:problem:misdirected");
    EXPECT_EQ(problem["status"], 421);
    EXPECT_EQ(problem["field"], "Host");
  }
}

TEST_F(the_gate, finds_the_entrance_behind_the_path_of_the_base_url) {
  settings.base_url = "https://hub.example.org/a";
  auto hub = ask("POST", "/a/hub", {{"host", "evil.example"}});
  EXPECT_EQ(hub->status, 421U);
  EXPECT_EQ(value(*hub, "Content-Type"), "text/plain; charset=utf-8");
}

// -- web pages ----------------------------------------------------------------

TEST_F(the_gate, lets_what_is_no_web_page_change_something) {
  for (auto method : {"POST", "PUT", "PATCH", "DELETE"})
    EXPECT_EQ(status(method, "/events", {{"host", "localhost"}}), 0U) << method;
}

TEST_F(the_gate, lets_only_its_own_pages_change_something) {
  for (auto site : {"same-origin", "none"})
    EXPECT_EQ(from_page({{"sec-fetch-site", site}}), 0U) << site;
  for (auto site : {"cross-site", "same-site", "x", "SAME-ORIGIN", ""})
    EXPECT_EQ(from_page({{"sec-fetch-site", site}}), 403U) << site;
  EXPECT_EQ(from_page({{"sec-fetch-site", "same-origin"},
                       {"sec-fetch-site", "cross-site"}}),
            403U);
}

TEST_F(the_gate, believes_what_the_browser_says_of_the_site_before_origin) {
  EXPECT_EQ(from_page({{"sec-fetch-site", "same-origin"},
                       {"origin", "https://evil.example"}}),
            0U);
  EXPECT_EQ(from_page({{"sec-fetch-site", "cross-site"},
                       {"origin", "https://hub.example.org"}}),
            403U);
}

TEST_F(the_gate, knows_its_own_origin_by_the_base_url) {
  for (auto origin : {"https://hub.example.org", "https://hub.example.org:443",
                      "HTTPS://HUB.example.org", "http://hub.example.org:443"})
    EXPECT_EQ(from_origin(origin), 0U) << origin;
  for (auto origin :
       {"https://hub.example.org:444", "http://hub.example.org",
        "https://xhub.example.org", "https://hub.example.org.evil.example",
        "https://evil.example", "https://user@hub.example.org",
        "ftp://hub.example.org", "hub.example.org", "https://", "null", ""})
    EXPECT_EQ(from_origin(origin), 403U) << origin;
}

TEST_F(the_gate, knows_its_own_origin_by_the_host) {
  EXPECT_EQ(from_origin("http://localhost:8080", "localhost:8080"), 0U);
  EXPECT_EQ(from_origin("http://LOCALHOST:8080", "LocalHost:8080"), 0U);
  EXPECT_EQ(from_origin("http://[::1]:81", "[::1]:81"), 0U);
  EXPECT_EQ(from_origin("http://localhost:81", "localhost:8080"), 403U);
  EXPECT_EQ(from_origin("http://localhost", "localhost:8080"), 403U);
  EXPECT_EQ(from_origin("http://127.0.0.1:8080", "localhost:8080"), 403U);
  EXPECT_EQ(from_origin("null", "localhost:8080"), 403U);
}

TEST_F(the_gate, fills_in_the_port_of_the_scheme) {
  EXPECT_EQ(from_origin("http://localhost", "localhost"), 0U);
  EXPECT_EQ(from_origin("http://localhost:80", "localhost"), 0U);
  EXPECT_EQ(from_origin("http://localhost", "localhost:80"), 0U);
  EXPECT_EQ(from_origin("https://localhost", "localhost:443"), 0U);
  EXPECT_EQ(from_origin("https://localhost", "localhost:80"), 403U);
  EXPECT_EQ(from_origin("http://localhost:8080", "localhost"), 403U);
}

TEST_F(the_gate, takes_each_of_several_origins_for_one_that_asks) {
  EXPECT_EQ(from_page({{"origin", "https://hub.example.org"},
                       {"origin", "https://evil.example"}}),
            403U);
}

TEST_F(the_gate, lets_any_page_ask_what_changes_nothing) {
  for (auto method : {"GET", "HEAD", "OPTIONS", "TRACE"})
    EXPECT_EQ(status(method, "/events",
                     {{"host", "localhost"},
                      {"origin", "https://evil.example"},
                      {"sec-fetch-site", "cross-site"}}),
              0U)
      << method;
  for (auto method : {"get", "BREW"})
    EXPECT_EQ(status(method, "/events",
                     {{"host", "localhost"}, {"sec-fetch-site", "cross-site"}}),
              403U)
      << method;
}

TEST_F(the_gate, lets_pages_of_allowed_origins_change_something) {
  settings.origins.allow = {"http://app.example:81"};
  for (auto origin : {"http://app.example:81", "HTTP://App.Example:81"})
    EXPECT_EQ(from_page({{"origin", origin}, {"sec-fetch-site", "cross-site"}}),
              0U)
      << origin;
  for (auto origin : {"http://app.example", "https://app.example:81", "null",
                      "http://app.example:810", "http://evil.example"})
    EXPECT_EQ(from_page({{"origin", origin}, {"sec-fetch-site", "cross-site"}}),
              403U)
      << origin;
  EXPECT_EQ(from_page({{"origin", "http://app.example:81"},
                       {"origin", "http://evil.example"}}),
            403U);
}

TEST_F(the_gate, refuses_pages_in_the_words_of_the_entrance) {
  std::vector<field> evil{{"host", "localhost"},
                          {"origin", "https://evil.example"}};
  auto hub = ask("POST", "/hub", evil);
  EXPECT_EQ(hub->status, 403U);
  EXPECT_EQ(value(*hub, "Content-Type"), "text/plain; charset=utf-8");
  auto intergov = ask("POST", "/subscriptions", evil);
  EXPECT_TRUE(json::parse(intergov->body).contains("errors"));
  auto other = ask("DELETE", "/subscriptions/x", evil);
  EXPECT_EQ(json::parse(other->body)["field"], "Origin");
  EXPECT_EQ(json::parse(other->body)["type"], "urn:herald:problem:refused");
}

// -- what pages of other origins may read -------------------------------------

TEST_F(the_gate, adds_fields_for_exactly_the_allowed_origin) {
  settings.origins.allow = {"http://a.example", "http://b.example"};
  auto added = [&](std::vector<field> fields) {
    ask("GET", "/events", std::move(fields));
    return http_response{200, request.answer_fields, {}};
  };
  auto allowed = added({{"origin", "http://b.example"}});
  EXPECT_EQ(value(allowed, "Access-Control-Allow-Origin"), "http://b.example");
  EXPECT_EQ(value(allowed, "Vary"), "Origin");
  EXPECT_EQ(value(allowed, "Access-Control-Allow-Credentials"), "");
  for (auto& fields : std::vector<std::vector<field>>{
         {}, {{"origin", "http://c.example"}}, {{"origin", "null"}}})
    EXPECT_THAT(added(fields).fields, ElementsAre(field{"Vary", "Origin"}));
  settings.origins.allow.clear();
  EXPECT_THAT(added({{"origin", "http://a.example"}}).fields, IsEmpty());
}

TEST_F(the_gate, answers_the_preflight_of_an_allowed_origin) {
  settings.origins.allow = {"http://app.example"};
  auto answer = ask("OPTIONS", "/events",
                    {{"host", "localhost"},
                     {"origin", "http://app.example"},
                     {"access-control-request-method", "POST"},
                     {"access-control-request-headers", "content-type,x-y"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 204U);
  EXPECT_THAT(value(*answer, "Access-Control-Allow-Methods"),
              HasSubstr("PATCH"));
  EXPECT_EQ(value(*answer, "Access-Control-Allow-Headers"), "content-type,x-y");
  EXPECT_NE(value(*answer, "Access-Control-Max-Age"), "");
  EXPECT_EQ(value(*answer, "Access-Control-Allow-Credentials"), "");
}

TEST_F(the_gate, answers_no_other_preflight) {
  settings.origins.allow = {"http://app.example"};
  field asks{"access-control-request-method", "POST"};
  field host{"host", "localhost"};
  field origin{"origin", "http://app.example"};
  EXPECT_EQ(status("OPTIONS", "/events", {host, origin}), 0U);
  EXPECT_EQ(status("OPTIONS", "/events", {host, asks}), 0U);
  EXPECT_EQ(status("OPTIONS", "/events",
                   {host, asks, {"origin", "http://evil.example"}}),
            0U);
  EXPECT_EQ(status("GET", "/events", {host, asks, origin}), 0U);
  EXPECT_EQ(
    status("OPTIONS", "/events", {{"host", "evil.example"}, asks, origin}),
    421U);
}

// -- proxies ------------------------------------------------------------------

TEST_F(the_gate, refuses_proxies_where_loopback_is_open_by_itself) {
  settings.base_url.clear();
  for (auto name : {"forwarded", "x-forwarded-for", "x-forwarded-proto",
                    "x-forwarded-host", "via"}) {
    auto answer
      = ask("GET", "/events", {{"host", "localhost"}, {name, "for=1.1.1.1"}});
    ASSERT_TRUE(answer) << name;
    EXPECT_EQ(answer->status, 403U);
    auto problem = json::parse(answer->body);
    EXPECT_EQ(problem["field"], name);
    EXPECT_THAT(problem["detail"].get<std::string>(),
                HasSubstr("--callbacks-allow"));
  }
  EXPECT_EQ(status("GET", "/events", {{"host", "localhost"}}), 0U);
  for (auto target : {"/healthz", "/readyz"})
    EXPECT_EQ(status("GET", target, {{"host", "x"}, {"via", "1.1 x"}}), 0U);
}

TEST_F(the_gate, takes_proxies_where_somebody_said_what_may_be_called) {
  auto through_a_proxy = [this] {
    return status("GET", "/events",
                  {{"host", "localhost"}, {"x-forwarded-for", "1.1.1.1"}});
  };
  EXPECT_EQ(through_a_proxy(), 0U) << "loopback is closed";
  settings.base_url.clear();
  EXPECT_EQ(through_a_proxy(), 403U);
  settings.proxies.trusted = {*ip_network::parse("127.0.0.1")};
  EXPECT_EQ(through_a_proxy(), 0U);
  settings.proxies.trusted.clear();
  settings.callbacks.allow.given = true;
  settings.callbacks.allow.loopback_too = true;
  EXPECT_EQ(through_a_proxy(), 0U);
}

TEST_F(the_gate, is_made_of_the_base_url) {
  gate_options with_path{{}, "http://[::1]:8080/x/y"};
  EXPECT_EQ(with_path.base_host, "::1");
  EXPECT_EQ(with_path.base_port, 8080);
  EXPECT_EQ(with_path.base_path, "/x/y");
  gate_options plain{{}, "https://Hub.Example"};
  EXPECT_EQ(plain.base_host, "hub.example");
  EXPECT_EQ(plain.base_port, 443);
  EXPECT_EQ(plain.base_path, "");
  EXPECT_EQ((gate_options{{}, "http://hub.example"}.base_port), 80);
}
