// A node behind a reverse proxy: whoever comes through it must not get the
// rights of the machine that the proxy runs on.
#include "tests/end_to_end/support/call_outcomes.hpp"
#include "tests/end_to_end/support/raw_http.hpp"

using namespace herald::end_to_end;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

/// What proxies add.
const std::vector<field_list> proxy_fields{
  {{"Forwarded", "for=198.51.100.7"}}, {{"X-Forwarded-For", "198.51.100.7"}},
  {{"X-Forwarded-Proto", "https"}},    {{"X-Forwarded-Host", "hub.example"}},
  {{"x-forwarded-prefix", "/herald"}}, {{"Via", "1.1 proxy"}}};

class proxies : public call_outcomes {
public:
  http_message ask_through(const field_list& fields,
                           const std::string& target = "/subscriptions") {
    return request(node().port(), "GET", target, fields);
  }

  http_message publish_through(field_list fields) {
    return post("/events?topic=a", "text/plain", "x", std::move(fields));
  }

  /// Publishes more at once than a client may in a minute; the status.
  int publish_much_as(const std::string& field, const std::string& value) {
    std::string lines;
    for (int i = 0; i < 100; ++i)
      lines += "{\"topic\":\"a\",\"data\":1}\n";
    return post("/events", "application/x-ndjson", lines, {{field, value}})
      .status();
  }
};

} // namespace

TEST_F(proxies, nobody_comes_through_one_where_loopback_was_not_meant) {
  start();
  for (auto& fields : proxy_fields) {
    auto answer = ask_through(fields);
    EXPECT_EQ(answer.status(), 403) << fields[0].first;
    EXPECT_THAT(answer.body,
                AllOf(HasSubstr("proxy"), HasSubstr("--callbacks-allow"),
                      HasSubstr("--proxies-trusted")));
    EXPECT_EQ(publish_through(fields).status(), 403) << fields[0].first;
    auto form = fields;
    form.emplace_back("Content-Type", form_type);
    EXPECT_EQ(
      request(node().port(), "POST", "/hub", form, "hub.mode=publish").status(),
      403)
      << fields[0].first;
  }
  EXPECT_EQ(metric("herald_events_accepted_total"), 0);
  EXPECT_EQ(publish_through({}).status(), 202) << "without a proxy";
}

TEST_F(proxies, health_checks_come_through_one) {
  start();
  for (auto& fields : proxy_fields)
    for (auto* target : {"/healthz", "/readyz"})
      EXPECT_EQ(ask_through(fields, target).status(), 200) << fields[0].first;
}

TEST_F(proxies, everybody_comes_through_one_where_it_was_said_what_to_call) {
  for (auto* allow : {"public,loopback", "public", "loopback,10.0.0.0/8"}) {
    start({"--callbacks-allow", allow});
    for (auto& fields : proxy_fields) {
      EXPECT_EQ(ask_through(fields).status(), 200) << allow;
      EXPECT_EQ(publish_through(fields).status(), 202) << allow;
    }
  }
}

TEST_F(proxies, loopback_that_is_meant_is_called_for_everybody) {
  start({"--callbacks-allow", "public,loopback"});
  receiver to;
  auto form = field_list{{"Content-Type", form_type}, {"Via", "1.1 proxy"}};
  auto wish
    = "hub.mode=subscribe&hub.topic=a&hub.callback=" + percent_encode(to.url());
  expect_accepted(request(node().port(), "POST", "/hub", form, wish));
  EXPECT_TRUE(wait_for_state("a", to.url(), "active"));
}

TEST_F(proxies, a_trusted_one_takes_loopback_away) {
  start_unverified({"--proxies-trusted", "127.0.0.1"});
  receiver to;
  for (auto& fields : proxy_fields)
    EXPECT_EQ(ask_through(fields).status(), 200) << fields[0].first;
  join_unverified("a", to.url());
  publish("a", "x");
  EXPECT_EQ(first_error("a", to.url()), "policy");
  EXPECT_EQ(to.connections(), 0U);
}

// docs/security.md: the proxy has a public name and talks to the node by
// loopback, as does every other service of the machine.
TEST_F(proxies, a_public_hub_does_not_call_callbacks_of_its_machine) {
  start({"--base-url", "https://hub.example", "--auth", "none"});
  receiver to;
  auto answer = request_to_host(
    node().port(), "hub.example", "POST", "/hub",
    {{"X-Forwarded-For", "198.51.100.7"}, {"Content-Type", form_type}},
    "hub.mode=subscribe&hub.topic=a&hub.callback=" + percent_encode(to.url()));
  expect_accepted(answer);
  EXPECT_TRUE(
    wait_for_metric("herald_verifications_total{outcome=\"refused\"}", 1));
  EXPECT_EQ(state_of("a", to.url()), "");
  EXPECT_EQ(to.connections(), 0U);
}

// Here the callback may be called, the topic may not.
TEST_F(proxies, a_public_hub_does_not_read_services_of_its_machine) {
  start({"--base-url", "https://hub.example", "--auth", "none",
         "--callbacks-allow", "public,127.0.0.1/32"});
  receiver inner{"127.0.0.2"};
  inner.on_challenge(always(reply_with(200, "secret of the machine")));
  receiver to;
  auto topic = inner.url("/latest/meta-data");
  subscribe(topic, to.url());
  auto ping = hub_form("hub.mode=publish&hub.url=" + percent_encode(topic));
  EXPECT_EQ(ping.status(), 204);
  EXPECT_TRUE(eventually([&] {
    return node().complaints().find("why=policy") != std::string::npos;
  }));
  stop();
  EXPECT_EQ(inner.connections(), 0U);
  EXPECT_THAT(to.deliveries(), IsEmpty());
}

// -- who asks -----------------------------------------------------------------

TEST_F(proxies, the_client_is_the_last_that_is_no_trusted_proxy) {
  start({"--quota-events", "1", "--callbacks-allow", "public",
         "--proxies-trusted", "127.0.0.1,10.0.0.0/8"});
  EXPECT_EQ(publish_much_as("X-Forwarded-For", "198.51.100.1"), 202);
  for (auto* same : {"198.51.100.1", "192.0.2.9, 198.51.100.1",
                     "198.51.100.1, 10.1.2.3", "198.51.100.1,127.0.0.1"})
    EXPECT_EQ(publish_much_as("X-Forwarded-For", same), 429) << same;
  EXPECT_EQ(publish_much_as("Forwarded", "for=198.51.100.1;proto=https"), 429);
  EXPECT_EQ(publish_much_as("Forwarded", "for=\"198.51.100.1:4711\""), 429);
  EXPECT_EQ(publish_much_as("X-Forwarded-For", "198.51.100.1, 198.51.100.2"),
            202);
  EXPECT_EQ(publish_much_as("Forwarded", "for=198.51.100.2, for=198.51.100.3"),
            202);
}

TEST_F(proxies, forwarded_is_read_before_x_forwarded_for) {
  start({"--quota-events", "1", "--callbacks-allow", "public",
         "--proxies-trusted", "127.0.0.1"});
  EXPECT_EQ(publish_much_as("Forwarded", "for=198.51.100.1"), 202);
  auto both = publish_through(
    {{"X-Forwarded-For", "198.51.100.2"}, {"Forwarded", "for=198.51.100.1"}});
  EXPECT_EQ(both.status(), 429);
}

TEST_F(proxies, what_others_say_of_their_client_is_ignored) {
  start({"--quota-events", "1", "--callbacks-allow", "public",
         "--proxies-trusted", "10.0.0.0/8"});
  EXPECT_EQ(publish_much_as("X-Forwarded-For", "198.51.100.1"), 202);
  EXPECT_EQ(publish_much_as("X-Forwarded-For", "198.51.100.2"), 429);
  EXPECT_EQ(publish_much_as("Forwarded", "for=198.51.100.3"), 429);
}
