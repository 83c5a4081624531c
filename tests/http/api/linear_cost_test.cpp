// What strangers send costs no more than in proportion to its size, at every
// entrance that reads a body.
#include "tests/http/api/routes_fixture.hpp"

#include <algorithm>
#include <ctime>
#include <functional>

namespace herald::test {

namespace {

constexpr size_t cost_size = 64 * 1024;
// Of twice as much; and what a clock is not sure of.
constexpr double at_most_times = 3;
constexpr double uncertain_s = 0.001;

std::string repeated_part(std::string_view part, size_t bytes) {
  std::string result;
  while (result.size() < bytes)
    result += part;
  return result;
}

double thread_cpu_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec)
         + static_cast<double>(now.tv_nsec) / 1e9;
}

class cost : public the_routes {
protected:
  cost() { options.events.max_body = 4 * cost_size; }

  static double time_of(const std::function<void(size_t)>& what, size_t bytes) {
    auto begin = thread_cpu_time();
    what(bytes);
    return thread_cpu_time() - begin;
  }

  /// One round of several is enough: others may want the processor, too.
  static void expect_linear(const std::string& name,
                            const std::function<void(size_t)>& what) {
    double once = 0;
    double twice = 0;
    for (int round = 0; round < 5; ++round) {
      once = time_of(what, cost_size);
      twice = time_of(what, 2 * cost_size);
      if (twice <= at_most_times * once + uncertain_s)
        return;
    }
    ADD_FAILURE() << name << ": " << once << " s and " << twice << " s";
  }

  /// A body of `part` again and again, between `begin` and `end`.
  void expect_linear(const std::string& target, const std::string& type,
                     const std::string& begin, const std::string& part,
                     const std::string& end = {}) {
    expect_linear(target + ' ' + type + ' ' + begin + part.substr(0, 20),
                  [&](size_t bytes) {
                    events(target, type,
                           begin + repeated_part(part, bytes) + end);
                  });
  }
};

const std::string cost_lines = "application/x-ndjson";
const std::string cost_structured = "application/cloudevents+json";
const std::string cost_batch = "application/cloudevents-cost_batch+json";

} // namespace

TEST_F(cost, of_forms_is_linear) {
  for (auto* path : {"/hub", "/subscriptions"})
    for (auto* begin :
         {"", "hub.mode=publish&hub.url=", "hub.mode=publish&hub.url=http://t/",
          "hub.mode=subscribe&hub.callback=",
          "hub.callback=http://h/&hub.topic=",
          "hub.mode=subscribe&hub.topic=a&hub.callback=http://h/?x=",
          "callback=http://h/&topic="})
      for (auto* part : {"&",
                         "a&",
                         "&hub.url=http://t/",
                         ",",
                         ",https://",
                         ",http://t/",
                         ",https://t/1",
                         "%2C",
                         "%2Chttp://",
                         "%",
                         "a.",
                         ".",
                         "*",
                         "[",
                         "\\",
                         "/",
                         "?",
                         "hub.url[]=",
                         "=",
                         "\xc3\xa9",
                         "%c3%a9",
                         "%ff"})
        expect_linear(path, form_type, begin, part);
}

TEST_F(cost, of_lines_is_linear) {
  for (auto* part : {"\n", "\r\n", " \n", "{}\n", "{\"topic\":\"a\"}\n",
                     "{\"topic\":\"a\",\"data\":1}\n", "x\n", "[",
                     "{\"a\":", "\"", "\\", "\\\"", "\\u0041", " "})
    for (auto* begin : {"", "{\"topic\":\"a\",\"data\":", "{\"topic\":\""})
      expect_linear("/events", cost_lines, begin, part);
}

TEST_F(cost, of_cloud_events_is_linear) {
  auto head = R"({"specversion":"1.0","id":"1","source":"/s","type":"t",)";
  for (auto* type : {&cost_structured, &cost_batch})
    for (auto* part :
         {"\"a\":1,", "\"a\":\"b\",", "[", "{\"a\":", "\\u0041", "\"", "1", "e",
          "-", " ", "{},", "/", "%", "%2F", ".", "a.", "\xc3\xa9"})
      for (auto& begin :
           {std::string{}, std::string{head}, std::string{head} + "\"data\":\"",
            std::string{head} + "\"data_base64\":\"",
            std::string{head} + "\"subject\":\"", std::string{"["}})
        expect_linear("/events", *type, begin, part);
}

TEST_F(cost, of_topics_and_queries_is_linear) {
  for (auto* part : {"a.", ".", "%2E", "&", "a=b&", "%", "http://", ",", "*"})
    expect_linear(std::string{"query "} + part, [&](size_t bytes) {
      ask("POST", "/events?topic=" + repeated_part(part, bytes));
      ask("GET", "/events?topic=" + repeated_part(part, bytes));
      ask("GET", "/subscriptions?topic=" + repeated_part(part, bytes));
      ask("GET", "/" + repeated_part(part, bytes));
    });
}

TEST_F(cost, of_fields_is_linear) {
  for (auto* name :
       {"tracestate", "traceparent", "content-encoding", "content-type", "link",
        "ce-source", "ce-x", "accept", "herald-hops", "idempotency-key"})
    for (auto* part : {",", "a=b,", " ", ";", "\"", "gzip,", "x;charset=", "<",
                       "%", "%41", "/", "1"})
      expect_linear(std::string{name} + ' ' + part, [&](size_t bytes) {
        ask("POST", "/events?topic=a", {{name, repeated_part(part, bytes / 4)}},
            "x");
        // As many fields as a header has room for.
        std::vector<field> many(std::min<size_t>(bytes / 64, 4096),
                                {name, part});
        ask("POST", "/events?topic=a", std::move(many), "x");
      });
}

TEST_F(cost, of_operations_is_linear) {
  auto target = "/subscriptions/" + std::string(32, 'a');
  for (auto* begin : {"", "{\"policy\":{\"headers\":{", "{\"policy\":{"})
    for (auto* part : {"\"a\":\"b\",", "[", "{\"a\":", "\"", "\\u0041", " ",
                       "\"Host\":\"x\","})
      expect_linear(std::string{begin} + part, [&](size_t bytes) {
        ask("PATCH", target, {{"content-type", "application/json"}},
            begin + repeated_part(part, bytes));
        ask("POST", target + "/replay", {{"content-type", "application/json"}},
            begin + repeated_part(part, bytes));
      });
}

} // namespace herald::test
