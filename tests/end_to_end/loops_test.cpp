// What would go round in circles, and where it ends.
#include "tests/end_to_end/support/call_outcomes.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

namespace {

const std::string self_calls = "herald_self_calls_refused_total";
const std::string refused_hops = "herald_hops_refused_total";
const std::string accepted_events = "herald_events_accepted_total";

/// Events of one that has passed eight nodes are accepted by the ninth.
constexpr double longest_circle = 9;

struct hop_entrance {
  std::string target;
  field_list fields;
  std::string body;
};

/// One event of topic `a` by every entrance.
std::vector<hop_entrance> all_entrances() {
  auto event = [&](const std::string& id) {
    return R"({"specversion":"1.0","source":"/s","type":"a","id":")" + id
           + "\"}";
  };
  return {
    {"/events?topic=a", {{"Content-Type", "text/plain"}}, "x"},
    {"/events", {{"Content-Type", "application/json"}}, R"({"predicate":"a"})"},
    {"/events",
     {{"Content-Type", "application/cloudevents+json"}},
     event("structured")},
    {"/events",
     {{"Content-Type", "application/cloudevents-batch+json"}},
     "[" + event("batch") + "]"},
    {"/events",
     {{"Content-Type", "application/x-ndjson"}},
     R"({"topic":"a","data":1})"},
    {"/events",
     {{"ce-specversion", "1.0"},
      {"ce-id", "binary"},
      {"ce-source", "/s"},
      {"ce-type", "a"}},
     "x"},
    {"/hub?hub.mode=publish&hub.topic=a",
     {{"Content-Type", "text/plain"}},
     "x"},
  };
}

class loops : public call_outcomes {
public:
  /// Publishes what had come through so many nodes.
  http_message send(hop_entrance what, const std::string& hops) {
    what.fields.emplace_back("Herald-Hops", hops);
    return request(node().port(), "POST", what.target, what.fields, what.body);
  }

  std::string own_url(const std::string& host, const std::string& path) {
    return "http://" + host + ":" + std::to_string(node().port()) + path;
  }
};

} // namespace

// -- the node itself ----------------------------------------------------------

TEST_F(loops, a_callback_that_is_the_node_itself_is_not_called) {
  start_unverified();
  auto first = own_url("127.0.0.1", "/events?topic=loop&x=a");
  auto second = own_url("localhost", "/events?topic=loop&x=b");
  join_unverified("loop", first);
  join_unverified("loop", second);
  publish("loop", "x");
  EXPECT_EQ(first_error("loop", first), "policy");
  EXPECT_EQ(first_error("loop", second), "policy");
  EXPECT_EQ(metric(self_calls), 2);
  EXPECT_EQ(metric(accepted_events), 1);
}

// Linux connects 0.0.0.0 to loopback: what counts is where one has arrived.
TEST_F(loops, the_address_that_was_connected_to_counts) {
  start_unverified({"--callbacks-allow", "loopback,0.0.0.0/32"});
  auto callback = own_url("0.0.0.0", "/events?topic=loop");
  join_unverified("loop", callback);
  publish("loop", "x");
  EXPECT_EQ(first_error("loop", callback), "policy");
  EXPECT_EQ(metric(self_calls), 1);
  EXPECT_EQ(metric(accepted_events), 1);
}

TEST_F(loops, each_listener_is_the_node_itself) {
  receiver taken{"127.0.0.2"}; // Its port is free at another address.
  auto port = std::to_string(taken.port());
  start_unverified({"--listen", "127.0.0.3:" + port});
  auto second = "http://127.0.0.3:" + port + "/events?topic=loop";
  join_unverified("loop", second);
  join_unverified("loop", taken.url());
  publish("loop", "x");
  EXPECT_EQ(first_error("loop", second), "policy");
  EXPECT_TRUE(taken.wait_for_deliveries(1)) << "the port alone is no reason";
  EXPECT_EQ(metric(self_calls), 1);
}

TEST_F(loops, the_node_does_not_verify_or_fetch_itself) {
  start();
  receiver to;
  expect_accepted(hub("subscribe", "a", node().url("/hub")));
  EXPECT_TRUE(
    wait_for_metric("herald_verifications_total{outcome=\"refused\"}", 1));
  auto topic = node().url("/openapi.json");
  subscribe(topic, to.url());
  auto before = metric(self_calls);
  EXPECT_GE(before, 1);
  hub_form("hub.mode=publish&hub.url=" + percent_encode(topic));
  EXPECT_TRUE(wait_for_metric(self_calls, before + 1));
  stop();
  EXPECT_THAT(to.deliveries(), IsEmpty());
}

// A proxy stands there, which leads back.
TEST_F(loops, a_callback_at_the_base_url_is_not_called) {
  receiver front;
  auto port = std::to_string(front.port());
  start_unverified({"--base-url", "http://localhost:" + port + "/h"});
  auto same = "http://localhost:" + port + "/h/events?topic=loop";
  auto louder = "http://LOCALHOST:" + port + "/other";
  join_unverified("loop", same);
  join_unverified("loop", louder);
  join_unverified("loop", front.url("/by/address"));
  publish("loop", "x");
  EXPECT_EQ(first_error("loop", same), "policy");
  EXPECT_EQ(first_error("loop", louder), "policy");
  ASSERT_TRUE(front.wait_for_deliveries(1)) << "another host";
  EXPECT_THAT(targets_of(front.deliveries()), ElementsAre("/by/address"));
  EXPECT_EQ(metric(self_calls), 2);
}

// Hub and publisher often have one name.
TEST_F(loops, a_topic_at_the_base_url_is_fetched) {
  receiver front;
  auto port = std::to_string(front.port());
  start({"--base-url", "http://localhost:" + port});
  receiver to;
  front.on_challenge(always(reply_with(200, "news")));
  auto topic = "http://localhost:" + port + "/feed";
  subscribe(topic, to.url());
  hub_form("hub.mode=publish&hub.url=" + percent_encode(topic));
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].body, "news");
  EXPECT_EQ(metric(self_calls), 0);
}

TEST_F(loops, a_node_may_call_itself_where_that_is_said) {
  start_unverified({"--callbacks-self"});
  receiver to;
  subscribe("second", to.url());
  join_unverified("first", node().url("/events?topic=second"));
  publish("first", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].body, "x");
  EXPECT_EQ(to.deliveries()[0].field("Herald-Hops"), "2");
  EXPECT_EQ(metric(self_calls), 0);
}

// -- circles ------------------------------------------------------------------

TEST_F(loops, a_circle_within_a_node_ends) {
  start_unverified({"--callbacks-self"});
  auto callback = node().url("/events?topic=loop");
  join_unverified("loop", callback);
  publish("loop", "x");
  EXPECT_EQ(first_error("loop", callback), "status");
  EXPECT_EQ(metric(refused_hops), 1);
  EXPECT_EQ(metric(accepted_events), longest_circle);
}

TEST_F(loops, a_circle_of_two_nodes_ends) {
  start_unverified();
  node_process other{{"--intergov-verify", "false", "--retry-schedule", "1h"}};
  other.start();
  join_unverified("loop", other.url("/events?topic=loop"));
  auto back = post_form(other.port(), "/subscriptions",
                        {{"hub.mode", "subscribe"},
                         {"hub.topic", "loop"},
                         {"hub.callback", node().url("/events?topic=loop")}});
  ASSERT_EQ(back.status(), 202) << back.body;
  publish("loop", "x");
  EXPECT_TRUE(eventually([&] {
    return metric(refused_hops) + metric_of(other.port(), refused_hops) >= 1;
  }));
  EXPECT_EQ(metric(accepted_events) + metric_of(other.port(), accepted_events),
            longest_circle);
  EXPECT_EQ(metric(self_calls), 0) << "the other is not the node itself";
}

// -- counting -----------------------------------------------------------------

TEST_F(loops, a_delivery_says_how_many_nodes_it_comes_through) {
  start();
  receiver to;
  subscribe("a", to.url());
  size_t count = 0;
  publish("a", "own");
  ASSERT_TRUE(to.wait_for_deliveries(++count));
  EXPECT_EQ(to.deliveries().back().field("Herald-Hops"), "1");
  auto entrance = all_entrances()[0];
  for (auto& [given, sent] : field_list{{"0", "1"},
                                        {"3", "4"},
                                        {"8", "9"},
                                        {"", "9"},
                                        {"many", "9"},
                                        {"-1", "9"},
                                        {"1, 2", "9"},
                                        {"1.5", "9"}}) {
    EXPECT_EQ(send(entrance, given).status(), 202) << given;
    ASSERT_TRUE(to.wait_for_deliveries(++count)) << given;
    auto got = to.deliveries().back();
    EXPECT_EQ(got.field("Herald-Hops"), sent) << given;
    EXPECT_EQ(got.count("Herald-Hops"), 1U) << given;
  }
}

TEST_F(loops, what_came_through_too_many_nodes_is_refused_at_every_entrance) {
  start();
  auto all = all_entrances();
  for (auto* hops : {"9", "10", "4294967297"})
    for (auto& entrance : all) {
      auto answer = send(entrance, hops);
      EXPECT_EQ(answer.status(), 508) << entrance.target << entrance.body;
    }
  EXPECT_EQ(metric(refused_hops), 3 * static_cast<double>(all.size()));
  EXPECT_EQ(metric(accepted_events), 0);
  auto problem = json::parse(send(all[0], "9").body);
  EXPECT_THAT(problem["type"].get<std::string>(),
              StartsWith("urn:herald:problem:"));
}

TEST_F(loops, every_entrance_keeps_the_count) {
  start();
  receiver to;
  subscribe("a", to.url());
  size_t count = 0;
  for (auto& entrance : all_entrances()) {
    EXPECT_EQ(send(entrance, "3").status() / 100, 2) << entrance.body;
    ASSERT_TRUE(to.wait_for_deliveries(++count)) << entrance.body;
    EXPECT_EQ(to.deliveries().back().field("Herald-Hops"), "4")
      << entrance.target << entrance.body;
  }
}

TEST_F(loops, a_light_ping_hands_its_count_on) {
  start();
  receiver site;
  receiver to;
  site.on_challenge(always(reply_with(200, "news")));
  auto topic = site.url("/feed");
  subscribe(topic, to.url());
  hop_entrance ping{"/hub",
                    {{"Content-Type", form_type}},
                    "hub.mode=publish&hub.url=" + percent_encode(topic)};
  EXPECT_EQ(send(ping, "9").status(), 508);
  EXPECT_EQ(send(ping, "3").status(), 204);
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].field("Herald-Hops"), "4");
  EXPECT_EQ(site.challenges().size(), 1U);
}

TEST_F(loops, the_count_outlives_the_process_and_a_redelivery) {
  start();
  receiver to;
  subscribe("a", to.url());
  auto answer = send(all_entrances()[0], "3");
  ASSERT_EQ(answer.status(), 202) << answer.body;
  ASSERT_TRUE(to.wait_for_deliveries(1));
  node().kill();
  node().start();
  auto id = json::parse(answer.body)["id"].get<std::string>();
  auto again = json{{"event", id}}.dump();
  ask("POST", path_of("a", to, "/redeliver"), again, 202);
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_THAT(fields_of(to.deliveries(), "Herald-Hops"), Each("4"));
}
