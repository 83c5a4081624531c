// What people may rely on when subscribers misbehave: order, isolation, back-
// logs, and that the node speaks of it.
#include "tests/end_to_end/support/operator.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <memory>

using namespace herald::end_to_end;
using nlohmann::json;

namespace {

const std::vector<std::string> quick{
  "--retry-schedule", "50ms", "--retry-jitter", "0", "--breaker-failures", "3"};

std::vector<std::string> numbers(int count) {
  std::vector<std::string> result;
  for (int i = 1; i <= count; ++i)
    result.push_back(std::to_string(i));
  return result;
}

} // namespace

class trust : public operation {};

TEST_F(trust, an_ordered_subscriber_gets_events_in_order_over_failures) {
  start(quick);
  receiver to;
  std::atomic<int> count = 0;
  to.on_delivery([&](const http_message&) {
    return reply_with(count++ % 3 == 1 ? 503 : 200);
  });
  subscribe("a", to.url());
  ask("PATCH", path_of("a", to), R"({"policy":{"ordered":true}})", 200);
  auto expected = numbers(30);
  for (auto& body : expected) {
    publish("a", body);
    if (body == "15")
      restart();
  }
  std::vector<std::string> got;
  auto done = eventually([&] {
    got.clear();
    for (auto& each : to.deliveries())
      if (std::find(got.begin(), got.end(), each.body) == got.end())
        got.push_back(each.body);
    return got.size() == expected.size()
           && json::parse(get(path_of("a", to)).body)["pending"] == 0;
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(got, expected) << "by the first attempt of each";
}

TEST_F(trust, a_publisher_sends_no_more_than_its_quota) {
  start({"--quota-events", "5"});
  receiver to;
  subscribe("a", to.url());
  std::string lines;
  for (auto& number : numbers(20))
    lines += R"({"topic":"a","data":)" + number + "}\n";
  auto batch = post("/events", "application/x-ndjson", lines);
  EXPECT_EQ(batch.status(), 202) << batch.body;
  auto refused = post("/events?topic=a", "text/plain", "more");
  EXPECT_EQ(refused.status(), 429);
  EXPECT_GE(std::stoi(refused.field("Retry-After")), 2);
  EXPECT_TRUE(to.wait_for_deliveries(20));
  EXPECT_EQ(get("/healthz").status(), 200);
}

TEST_F(trust, successes_are_remembered_where_that_is_asked_for) {
  auto args = quick;
  args.push_back("--retention-successes=true");
  start(args);
  receiver to;
  std::atomic<int> count = 0;
  to.on_delivery(
    [&](const http_message&) { return reply_with(count++ == 0 ? 503 : 200); });
  subscribe("a", to.url());
  publish("a", "x");
  ASSERT_TRUE(wait_for_items(path_of("a", to, "/attempts"), 2));
  auto all = items(path_of("a", to, "/attempts"));
  EXPECT_EQ(all[0]["status"], 200);
  EXPECT_EQ(all[0]["error"], nullptr);
  EXPECT_EQ(all[0]["attempt"], 2);
  EXPECT_EQ(all[1]["status"], 503);
  restart();
  EXPECT_EQ(items(path_of("a", to, "/attempts")), all);
}

TEST_F(trust, a_dead_subscriber_costs_a_row_and_nobody_else_anything) {
  start(quick);
  receiver good;
  subscribe("a", good.url());
  auto gone = std::make_unique<receiver>();
  subscribe("a", gone->url());
  gone.reset();
  for (auto& body : numbers(2000))
    publish("a", body);
  EXPECT_TRUE(good.wait_for_deliveries(2000));
}

TEST_F(trust, a_subscriber_that_comes_back_gets_its_backlog) {
  start(quick);
  receiver to;
  std::atomic<bool> up = false;
  to.on_delivery(
    [&](const http_message&) { return reply_with(up ? 200 : 500); }, false);
  subscribe("a", to.url());
  for (auto& body : numbers(1500))
    publish("a", body);
  auto path = path_of("a", to);
  EXPECT_TRUE(eventually(
    [&] { return json::parse(get(path).body)["breaker"] == "open"; }));
  node().kill();
  node().start();
  up = true;
  EXPECT_TRUE(eventually([&] {
    auto shown = json::parse(get(path).body);
    return shown["pending"] == 0 && shown["state"] == "active";
  }));
}

TEST_F(trust, the_node_says_who_is_failing_and_what_died) {
  start({"--retry-schedule", "50ms", "--retry-jitter", "0", "--retry-max-age",
         "0"});
  receiver ear;
  subscribe("herald", ear.url());
  receiver all;
  subscribe("*", all.url());
  receiver bad;
  bad.on_delivery(in_turn({reply_with(500), reply_with(200)}));
  subscribe("a", bad.url() + "?token=s3cret");
  publish("a", "x");
  ASSERT_TRUE(ear.wait_for_deliveries(2));
  publish("a", "y");
  ASSERT_TRUE(ear.wait_for_deliveries(3));
  std::vector<std::string> types;
  for (auto& each : ear.deliveries()) {
    auto body = json::parse(each.body);
    types.push_back(body["type"]);
    EXPECT_EQ(each.field("Herald-Topic"), body["type"]);
    EXPECT_EQ(body["topic"], "a");
    EXPECT_EQ(each.body.find("s3cret"), std::string::npos);
  }
  std::sort(types.begin(), types.end());
  EXPECT_EQ(types, (std::vector<std::string>{"herald.dead",
                                             "herald.subscription.failing",
                                             "herald.subscription.recovered"}));
  ASSERT_TRUE(all.wait_for_deliveries(2));
  for (auto& each : all.deliveries())
    EXPECT_EQ(each.field("Herald-Topic"), "a") << "* is not about the node";
}
