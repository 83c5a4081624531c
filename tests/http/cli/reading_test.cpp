#include "config/errc.hpp"
#include "http/cli/events.hpp"
#include "http/cli/status.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace herald;

namespace {

constexpr auto noon = "2026-01-31T12:00:00.000Z";

std::string report(const std::string& body) {
  auto text = event_report_text(body, *parse_time(noon), 0);
  return text ? *text : "error: " + describe(text.error());
}

constexpr auto metrics = R"(# HELP herald_jobs Deliveries that wait 7
herald_build_info{version="1.2.3"} 1
herald_events_accepted_total 1234567
herald_publish_refused_total{reason="full"} 2
herald_publish_refused_total{reason="overloaded"} 3
herald_deliveries_total{outcome="done"} 2e+06
herald_deliveries_total{outcome="retry"} 5
herald_attempts_failed_total{error="status"} 5
herald_dead_letters_total 1
herald_jobs 40
herald_open_deliveries 2
herald_lagging_subscribers 6
herald_cursor_lag{log="0"} 8
herald_cursor_lag{log="1"} 1
herald_subscriptions{state="active_or_pending"} 1000
herald_subscriptions{state="pending"} 4
process_resident_memory_bytes 31457280
process_start_time_seconds 1769857200.5
nonsense
another x
)";

node_status status() {
  node_status result;
  result.node = "http://n:1";
  result.ready = true;
  result.samples = parse_samples(metrics);
  result.now = *parse_time(noon);
  return result;
}

} // namespace

TEST(an_event_page, shows_rows_and_both_cursors) {
  auto page = parse_event_page(
    R"({"items":[{"id":"E","topic":"a\u001bb","log":0,"sequence":7,)"
    R"("accepted_at":"2026-01-31T11:58:00.000Z","content_type":"text/plain",)"
    R"("size":5}],"next":null,"cursor":"1.7"})");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->shown.rows.at(0),
            (std::vector<std::string>{"2026-01-31T11:58:00.000Z", "E", "5",
                                      "text/plain", "a\\x1bb"}));
  EXPECT_EQ(page->next, "");
  EXPECT_EQ(page->cursor, "1.7");
}

TEST(an_event_report, tells_what_became_of_the_event) {
  EXPECT_EQ(
    report(
      R"({"id":"E","topic":"t","log":0,"sequence":7,"accepted_at":"T",)"
      R"("content_type":"application/json","size":9,)"
      R"("fields":{"traceparent":"00-1"},"data":{"n": 1.10},)"
      R"("deliveries":{"delivered":1234,"pending":1,"dead":0,"items":[)"
      R"({"subscription":"s","callback":"c","state":"pending","attempts":3,)"
      R"("due":"2026-01-31T12:01:05.000Z"},)"
      R"({"subscription":"r","callback":"d","state":"delivered",)"
      R"("attempts":null,"due":null}],"more":true}})"),
    "event       E\n"
    "topic       t\n"
    "accepted    T\n"
    "place       log 0, sequence 7\n"
    "type        application/json, 9 bytes\n"
    "traceparent 00-1\n"
    "body        {\"n\": 1.10}\n"
    "deliveries  1,234 delivered, 1 pending, 0 dead\n"
    "\n"
    "STATE      SUBSCRIPTION  CALLBACK  ATTEMPTS  DUE IN\n"
    "pending    s             c                3   1m 5s\n"
    "delivered  r             d                -       -\n"
    "There are more.\n");
}

TEST(an_event_report, shows_bodies_that_are_text) {
  auto body = [](const std::string& members) {
    auto text = report(R"({"id":"E",)" + members + "}");
    auto begin = text.find("body        ") + 12;
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  EXPECT_EQ(body(R"("data_base64":"aGVsbG8=")"), "hello");
  EXPECT_EQ(body(R"("data_base64":"G1syag==")"), "\\x1b[2j");
  EXPECT_EQ(body(R"("data_base64":"/w==")"), "(not text)");
  EXPECT_EQ(body(R"("data_base64":"AA==")"), "(not text)");
  EXPECT_EQ(body(R"("data_base64":"")"), "");
  EXPECT_EQ(body(R"("data_base64":"!!")"), "");
  EXPECT_EQ(body(R"("damaged":true)"), "(damaged)");
  EXPECT_EQ(body(R"("data":")" + std::string(5000, 'x') + '"').size(),
            1999u + std::string("…").size());
}

TEST(an_event_report, refuses_what_is_none) {
  for (auto* body : {"", "[]", "{}"})
    EXPECT_EQ(report(body), "error: the node's answer is not an event");
}

TEST(an_event_report, takes_what_is_no_answer_of_ours) {
  for (auto* rest : {R"("fields":1,"deliveries":[],"data_base64":2)",
                     R"("deliveries":{"items":[1,null],"dead":"x"})"})
    EXPECT_TRUE(report(std::string{R"({"id":"E",)"} + rest + '}')
                  .starts_with("event       E\n"))
      << rest;
}

TEST(json_on_one_line, keeps_all_else) {
  EXPECT_EQ(on_one_line("{\r\n\"a\": \"b\\n\"}"), "{  \"a\": \"b\\n\"}");
}

TEST(samples, are_read_by_name_and_labels) {
  auto samples = parse_samples(metrics);
  EXPECT_EQ(samples.at("herald_jobs"), 40);
  EXPECT_EQ(samples.at("herald_deliveries_total{outcome=\"done\"}"), 2e6);
  EXPECT_FALSE(samples.contains("another"));
  EXPECT_TRUE(parse_samples("").empty());
}

TEST(a_status, is_a_short_page) {
  EXPECT_EQ(status_text(status()),
            "herald 1.2.3 at http://n:1: ready, up 59m 59s\n"
            "  events         1,234,567 accepted, 0 known already, 5 refused\n"
            "  deliveries     2,000,000 delivered, 42 pending, 1 dead, "
            "5 failed attempts\n"
            "  subscriptions  1,000 in all, 4 pending, 6 lagging, "
            "0 left alone\n"
            "  to be spread   9 events\n"
            "  memory         30 MiB\n");
  auto what = status();
  what.ready = false;
  what.why = "503: The store refuses writes.";
  EXPECT_NE(status_text(what).find(": not ready (503: The store refuses "
                                   "writes.), up"),
            std::string::npos);
}

TEST(a_status, is_an_object_for_scripts) {
  auto shown = nlohmann::json::parse(status_json(status()));
  EXPECT_EQ(shown["version"], "1.2.3");
  EXPECT_EQ(shown["ready"], true);
  EXPECT_EQ(shown["uptime_seconds"], 3599);
  EXPECT_EQ(shown["events"]["accepted"], 1234567);
  EXPECT_EQ(shown["deliveries"]["pending"], 42);
  EXPECT_EQ(shown["deliveries"]["dead"], 1);
  EXPECT_EQ(shown["subscribers"]["lagging"], 6);
  EXPECT_EQ(shown["memory_bytes"], 31457280);
}

TEST(a_status, can_be_told_of_a_node_that_shows_nothing) {
  node_status nothing;
  EXPECT_NE(status_text(nothing).find("herald ? at"), std::string::npos);
}
