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

// More of them than the node may have attempts in flight: nothing that waits
// for a timeout is in time for this test.
TEST_F(trust, subscribers_that_hang_do_not_take_all_there_is) {
  start({"--delivery-total-in-flight", "8", "--delivery-timeout", "10m",
         "--threads", "2", "--drain-seconds", "0"});
  receiver sick;
  sick.on_delivery([](const http_message&) { return reply::hang(); });
  for (int i = 0; i < 20; ++i)
    subscribe("a", sick.url("/" + std::to_string(i)));
  publish("a", "first");
  ASSERT_TRUE(sick.wait_for_deliveries(8)) << "all that may be in flight";
  receiver good;
  subscribe("b", good.url());
  for (auto& body : numbers(20)) {
    publish("a", body);
    publish("b", body);
  }
  EXPECT_TRUE(good.wait_for_deliveries(20));
}

TEST_F(trust, subscribers_that_hang_do_not_take_all_of_their_origin) {
  start({"--delivery-origin-connections", "4", "--delivery-timeout", "10m",
         "--threads", "2", "--drain-seconds", "0"});
  receiver both;
  std::atomic<int> good = 0;
  both.on_delivery([&](const http_message& request) {
    if (request.word(1) != "/good")
      return reply::hang();
    ++good;
    return reply_with(200);
  });
  for (int i = 0; i < 10; ++i)
    subscribe("a", both.url("/" + std::to_string(i)));
  publish("a", "first");
  ASSERT_TRUE(both.wait_for_deliveries(4)) << "all the connections";
  subscribe("b", both.url("/good"));
  for (auto& body : numbers(20))
    publish("b", body);
  EXPECT_TRUE(eventually([&] { return good == 20; }));
}

// One at a time, whatever the threads: the share of each would be less.
TEST_F(trust, a_limit_below_the_number_of_threads_is_kept) {
  start({"--delivery-total-in-flight", "1", "--threads", "4"});
  receiver to;
  to.on_delivery([](const http_message&) {
    return reply{reply::kind::hold, 200, {}, {}};
  });
  for (int i = 0; i < 20; ++i)
    subscribe("a", to.url("/" + std::to_string(i)));
  publish("a", "x");
  for (size_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(to.wait_for_deliveries(i));
    EXPECT_EQ(to.deliveries().size(), i);
    to.release();
  }
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
