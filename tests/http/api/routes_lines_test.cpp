#include "http/api/event_identity.hpp"
#include "http/api/event_intake.hpp"
#include "tests/http/api/routes_fixture.hpp"

#include <gmock/gmock.h>

using namespace herald;
using namespace herald::test;
using ::testing::ElementsAre;

namespace {

constexpr auto lines_type = "application/x-ndjson";

class line_routes : public the_routes {
protected:
  decision lines(std::string body, std::vector<field> more = {}) {
    more.emplace_back("content-type", lines_type);
    return ask("POST", "/events", std::move(more), std::move(body));
  }

  static const std::vector<event>& all_of(const decision& x) {
    return std::get<publish_command>(x).events;
  }

  static std::string problem(const decision& x) {
    auto* known = std::get_if<http_response>(&x);
    if (known == nullptr)
      return "(a decision)";
    auto body = json::parse(known->body);
    return std::to_string(known->status) + ' ' + body.value("field", "");
  }
};

} // namespace

TEST_F(line_routes, make_an_event_of_each_line) {
  options.logs = 7;
  auto result = lines("{\"topic\":\"A..b\",\"data\": { \"x\" : 1.50 } }\r\n"
                      "\n \t\r\n"
                      "{\"data\":null,\"other\":[1],\"topic\":\"http://t/f\"}");
  EXPECT_TRUE(std::get<publish_command>(result).array);
  auto& all = all_of(result);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].topic, "A.b");
  EXPECT_EQ(all[0].log, topic_log("a.b", 7));
  EXPECT_EQ(all[0].body, "{ \"x\" : 1.50 }");
  EXPECT_EQ(all[0].body_size, 14U);
  EXPECT_EQ(all[0].content_type, "application/json");
  EXPECT_EQ(all[0].id, "");
  EXPECT_EQ(all[1].topic, "http://t/f");
  EXPECT_EQ(all[1].body, "null");
}

TEST_F(line_routes, answer_one_line_with_an_array) {
  auto result = lines("{\"topic\":\"a\",\"data\":1}\n");
  EXPECT_TRUE(std::get<publish_command>(result).array);
  EXPECT_EQ(all_of(result).size(), 1U);
}

TEST_F(line_routes, keep_every_kind_of_data_as_it_is) {
  for (auto* data : {"12345678901234567890123", "1E+2", "\"\\u0041\"", "true",
                     "[ ]", "\"\xc3\xa4\""})
    EXPECT_EQ(
      event_of(lines(std::string{"{\"topic\":\"a\",\"data\":"} + data + "}"))
        .body,
      data);
}

TEST_F(line_routes, of_repeated_members_take_the_last) {
  auto result
    = lines(R"({"topic":7,"data":1,"topic":"a","data":2,"topic":"b"})");
  EXPECT_EQ(event_of(result).topic, "b");
  EXPECT_EQ(event_of(result).body, "2");
}

TEST_F(line_routes, refuse_all_for_one_bad_line) {
  std::string good = "{\"topic\":\"a\",\"data\":1}\n\n";
  for (auto& [line, name] : std::vector<std::pair<std::string, const char*>>{
         {"{", "[1]"},
         {"[]", "[1]"},
         {"7", "[1]"},
         {"{\"topic\":\"a\",\"data\":1} {}", "[1]"},
         {std::string{"{\"topic\":\"a\",\"data\":1}\0", 24}, "[1]"},
         {"{\"topic\":\"\xff\",\"data\":1}", "[1]"},
         {"{\"topic\":\"a\",\"data\":" + std::string(256, '[')
            + std::string(256, ']') + '}',
          "[1]"},
         {"{\"data\":1}", "[1].topic"},
         {"{\"topic\":null,\"data\":1}", "[1].topic"},
         {"{\"topic\":1,\"data\":1}", "[1].topic"},
         {"{\"topic\":\"*\",\"data\":1}", "[1].topic"},
         {"{\"topic\":\"a\"}", "[1].data"},
         {"{\"topic\":\"a\",\"data\":1,\"idempotency_key\":1}",
          "[1].idempotency_key"},
         {"{\"topic\":\"a\",\"data\":1,\"idempotency_key\":\"\"}",
          "[1].idempotency_key"},
         {"{\"topic\":\"a\",\"data\":1,\"idempotency_key\":\""
            + std::string(257, 'k') + "\"}",
          "[1].idempotency_key"}})
    EXPECT_EQ(problem(lines(good + line + '\n' + good)),
              std::string{"400 "} + name)
      << line;
}

TEST_F(line_routes, refuse_a_request_without_lines) {
  for (auto* body : {"", "\n", " \r\n\t\n"})
    EXPECT_EQ(problem(lines(body)), "400 body");
}

TEST_F(line_routes, bound_the_number_of_lines) {
  std::string body;
  for (size_t i = 0; i < max_events_per_request; ++i)
    body += "{\"topic\":\"a\",\"data\":1}\n\n";
  EXPECT_EQ(all_of(lines(body)).size(), max_events_per_request);
  auto more = lines(body + "x");
  EXPECT_EQ(problem(more), "413 body");
  EXPECT_EQ(json::parse(std::get<http_response>(more).body)["limit"], 10'000);
}

TEST_F(line_routes, know_a_line_by_its_key) {
  auto result
    = lines("{\"topic\":\"A\",\"data\":1,\"idempotency_key\":\"\\u006b\"}\n"
            "{\"topic\":\"a\",\"data\":1,\"idempotency_key\":null}");
  EXPECT_EQ(all_of(result)[0].id, keyed_event_id({}, "a", "k"));
  EXPECT_EQ(all_of(result)[1].id, "");
}

TEST_F(line_routes, know_all_lines_by_the_key_of_the_request) {
  auto ids = [&](const std::string& key) {
    auto all = lines("{\"topic\":\"a\",\"data\":1}\n"
                     "{\"topic\":\"a\",\"data\":1}\n"
                     "{\"topic\":\"a\",\"data\":1,"
                     "\"idempotency_key\":\"own\"}",
                     {{"idempotency-key", key}});
    std::vector<std::string> result;
    for (auto& what : all_of(all))
      result.push_back(what.id);
    return result;
  };
  auto first = ids("k");
  EXPECT_EQ(first, ids("k"));
  EXPECT_NE(first[0], first[1]);
  EXPECT_EQ(first[0], keyed_line_id({}, "a", "k", "0"));
  EXPECT_EQ(first[1], keyed_line_id({}, "a", "k", "1"));
  EXPECT_NE(first[0], keyed_event_id({}, "a", "k"));
  EXPECT_EQ(first[2], keyed_event_id({}, "a", "own"));
  EXPECT_NE(ids("k1")[0], ids("k")[1]);
  EXPECT_EQ(first[0].size(), 32U);
}

TEST_F(line_routes, check_the_key_of_the_request) {
  auto line = "{\"topic\":\"a\",\"data\":1}";
  EXPECT_EQ(problem(lines(line, {{"idempotency-key", ""}})),
            "400 Idempotency-Key");
  EXPECT_EQ(problem(lines(line, {{"idempotency-key", std::string(257, 'k')}})),
            "400 Idempotency-Key");
  EXPECT_EQ(
    problem(events("/events", "application/x-ndjson;charset=utf-16", line)),
    "415 Content-Type");
}

TEST_F(line_routes, take_lines_for_any_content_where_a_topic_is_given) {
  auto result = events("/events?topic=t", lines_type, "not json\n");
  EXPECT_FALSE(std::get<publish_command>(result).array);
  EXPECT_EQ(event_of(result).body, "not json\n");
  EXPECT_EQ(event_of(result).content_type, lines_type);
}

TEST_F(line_routes, give_each_event_the_trace_context) {
  auto trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  auto result
    = lines("{\"topic\":\"a\",\"data\":1}\n{\"topic\":\"b\",\"data\":1}",
            {{"traceparent", trace}});
  for (auto& what : all_of(result))
    EXPECT_THAT(what.fields, ElementsAre(field{"traceparent", trace}));
}
