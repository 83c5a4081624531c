#include "tests/http/front_end/front_end_fixture.hpp"

#include <map>

using namespace herald;
using namespace herald::test;

namespace {

constexpr auto lines_type = "application/x-ndjson";

std::string line(const std::string& topic) {
  return "{\"topic\":\"" + topic + "\",\"data\":1}\n";
}

} // namespace

TEST_F(a_front_end, answers_several_logs_in_the_order_of_the_request) {
  start();
  std::string body;
  for (auto* topic : {"a", "b", "c", "d", "e", "f", "g", "h"})
    body += line(topic);
  auto asked = send("POST", "/events", lines_type, body);
  auto& taken = engine_script.publishes;
  ASSERT_GT(taken.size(), 1U) << "the topics share one log";
  std::map<std::string, sequence> expected;
  std::vector<publish_outcome> outcomes;
  for (auto& part : taken) {
    std::vector<append_result> results;
    for (auto& what : part.events) {
      EXPECT_EQ(part.log, topic_log(what.topic, 4));
      expected[what.topic] = 100U * part.log + results.size();
      results.push_back({expected[what.topic], false, false, {}});
    }
    outcomes.push_back(outcome_of(part, results));
  }
  tell(std::move(outcomes));
  EXPECT_EQ(asked->status(), 202U);
  auto told = body_of(asked);
  ASSERT_EQ(told.size(), 8U);
  for (size_t i = 0; i < 8; ++i) {
    auto topic = std::string(1, static_cast<char>('a' + i));
    EXPECT_EQ(told[i]["topic"], topic);
    EXPECT_EQ(told[i]["sequence"], expected[topic]) << topic;
  }
}

TEST_F(a_front_end, takes_no_events_while_spreading_is_far_behind) {
  start();
  auto publish
    = [this] { return send("POST", "/events?topic=a", "text/plain", "x"); };
  counters->behind_since(1, 1'000'000);
  move_clock(options.events.max_backlog);
  publish();
  EXPECT_EQ(engine_script.publishes.size(), 1U) << "not yet";
  move_clock(milliseconds{2});
  auto refused = publish();
  EXPECT_EQ(refused->status(), 503U);
  EXPECT_EQ(value(refused, "Retry-After"), "5");
  EXPECT_EQ(engine_script.publishes.size(), 1U);
  counters->behind_since(1, 0);
  publish();
  EXPECT_EQ(engine_script.publishes.size(), 2U);
}

TEST_F(a_front_end, takes_no_more_events_than_a_publisher_s_quota) {
  options.quotas = std::make_shared<publisher_quotas>(quota_config{2, 0});
  start();
  auto publish
    = [this] { return send("POST", "/events?topic=a", "text/plain", "x"); };
  publish();
  publish();
  EXPECT_EQ(engine_script.publishes.size(), 2U);
  auto refused = publish();
  EXPECT_EQ(refused->status(), 429U);
  EXPECT_EQ(value(refused, "Retry-After"), "1");
  EXPECT_EQ(body_of(refused)["limit"], 2);
  EXPECT_EQ(engine_script.publishes.size(), 2U);
  auto ping = send("POST", "/hub", form_type,
                   "hub.mode=publish&hub.url=http%3A%2F%2Fa.example%2F");
  EXPECT_EQ(ping->status(), 429U);
  move_clock(milliseconds{600});
  publish();
  EXPECT_EQ(engine_script.publishes.size(), 3U);
}

TEST_F(a_front_end, answers_a_batch_of_one_with_an_array) {
  start();
  auto asked = send("POST", "/events", lines_type, line("a"));
  tell({outcome_of(engine_script.publishes.at(0),
                   std::vector<append_result>{{7, false, false, {}}})});
  EXPECT_EQ(asked->status(), 202U);
  EXPECT_EQ(value(asked, "Location"), "");
  ASSERT_TRUE(body_of(asked).is_array());
  EXPECT_EQ(body_of(asked)[0]["sequence"], 7);
}

TEST_F(a_front_end, refuses_a_batch_if_one_log_does) {
  start();
  auto asked = send("POST", "/events", lines_type,
                    line("a") + line("b") + line("c") + line("d") + line("e"));
  auto& taken = engine_script.publishes;
  ASSERT_GT(taken.size(), 1U) << "the topics share one log";
  std::vector<publish_outcome> outcomes;
  for (auto& part : taken)
    outcomes.push_back(
      outcome_of(part, std::vector<append_result>(part.events.size(),
                                                  {1, false, false, {}})));
  outcomes[0].result = fail(errc::overloaded, "full house");
  tell(std::move(outcomes));
  EXPECT_EQ(asked->status(), 503U);
  EXPECT_EQ(value(asked, "Retry-After"), "1");
}

TEST_F(a_front_end, stores_nothing_of_a_batch_with_a_bad_member) {
  start();
  auto asked = send("POST", "/events", lines_type, line("a") + line("*"));
  EXPECT_EQ(asked->status(), 400U);
  EXPECT_EQ(body_of(asked)["field"], "[1].topic");
  EXPECT_TRUE(engine_script.publishes.empty());
}
