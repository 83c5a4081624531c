#include "http/api/event_identity.hpp"
#include "tests/http/api/routes_fixture.hpp"

using namespace herald;
using namespace herald::test;
using namespace std::string_literals;

TEST_F(the_routes, take_any_body_for_a_topic_in_the_query) {
  auto result = events("/events?topic=UN..a.B&x=1", "Text/CSV; h=1", "a,b\0c"s);
  auto& what = event_of(result);
  EXPECT_FALSE(std::get<publish_command>(result).fat);
  EXPECT_EQ(what.topic, "UN.a.B");
  EXPECT_EQ(what.content_type, "Text/CSV; h=1");
  EXPECT_EQ(what.body, "a,b\0c"s);
  EXPECT_EQ(what.body_size, 5U);
  EXPECT_EQ(what.id, "");
  EXPECT_TRUE(what.fields.empty());
  EXPECT_EQ(event_of(ask("POST", "/events?topic=a")).content_type,
            "application/octet-stream");
}

TEST_F(the_routes, derive_the_id_from_an_idempotency_key) {
  auto with = [&](const char* topic, std::string key) {
    return ask("POST", std::string{"/events?topic="} + topic,
               {{"idempotency-key", std::move(key)}}, "x");
  };
  EXPECT_EQ(event_of(with("A.b", "k")).id, keyed_event_id({}, "a.b", "k"));
  EXPECT_EQ(event_of(with("A.b", std::string(256, 'k'))).id.size(), 32U);
  EXPECT_TRUE(begins(answer(with("a", "")), "400 "));
  auto long_one
    = json::parse(answer(with("a", std::string(257, 'k'))).substr(4));
  EXPECT_EQ(long_one["field"], "Idempotency-Key");
  EXPECT_EQ(long_one["limit"], 256);
}

TEST_F(the_routes, choose_the_log_by_the_topic) {
  options.logs = 7;
  auto log = [&](const std::string& topic) {
    return event_of(ask("POST", "/events?topic=" + topic)).log;
  };
  EXPECT_EQ(log("a.b"), topic_log("a.b", 7));
  EXPECT_EQ(log("A.B"), topic_log("a.b", 7));
}

TEST_F(the_routes, carry_the_trace_context) {
  auto good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  auto with = [&](const char* parent) {
    return event_of(ask("POST", "/events?topic=a",
                        {{"traceparent", parent}, {"tracestate", "x=1"}}))
      .fields;
  };
  EXPECT_EQ(with(good),
            (std::vector<field>{{"traceparent", good}, {"tracestate", "x=1"}}));
  for (auto* bad : {"", "nonsense",
                    "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
                    "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
                    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"})
    EXPECT_TRUE(with(bad).empty()) << bad;
  auto later = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x";
  EXPECT_EQ(with(later)[0].second, later);
  EXPECT_TRUE(event_of(ask("POST", "/events?topic=a",
                           {{"traceparent", good}, {"traceparent", good}}))
                .fields.empty());
}

TEST_F(the_routes, find_the_topic_in_json) {
  auto body = R"( {"predicate":"message.1.status","x":1} )";
  auto result = events("/events", "application/json; charset=utf-8", body);
  EXPECT_EQ(event_of(result).topic, "message.1.status");
  EXPECT_EQ(event_of(result).body, body);
  EXPECT_EQ(event_of(result).content_type, "application/json; charset=utf-8");
  EXPECT_EQ(answer(events("/events", "application/vnd.x+json", body)),
            "(a decision)");
}

TEST_F(the_routes, refuse_what_is_no_event) {
  struct {
    const char* target;
    const char* type;
    const char* body;
    int status;
    const char* name;
  } cases[]{
    {"/events?topic=", "a/b", "x", 400, "topic"},
    {"/events?topic=*", "a/b", "x", 400, "topic"},
    {"/events?topic=a*b", "a/b", "x", 400, "topic"},
    {"/events?topic=a%0ab", "a/b", "x", 400, "topic"},
    {"/events?topic=%ff", "a/b", "x", 400, "topic"},
    {"/events?topic=http://t/%23f", "a/b", "x", 400, "topic"},
    {"/events?topic=a", "a/\x01", "x", 400, "Content-Type"},
    {"/events", "application/json", "{", 400, "predicate"},
    {"/events", "application/json", "{}", 400, "predicate"},
    {"/events", "application/json", R"({"predicate":""})", 400, "predicate"},
    {"/events", "application/json", R"({"predicate":"http://t/"})", 400,
     "predicate"},
    {"/events", "application/json", R"({"predicate":"a.b*"})", 400,
     "predicate"},
    {"/events", "text/plain", "x", 415, "Content-Type"},
    {"/events", "", "x", 415, "Content-Type"},
    {"/events", "application/jsonx", "{}", 415, "Content-Type"},
    {"/events", "application/json;charset=utf-16", R"({"predicate":"a"})", 415,
     "Content-Type"},
  };
  for (auto& [target, type, body, status, name] : cases) {
    auto result = events(target, type, body);
    ASSERT_TRUE(std::holds_alternative<http_response>(result))
      << target << ' ' << type << ' ' << body;
    auto& response = std::get<http_response>(result);
    EXPECT_EQ(value(response, "Content-Type"), "application/problem+json");
    auto problem = json::parse(response.body);
    EXPECT_EQ(problem["status"], status) << target << ' ' << body;
    EXPECT_EQ(problem["field"], name) << target << ' ' << body;
  }
}

TEST_F(the_routes, refuse_two_content_types) {
  auto result = ask("POST", "/events?topic=a",
                    {{"content-type", "a/b"}, {"content-type", "c/d"}}, "x");
  EXPECT_TRUE(begins(answer(result), "400 "));
}

TEST_F(the_routes, list_the_types_that_hold_a_topic) {
  auto text = answer(events("/events", "text/plain", "x"));
  for (auto* type :
       {"application/cloudevents+json", "application/cloudevents-batch+json",
        "application/x-ndjson", "application/json", "ce-type", "?topic="})
    EXPECT_NE(text.find(type), std::string::npos) << type;
}

TEST_F(the_routes, answer_a_publish_with_its_place) {
  auto one
    = published_response({{"I", "a.b", 0}}, {{123, false, false, {}}}, false);
  EXPECT_EQ(one.status, 202U);
  EXPECT_EQ(value(one, "Location"), "/events/I");
  EXPECT_EQ(json::parse(one.body), json::parse(R"({"id":"I","topic":"a.b",
    "log":0,"sequence":123,"duplicate":false})"));
}

TEST_F(the_routes, answer_many_events_with_an_array_in_their_order) {
  auto two = published_response({{"I", "a", 0}, {"J", "b", 1}},
                                {{1, false, false, {}}, {2, true, false, {}}},
                                false, true);
  EXPECT_EQ(two.status, 202U);
  EXPECT_EQ(value(two, "Location"), "");
  EXPECT_EQ(json::parse(two.body)[1]["id"], "J");
  EXPECT_EQ(json::parse(two.body)[1]["duplicate"], true);
  auto one
    = published_response({{"I", "a", 0}}, {{1, false, false, {}}}, false, true);
  EXPECT_EQ(json::parse(one.body)[0]["id"], "I");
}
