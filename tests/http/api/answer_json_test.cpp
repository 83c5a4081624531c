#include "config/errc.hpp"
#include "http/api/answer_json.hpp"
#include "http/api/event_identity.hpp"
#include "http/json/text.hpp"
#include "http/problem.hpp"
#include "http/server/response_writer.hpp"
#include "http/ulid.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>
#include <string>

using namespace herald;
using nlohmann::json;

namespace {

std::string predicate(std::string_view body) {
  auto found = find_predicate(body);
  return found ? *found : "error: " + describe(found.error());
}

subscription example() {
  subscription result;
  result.id.bytes[0] = 0xab;
  result.topic = "UN.CEFACT.*";
  result.callback = "http://h/cb?x=1";
  result.active = true;
  result.secret = "hush-hush";
  result.lease_seconds = 864000;
  result.created_at = 1'000;
  result.expires_at = 5'000;
  return result;
}

} // namespace

TEST(a_predicate, is_found_at_the_top_or_in_the_message) {
  EXPECT_EQ(predicate(R"({"predicate":"a.b"})"), "a.b");
  EXPECT_EQ(predicate(R"({"message":{"predicate":"a.b"}})"), "a.b");
  EXPECT_EQ(predicate(R"({"message":{"predicate":"m"},"predicate":"t"})"), "t");
  EXPECT_EQ(predicate(R"({"predicate":"a","predicate":"b"})"), "b");
  EXPECT_EQ(predicate(R"({"predicate":7,"predicate":"b"})"), "b");
  EXPECT_EQ(predicate(R"({"x":{"y":[1,{"z":null}]},"predicate":"a\u002eb"})"),
            "a.b");
  EXPECT_EQ(predicate(R"({"message":{"x":{"y":1},"predicate":"a"}})"), "a");
}

TEST(a_predicate, is_not_found_elsewhere) {
  for (auto* body :
       {R"({"x":{"predicate":"a"}})", R"({"message":[{"predicate":"a"}]})",
        R"({"message":{"x":{"predicate":"a"}}})", R"({"x":"predicate"})",
        R"({"message":"predicate","y":{"predicate":"a"}})", "{}"})
    EXPECT_EQ(predicate(body).find("error: predicate is missing"), 0U) << body;
}

TEST(a_predicate, has_to_be_text) {
  for (auto* body :
       {R"({"predicate":1})", R"({"predicate":null})", R"({"predicate":["a"]})",
        R"({"predicate":{"a":"b"}})", R"({"message":{"predicate":true}})"})
    EXPECT_EQ(predicate(body), "error: predicate must be a string.") << body;
}

TEST(a_predicate, is_looked_for_in_objects_only) {
  for (auto* body : {"[]", "1", "\"predicate\"", "null"})
    EXPECT_EQ(predicate(body), "error: The body must be a JSON object.")
      << body;
  for (auto* body : {"", "{", "{\"predicate\":\"a\"", "{} x", "{'a':1}",
                     "{\"predicate\":\"\xff\"}"})
    EXPECT_EQ(predicate(body).find("error: The body is not JSON"), 0U) << body;
}

TEST(a_predicate, is_not_looked_for_in_bottomless_json) {
  auto nested = [](size_t depth) {
    return "{\"x\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']')
           + ",\"predicate\":\"a\"}";
  };
  EXPECT_EQ(predicate(nested(max_json_depth)), "a");
  EXPECT_NE(predicate(nested(max_json_depth + 1)).find("nested deeper"),
            std::string::npos);
}

TEST(a_time, is_rfc_3339_with_milliseconds) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(1'769'860'800'007), "2026-01-31T12:00:00.007Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999Z");
}

TEST(an_acceptance, shows_where_the_event_went) {
  receipt what{"01ABC", "a\"b", 3};
  EXPECT_EQ(acceptance_json(what, {123, false, false, {}}),
            R"({"id":"01ABC","topic":"a\"b","log":3,"sequence":123,)"
            R"("duplicate":false})");
  for (auto mismatched : {false, true})
    EXPECT_EQ(acceptance_json(what, {7, true, mismatched, "A.B"}),
              R"({"id":"01ABC","topic":"A.B","log":3,"sequence":7,)"
              R"("duplicate":true})");
}

TEST(a_subscription, has_one_state) {
  auto what = example();
  EXPECT_EQ(subscription_state(what, {}, 4'999), "active");
  EXPECT_EQ(subscription_state(what, {}, 5'000), "expired");
  subscriber_status failing;
  failing.failing = true;
  EXPECT_EQ(subscription_state(what, failing, 0), "failing");
  what.paused = true;
  EXPECT_EQ(subscription_state(what, failing, 0), "paused");
  what.active = false;
  EXPECT_EQ(subscription_state(what, failing, 0), "pending");
}

TEST(a_subscription, is_shown_without_its_secret) {
  subscriber_status status;
  status.pending = 3;
  status.last_attempt = 2'000;
  auto text = subscription_json(example(), status, 1'500);
  EXPECT_EQ(text.find("hush"), std::string::npos);
  EXPECT_EQ(json::parse(text), json::parse(R"({
    "id":"ab000000000000000000000000000000","topic":"UN.CEFACT.*",
    "callback":"http://h/cb?x=1","state":"active","lease_seconds":864000,
    "expires_at":"1970-01-01T00:00:05.000Z",
    "created_at":"1970-01-01T00:00:01.000Z","policy":{},"pending":3,
    "last_attempt":"1970-01-01T00:00:02.000Z","failures":0,
    "failing_since":null,"breaker":"closed","breaker_open_until":null})"));
}

TEST(a_subscription, that_is_not_verified_shows_the_lease_it_wants) {
  auto what = example();
  what.active = false;
  what.lease_seconds = 0;
  what.pending.emplace().lease_seconds = 77;
  auto shown = json::parse(subscription_json(what, {}, 0));
  EXPECT_EQ(shown["state"], "pending");
  EXPECT_EQ(shown["lease_seconds"], 77);
  EXPECT_TRUE(shown["expires_at"].is_null());
  EXPECT_TRUE(shown["last_attempt"].is_null());
}

TEST(a_page, ends_with_null) {
  EXPECT_EQ(page_json({}, ""), R"({"items":[],"next":null})");
  EXPECT_EQ(page_json({"1", "2"}, "c\""), R"({"items":[1,2],"next":"c\""})");
}

TEST(a_problem, is_rfc_9457) {
  refusal why{413, "Too long.", "topic", 7, 0, {}};
  auto answer = problem_response(why);
  EXPECT_EQ(answer.status, 413U);
  EXPECT_EQ(answer.fields.at(0).second, "application/problem+json");
  EXPECT_EQ(json::parse(answer.body), json::parse(R"({
    "type":"urn:herald:problem:too-large","title":"Payload Too Large",
    "status":413,"detail":"Too long.","field":"topic","limit":7})"));
}

TEST(a_problem, speaks_the_language_of_its_entrance) {
  auto type = [](std::string method, std::string target) {
    http_request request{std::move(method), std::move(target), {}, {}};
    return refuse(request, {404, "x", {}, {}, 0, {}}).fields.at(0).second;
  };
  EXPECT_EQ(type("POST", "/hub?x"), "text/plain; charset=utf-8");
  EXPECT_EQ(type("POST", "/subscriptions"), "application/json");
  EXPECT_EQ(type("GET", "/subscriptions"), "application/problem+json");
  EXPECT_EQ(type("POST", "/events"), "application/problem+json");
}

TEST(an_error, has_a_status) {
  struct {
    errc code;
    unsigned status;
    bool retry;
  } cases[]{
    {errc::invalid, 400, false},      {errc::refused, 403, false},
    {errc::not_found, 404, false},    {errc::conflict, 409, false},
    {errc::too_large, 413, false},    {errc::overloaded, 503, true},
    {errc::unavailable, 503, true},   {errc::full, 503, true},
    {errc::stopping, 503, true},      {errc::timeout, 503, true},
    {errc::fenced, 503, true},        {errc::busy, 503, true},
    {errc::unreachable, 503, true},   {errc::corrupt, 500, false},
    {errc::incompatible, 500, false}, {errc::permission, 500, false},
  };
  for (auto& [code, status, retry] : cases) {
    auto why = to_refusal(fail(code, "sentence"));
    EXPECT_EQ(why.status, status) << to_string(code);
    EXPECT_EQ(why.retry_after > 0, retry) << to_string(code);
    EXPECT_EQ(why.sentence, "sentence");
  }
}

TEST(a_ulid, rises_strictly) {
  ulid_generator ids;
  std::string last;
  for (unix_ms time : {5, 5, 5, 6, 6, 4, 1000})
    for (int i = 0; i < 100; ++i) {
      auto id = ids.next(time);
      EXPECT_EQ(id.size(), 26U);
      EXPECT_LT(last, id);
      last = id;
    }
}

TEST(a_ulid, begins_with_its_time) {
  ulid_generator ids;
  EXPECT_EQ(ids.next(1'469'918'176'385).substr(0, 10), "01ARYZ6S41");
}

TEST(a_ulid, differs_between_generators) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i)
    seen.insert(ulid_generator{}.next(1));
  EXPECT_EQ(seen.size(), 100U);
}

TEST(a_derived_id, depends_on_topic_and_key) {
  auto id = keyed_event_id({}, "a.b", "k");
  EXPECT_EQ(id.size(), 32U);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(id, keyed_event_id({}, "a.b", "k"));
  EXPECT_NE(id, keyed_event_id({}, "a.b", "l"));
  EXPECT_NE(id, keyed_event_id({}, "a.c", "k"));
  EXPECT_NE(keyed_event_id({}, "a.b", "ck"), keyed_event_id({}, "a.bc", "k"));
}

TEST(a_response, is_framed_by_its_length) {
  std::string out;
  http_response response{202, {{"Location", "/events/1"}}, "{}"};
  const std::string always = "Date: now\r\nX-Content-Type-Options: nosniff\r\n"
                             "Cache-Control: no-store\r\n";
  write_response(out, response, {}, "now");
  EXPECT_EQ(out, "HTTP/1.1 202 Accepted\r\n" + always
                   + "Location: /events/1\r\nContent-Length: 2\r\n\r\n{}");
  out.clear();
  write_response(out, response, {true, true, false}, "now");
  EXPECT_EQ(out, "HTTP/1.1 202 Accepted\r\n" + always
                   + "Location: /events/1\r\nContent-Length: 2\r\n"
                     "Connection: close\r\n\r\n");
  out.clear();
  write_response(out, {204, {}, {}}, {false, false, true}, "now");
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\n" + always
                   + "Connection: keep-alive\r\n\r\n");
}

TEST(a_date, is_in_the_form_of_http) {
  date_cache dates;
  EXPECT_EQ(dates.at(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(dates.at(784'111'778), "Sun, 06 Nov 1994 08:49:38 GMT");
}
