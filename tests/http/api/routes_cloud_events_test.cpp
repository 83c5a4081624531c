#include "http/api/cloud_events.hpp"
#include "http/api/event_identity.hpp"
#include "http/api/event_intake.hpp"
#include "tests/http/api/routes_fixture.hpp"

#include <gmock/gmock.h>

using namespace herald;
using namespace herald::test;
using ::testing::ElementsAre;

namespace {

constexpr auto structured = "application/cloudevents+json";
constexpr auto batched = "application/cloudevents-batch+json";

/// Blanks, an order and numbers that no serialiser would write.
std::string member(const std::string& id, const std::string& type,
                   const std::string& data = "1.50") {
  return R"({ "data" : )" + data + R"(,"type":")" + type + R"(", "id":")" + id
         + R"(","source":"/s","specversion":"1.0"})";
}

/// The id of the event `id` of the source `/s` under that topic key.
std::string stored_id(const std::string& id, const std::string& topic_key) {
  return cloud_event_id({}, topic_key, "/s", id);
}

class cloud_event_routes : public the_routes {
protected:
  decision binary(std::vector<field> more, std::string body = "x",
                  std::string target = "/events") {
    std::vector<field> fields{{"ce-specversion", "1.0"},
                              {"ce-id", "1"},
                              {"ce-source", "/s"},
                              {"ce-type", "A.b"}};
    fields.insert(fields.end(), more.begin(), more.end());
    return ask("POST", std::move(target), std::move(fields), std::move(body));
  }

  static const publish_command& command_of(const decision& x) {
    return std::get<publish_command>(x);
  }

  /// `STATUS FIELD` of a problem.
  static std::string problem(const decision& x) {
    auto* known = std::get_if<http_response>(&x);
    if (known == nullptr)
      return "(a decision)";
    auto body = json::parse(known->body);
    return std::to_string(known->status) + ' ' + body.value("field", "");
  }
};

} // namespace

// -- structured ---------------------------------------------------------------

TEST_F(cloud_event_routes, pass_a_structured_event_on_byte_for_byte) {
  auto body = ' ' + member("1", "Com.Example..made") + "\n";
  auto type = "Application/CloudEvents+JSON; charset=\"UTF-8\"";
  auto result = events("/events", type, body);
  auto& what = event_of(result);
  EXPECT_FALSE(command_of(result).array);
  EXPECT_EQ(what.topic, "Com.Example.made");
  EXPECT_EQ(what.content_type, type);
  EXPECT_EQ(what.body, body);
  EXPECT_EQ(what.body_size, body.size());
  EXPECT_EQ(what.id, stored_id("1", "com.example.made"));
  EXPECT_FALSE(what.fresh_id);
}

TEST_F(cloud_event_routes, prefer_the_topic_of_the_query) {
  options.logs = 7;
  auto result = events("/events?topic=x.y", structured, member("1", "a b"));
  EXPECT_EQ(event_of(result).topic, "x.y");
  EXPECT_EQ(event_of(result).log, topic_log("x.y", 7));
  EXPECT_EQ(event_of(result).id, stored_id("1", "x.y"));
  EXPECT_EQ(problem(events("/events?topic=*", structured, member("1", "a"))),
            "400 topic");
}

TEST_F(cloud_event_routes, take_a_url_for_a_type) {
  auto result = events("/events", structured, member("1", "http://t/f"));
  EXPECT_EQ(event_of(result).topic, "http://t/f");
}

TEST_F(cloud_event_routes, ignore_the_idempotency_key) {
  for (auto* key : {"k", ""}) {
    auto result = ask("POST", "/events",
                      {{"content-type", structured}, {"idempotency-key", key}},
                      member("1", "a"));
    EXPECT_EQ(event_of(result).id, stored_id("1", "a"));
  }
}

TEST_F(cloud_event_routes, refuse_a_structured_event) {
  for (auto& [body, field] : std::vector<std::pair<std::string, const char*>>{
         {"", "body"},
         {"{", "body"},
         {"[]", "body"},
         {"7", "body"},
         {member("\xff", "a"), "body"},
         {member("1", "a") + std::string(1, '\0') + "x", "body"},
         {member("1", "a", std::string(256, '[') + std::string(256, ']')),
          "body"},
         {"{}", "specversion"},
         {member("", "a"), "id"},
         {member("1", "*"), "type"},
         {member("1", "a b"), "type"},
         {member("1", "ftp://x/"), "type"},
         {member("1", "a,b"), ""}}) {
    auto expected = *field != 0 ? std::string{"400 "} + field : "(a decision)";
    EXPECT_EQ(problem(events("/events", structured, body)), expected) << body;
  }
}

TEST_F(cloud_event_routes, read_json_of_utf_8_only) {
  auto asked = [&](const std::string& parameter) {
    return problem(events("/events", structured + parameter, member("1", "a")));
  };
  for (auto* fine : {";charset=utf-8", "; x=y; Charset=UTF8", ";x=charset",
                     ";charset=us-ascii", ";charset", ";charset=\"utf-8\" "})
    EXPECT_EQ(asked(fine), "(a decision)") << fine;
  for (auto* other : {";charset=utf-16", "; x=\"y\" ; charset=\"latin1\""})
    EXPECT_EQ(asked(other), "415 Content-Type") << other;
  auto batch
    = events("/events", std::string{batched} + ";charset=utf-16", "[]");
  EXPECT_EQ(problem(batch), "415 Content-Type");
}

// -- batch --------------------------------------------------------------------

TEST_F(cloud_event_routes, take_a_batch_apart_without_changing_it) {
  options.logs = 7;
  auto first = member("1", "A.b", "12345678901234567890.10");
  auto second = member("2", "c", R"("],{\"")");
  auto result
    = events("/events", batched, "[ " + first + " ,\n" + second + "\t]");
  auto& all = command_of(result);
  EXPECT_TRUE(all.array);
  ASSERT_EQ(all.events.size(), 2U);
  EXPECT_EQ(all.events[0].body, first);
  EXPECT_EQ(all.events[0].body_size, first.size());
  EXPECT_EQ(all.events[0].topic, "A.b");
  EXPECT_EQ(all.events[0].log, topic_log("a.b", 7));
  EXPECT_EQ(all.events[1].body, second);
  EXPECT_EQ(all.events[1].id, stored_id("2", "c"));
  for (auto& what : all.events)
    EXPECT_EQ(what.content_type, structured);
}

TEST_F(cloud_event_routes, put_a_whole_batch_under_the_topic_of_the_query) {
  auto result = events("/events?topic=t", batched,
                       '[' + member("1", "a b") + ',' + member("1", "*") + ']');
  ASSERT_EQ(command_of(result).events.size(), 2U);
  for (auto& what : command_of(result).events) {
    EXPECT_EQ(what.topic, "t");
    EXPECT_EQ(what.id, stored_id("1", "t"));
  }
}

TEST_F(cloud_event_routes, answer_a_batch_of_one_with_an_array) {
  EXPECT_TRUE(
    command_of(events("/events", batched, '[' + member("1", "a") + ']')).array);
}

TEST_F(cloud_event_routes, refuse_a_batch_for_one_bad_member) {
  auto good = member("1", "a");
  for (auto& [body, field] : std::vector<std::pair<std::string, const char*>>{
         {"", "body"},
         {"[]", "body"},
         {good, "body"},
         {'[' + good, "body"},
         {"[7]", "[0]"},
         {'[' + good + ",null]", "[1]"},
         {'[' + good + ",[]]", "[1]"},
         {'[' + good + ',' + good + ",{}]", "[2].specversion"},
         {'[' + good + ',' + member("1", "*") + ']', "[1].type"},
         {'[' + good + ',' + member("1", "a\\n") + ']', "[1].type"}})
    EXPECT_EQ(problem(events("/events", batched, body)),
              std::string{"400 "} + field)
      << body;
}

TEST_F(cloud_event_routes, bound_a_batch) {
  std::string body = "[" + member("1", "a");
  for (size_t i = 1; i < max_events_per_request; ++i)
    body += ',' + member("1", "a");
  auto most = events("/events", batched, body + ']');
  EXPECT_EQ(command_of(most).events.size(), max_events_per_request);
  auto more = events("/events", batched, body + ",7]");
  EXPECT_EQ(problem(more), "413 body");
  EXPECT_EQ(json::parse(std::get<http_response>(more).body)["limit"], 10'000);
}

TEST_F(cloud_event_routes, give_each_member_the_trace_context) {
  auto trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  auto result = ask("POST", "/events",
                    {{"content-type", batched}, {"traceparent", trace}},
                    '[' + member("1", "a") + ',' + member("2", "b") + ']');
  for (auto& what : command_of(result).events)
    EXPECT_THAT(what.fields, ElementsAre(field{"traceparent", trace}));
}

// -- binary -------------------------------------------------------------------

TEST_F(cloud_event_routes, keep_the_fields_and_the_body_of_a_binary_event) {
  auto result = binary({{"content-type", "Text/CSV; h=1"},
                        {"ce-ext", "%C3%A4 \"b\""},
                        {"x-other", "y"},
                        {"idempotency-key", "k"}},
                       "{not json");
  auto& what = event_of(result);
  EXPECT_FALSE(command_of(result).array);
  EXPECT_EQ(what.topic, "A.b");
  EXPECT_EQ(what.id, stored_id("1", "a.b"));
  EXPECT_EQ(what.content_type, "Text/CSV; h=1");
  EXPECT_EQ(what.body, "{not json");
  EXPECT_EQ(what.body_size, 9U);
  EXPECT_THAT(what.fields,
              ElementsAre(field{"ce-specversion", "1.0"}, field{"ce-id", "1"},
                          field{"ce-source", "/s"}, field{"ce-type", "A.b"},
                          field{"ce-ext", "%C3%A4 \"b\""}));
}

TEST_F(cloud_event_routes, know_a_binary_event_whatever_its_content) {
  for (auto* type : {"application/json", "application/x-ndjson", "text/plain"})
    EXPECT_EQ(event_of(binary({{"content-type", type}})).topic, "A.b") << type;
  EXPECT_EQ(event_of(binary({})).content_type, "");
  EXPECT_EQ(event_of(binary({}, "x", "/events?topic=t")).topic, "t");
  EXPECT_EQ(event_of(binary({}, "x", "/events?topic=t")).id,
            stored_id("1", "t"));
}

TEST_F(cloud_event_routes, decode_what_a_binary_event_is_known_by) {
  auto result = ask("POST", "/events",
                    {{"ce-specversion", "1.0"},
                     {"ce-id", "%31"},
                     {"ce-source", "\"/s\""},
                     {"ce-type", "%41.b"}});
  EXPECT_EQ(event_of(result).topic, "A.b");
  EXPECT_EQ(event_of(result).id, stored_id("1", "a.b"));
}

TEST_F(cloud_event_routes, refuse_a_binary_event_that_is_not_whole) {
  EXPECT_EQ(problem(ask("POST", "/events?topic=t", {{"ce-id", "1"}}, "x")),
            "400 ce-specversion");
  EXPECT_EQ(problem(binary({{"ce-time", "now"}})), "400 ce-time");
  EXPECT_EQ(problem(binary({{"ce-id", "2"}})), "400 ce-id");
  auto bad_topic = ask("POST", "/events",
                       {{"ce-specversion", "1.0"},
                        {"ce-id", "1"},
                        {"ce-source", "/s"},
                        {"ce-type", "a%20b"}});
  EXPECT_EQ(problem(bad_topic), "400 ce-type");
}

TEST_F(cloud_event_routes, let_the_content_type_decide_the_mode) {
  auto result
    = binary({{"content-type", structured}}, member("9", "from.body"));
  EXPECT_EQ(event_of(result).topic, "from.body");
  EXPECT_EQ(event_of(result).id, stored_id("9", "from.body"));
  EXPECT_TRUE(event_of(result).fields.empty());
  EXPECT_EQ(problem(binary({{"content-type", "application/cloudevents+avro"}})),
            "415 Content-Type");
}

TEST_F(cloud_event_routes, take_a_format_they_do_not_know_for_any_content) {
  auto type = "application/cloudevents+avro";
  auto result = events("/events?topic=t", type, "\x01");
  EXPECT_EQ(event_of(result).content_type, type);
  EXPECT_EQ(event_of(result).id, "");
  for (auto* other : {type, "application/cloudevents-stream+json"})
    EXPECT_EQ(problem(events("/events", other, "{\"predicate\":\"a\"}")),
              "415 Content-Type");
}
