// When two requests are one event: by tenant, topic, and the name that the
// publisher gave.
#include "tests/end_to_end/support/call_outcomes.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

namespace {

constexpr auto identity_structured = "application/cloudevents+json";
constexpr auto identity_batch = "application/cloudevents-batch+json";
constexpr auto identity_lines = "application/x-ndjson";
const std::string mismatched = "herald_events_mismatched_total";
const std::string known_already = "herald_events_duplicate_total";

std::string named_event(const std::string& type, const std::string& data = "1",
                        const std::string& source = "/shop") {
  return R"({"specversion":"1.0","id":"4711","source":")" + source
         + R"(","type":")" + type + R"(","data":)" + data + "}";
}

field_list named_fields(const std::string& type) {
  return {{"ce-specversion", "1.0"},
          {"ce-id", "4711"},
          {"ce-source", "/shop"},
          {"ce-type", type}};
}

class identity : public call_outcomes {
public:
  void SetUp() override { start(); }

  json accept(const std::string& target, const std::string& type,
              const std::string& body, field_list more = {}) {
    auto answer = post(target, type, body, std::move(more));
    EXPECT_EQ(answer.status(), 202) << answer.body;
    return json::parse(answer.body, nullptr, false);
  }

  json accept_keyed(const std::string& topic, const std::string& body,
                    const std::string& type = "text/plain") {
    return accept("/events?topic=" + topic, type, body,
                  {{"Idempotency-Key", "order-1"}});
  }
};

/// Two events, none of which swallowed the other.
void expect_two(const json& first, const json& second) {
  EXPECT_EQ(first.value("duplicate", true), false) << first;
  EXPECT_EQ(second.value("duplicate", true), false) << second;
  EXPECT_NE(first.value("id", ""), second.value("id", ""));
}

/// The second is the first once more.
void expect_one(const json& first, const json& second) {
  EXPECT_EQ(second.value("duplicate", false), true) << second;
  EXPECT_EQ(second.value("id", ""), first.value("id", "none"));
  EXPECT_EQ(second.value("sequence", 0), first.value("sequence", 0));
}

} // namespace

// -- the topic is part of it --------------------------------------------------

TEST_F(identity, one_cloud_event_of_two_types_is_two_events) {
  receiver shop;
  subscribe("orders", shop.url());
  auto stranger
    = accept("/events", identity_structured, named_event("strangers.own"));
  auto right
    = accept("/events", identity_structured, named_event("orders.created"));
  expect_two(stranger, right);
  ASSERT_TRUE(shop.wait_for_deliveries(1));
  EXPECT_EQ(shop.deliveries()[0].body, named_event("orders.created"));
  EXPECT_EQ(shop.deliveries()[0].field("webhook-id"), right["id"]);
}

TEST_F(identity, one_cloud_event_to_two_given_topics_is_two_events) {
  auto body = named_event("orders.created");
  auto by_type = accept("/events", identity_structured, body);
  auto first = accept("/events?topic=x", identity_structured, body);
  auto second = accept("/events?topic=y", identity_structured, body);
  auto third = accept("/events?topic=" + percent_encode(feed),
                      identity_structured, body);
  expect_two(by_type, first);
  expect_two(first, second);
  expect_two(second, third);
  expect_one(first, accept("/events?topic=x", identity_structured, body));
}

TEST_F(identity, it_is_the_same_in_binary_mode_and_in_batches) {
  auto a = accept("/events", "text/plain", "x", named_fields("a"));
  auto b = accept("/events", "text/plain", "x", named_fields("b"));
  expect_two(a, b);
  auto both = accept("/events", identity_batch,
                     "[" + named_event("c") + "," + named_event("d") + "]");
  expect_two(both[0], both[1]);
  expect_one(b, accept("/events", "text/plain", "x", named_fields("b")));
  expect_one(both[1], accept("/events", identity_structured, named_event("d")));
}

TEST_F(identity, a_key_is_of_its_topic) {
  expect_two(accept_keyed("a", "x"), accept_keyed("b", "x"));
  auto lines = accept("/events", identity_lines,
                      R"({"topic":"c","data":1,"idempotency_key":"k"})"
                      "\n"
                      R"({"topic":"d","data":1,"idempotency_key":"k"})");
  expect_two(lines[0], lines[1]);
}

TEST_F(identity, a_source_is_part_of_it) {
  expect_two(
    accept("/events", identity_structured, named_event("a")),
    accept("/events", identity_structured, named_event("a", "1", "/bank")));
}

// A predicate has many spellings, which are one topic.
TEST_F(identity, spellings_of_one_topic_are_one) {
  auto first = accept_keyed("orders.created", "x");
  expect_one(first, accept_keyed("Orders..CREATED", "x"));
}

TEST_F(identity, what_has_no_name_is_new_each_time) {
  auto first = accept("/events?topic=a", "text/plain", "x");
  auto second = accept("/events?topic=a", "text/plain", "x");
  expect_two(first, second);
  EXPECT_EQ(metric(known_already), 0);
}

// -- the body is not ----------------------------------------------------------

TEST_F(identity, another_body_under_a_known_name_is_counted) {
  receiver to;
  subscribe("a", to.url());
  auto first = accept_keyed("a", "real");
  EXPECT_EQ(metric(mismatched), 0);
  expect_one(first, accept_keyed("a", "forged and longer"));
  EXPECT_EQ(metric(mismatched), 1);
  expect_one(first, accept_keyed("a", "rael"));
  EXPECT_EQ(metric(mismatched), 2) << "of the same size";
  expect_one(first, accept_keyed("a", ""));
  EXPECT_EQ(metric(mismatched), 3);
  EXPECT_EQ(metric(known_already), 3);
  publish("a", "end");
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_THAT(bodies_of(to.deliveries()), UnorderedElementsAre("real", "end"));
}

TEST_F(identity, a_repetition_is_no_mismatch) {
  auto first = accept_keyed("a", "real");
  expect_one(first, accept_keyed("a", "real"));
  expect_one(first, accept_keyed("a", "real", "application/x-other"));
  auto event
    = accept("/events", identity_structured, named_event("b", "\"x\""));
  expect_one(event,
             accept("/events", identity_structured, named_event("b", "\"x\"")));
  EXPECT_EQ(metric(known_already), 3);
  EXPECT_EQ(metric(mismatched), 0);
}

TEST_F(identity, cloud_events_and_lines_are_compared_too) {
  auto event = accept("/events", identity_structured, named_event("a", "1"));
  expect_one(event,
             accept("/events", identity_structured, named_event("a", "2")));
  auto batch
    = accept("/events", identity_batch, "[" + named_event("a", "3") + "]");
  expect_one(event, batch[0]);
  EXPECT_EQ(metric(mismatched), 2);
  auto binary = accept("/events", "text/plain", "x", named_fields("b"));
  expect_one(binary, accept("/events", "text/plain", "y", named_fields("b")));
  EXPECT_EQ(metric(mismatched), 3);
  auto line = [&](const std::string& data) {
    return accept("/events", identity_lines,
                  R"({"topic":"c","idempotency_key":"k","data":)" + data
                    + "}")[0];
  };
  auto first_line = line("1");
  expect_one(first_line, line("2"));
  EXPECT_EQ(metric(mismatched), 4);
}

TEST_F(identity, names_that_meet_in_one_request_are_compared) {
  auto both
    = accept("/events", identity_batch,
             "[" + named_event("a", "1") + "," + named_event("a", "2") + "]");
  expect_one(both[0], both[1]);
  EXPECT_EQ(metric(mismatched), 1);
}

TEST_F(identity, a_name_and_its_body_are_known_after_a_crash) {
  receiver to;
  subscribe("a", to.url());
  auto first = accept_keyed("a", "real");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  node().kill();
  node().start();
  expect_one(first, accept_keyed("a", "real"));
  EXPECT_EQ(metric(mismatched), 0);
  expect_one(first, accept_keyed("a", "fake"));
  EXPECT_EQ(metric(mismatched), 1);
  stop();
  // What was open when the node was killed may come again.
  EXPECT_THAT(bodies_of(to.deliveries()), Each("real"));
}
