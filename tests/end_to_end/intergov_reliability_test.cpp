// Where herald is better than intergov on purpose: nothing is lost, nobody is
// in anybody's way; one test for each row of docs/conformance.md.
#include "tests/end_to_end/support/intergov.hpp"

#include <nlohmann/json.hpp>

#include <set>

using namespace herald::end_to_end;
using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

namespace {

using clock = std::chrono::steady_clock;

/// More than the original finds of one layer.
constexpr size_t many = 1200;

/// How many requests are sent before their answers are read.
constexpr size_t together = 100;

/// The same answers as `script` gives, with the time of each.
receiver::script timed(receiver::script script,
                       std::vector<clock::time_point>& times) {
  return [script = std::move(script), &times](const http_message& request) {
    times.push_back(clock::now());
    return script(request);
  };
}

} // namespace

// -- retries ------------------------------------------------------------------

TEST_F(intergov_rules, intergov_37_more_than_three_attempts_are_made) {
  start({"--retry-schedule", "20ms", "--retry-jitter", "0"});
  receiver to;
  to.on_delivery(in_turn(std::vector<reply>(9, reply_with(500))));
  join("a.b", to.url());
  auto id = publish("a.b", "x");
  ASSERT_TRUE(to.wait_for_deliveries(10));
  EXPECT_THAT(fields_of(to.deliveries(), "webhook-id"), Each(id));
  EXPECT_EQ(to.deliveries()[9].field("Herald-Attempt"), "10");
}

TEST_F(intergov_rules, intergov_37_what_is_given_up_is_a_dead_letter) {
  start({"--retry-schedule", "50ms", "--retry-jitter", "0", "--retry-max-age",
         "200ms"});
  receiver to;
  to.on_delivery(always(reply_with(500)));
  join("a.b", to.url());
  auto id = publish("a.b", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto path = "/subscriptions/" + shown("a.b", to.url(), "id") + "/dead";
  ASSERT_EQ(get(path).status(), 200);
  ASSERT_TRUE(
    eventually([&] { return !json::parse(get(path).body)["items"].empty(); }));
  auto items = json::parse(get(path).body)["items"];
  EXPECT_THAT(items, SizeIs(1));
  EXPECT_THAT(items.dump(), HasSubstr(id));
}

TEST_F(intergov_rules, intergov_38_a_kill_between_two_attempts_loses_nothing) {
  start({"--retry-schedule", "100ms", "--retry-jitter", "0"});
  receiver to;
  receiver fine;
  to.on_delivery(always(reply_with(500)), false);
  join("a.*", to.url());
  join("a.*", fine.url());
  publish("a.b", "1");
  ASSERT_TRUE(wait_for_state("a.*", to.url(), "failing"));
  node().kill();
  node().start();
  publish("a.b", "2");
  node().kill();
  node().start();
  publish("a.b", "3");
  ASSERT_TRUE(fine.wait_for_deliveries(3));
  node().kill();
  to.on_delivery(always({}));
  node().start();
  std::set<std::string> all{"1", "2", "3"};
  EXPECT_TRUE(
    eventually([&] { return as_set(bodies_of(to.deliveries())) == all; }));
  EXPECT_TRUE(
    eventually([&] { return as_set(bodies_of(fine.deliveries())) == all; }));
}

TEST_F(intergov_rules, intergov_38_a_failure_sends_nothing_again_to_others) {
  start();
  receiver to;
  receiver fine;
  to.on_delivery(in_turn(std::vector<reply>(4, reply_with(500))));
  join("a.*", to.url());
  join("a.*", fine.url());
  for (auto body : {"1", "2", "3"})
    publish("a.b", body);
  ASSERT_TRUE(to.wait_for_deliveries(7));
  ASSERT_TRUE(fine.wait_for_deliveries(3));
  stop();
  EXPECT_THAT(bodies_of(fine.deliveries()),
              UnorderedElementsAre("1", "2", "3"));
}

// -- answers ------------------------------------------------------------------

TEST_F(intergov_rules, intergov_39_a_redirect_is_a_failure_and_not_followed) {
  start();
  receiver elsewhere;
  for (auto status : {301, 302, 303}) {
    receiver to;
    to.on_delivery(in_turn(
      {reply_with(status, "", {{"Location", elsewhere.url("/there")}})}));
    join("a.b", to.url());
    publish("a.b", "x");
    ASSERT_TRUE(to.wait_for_deliveries(2)) << status;
    EXPECT_EQ(to.deliveries()[1].field("Herald-Attempt"), "2");
    EXPECT_THAT(to.challenges(), SizeIs(1)) << "no GET but the challenge";
    ask("unsubscribe", "a.b", to.url());
    ASSERT_TRUE(wait_for_state("a.b", to.url(), ""));
  }
  EXPECT_THAT(elsewhere.deliveries(), IsEmpty());
  EXPECT_THAT(elsewhere.challenges(), IsEmpty());
}

TEST_F(intergov_rules, intergov_40_410_ends_the_subscription) {
  start();
  receiver to;
  receiver other;
  to.on_delivery(always(reply_with(410)));
  join("a.b", to.url());
  join("a.b", other.url());
  publish("a.b", "1");
  ASSERT_TRUE(wait_for_state("a.b", to.url(), ""));
  publish("a.b", "2");
  ASSERT_TRUE(other.wait_for_deliveries(2));
  stop();
  EXPECT_THAT(bodies_of(to.deliveries()), ElementsAre("1"));
}

TEST_F(intergov_rules, intergov_40_retry_after_is_waited_for) {
  start();
  std::vector<clock::time_point> busy_times;
  std::vector<clock::time_point> down_times;
  receiver busy;
  receiver down;
  field_list after{{"Retry-After", "1"}};
  busy.on_delivery(timed(in_turn({reply_with(429, "", after)}), busy_times));
  down.on_delivery(timed(in_turn({reply_with(503, "", after)}), down_times));
  join("a.b", busy.url());
  join("a.b", down.url());
  publish("a.b", "x");
  ASSERT_TRUE(busy.wait_for_deliveries(2));
  ASSERT_TRUE(down.wait_for_deliveries(2));
  stop();
  // Due times are whole milliseconds of a clock that is drawn to the system's.
  auto least = 1s - 10ms;
  EXPECT_GE(busy_times[1] - busy_times[0], least);
  EXPECT_GE(down_times[1] - down_times[0], least);
}

TEST_F(intergov_rules, intergov_41_who_hangs_is_in_nobodys_way) {
  start_with({"--delivery-timeout", "500ms"});
  receiver hanging;
  receiver fine;
  hanging.on_delivery(always(reply::hang()));
  join("a.*", hanging.url());
  join("a.*", fine.url());
  for (int i = 0; i < 50; ++i)
    publish("a.b", std::to_string(i));
  ASSERT_TRUE(hanging.wait_for_deliveries(1));
  ASSERT_TRUE(fine.wait_for_deliveries(50));
  // It is given up and tried again.
  ASSERT_TRUE(wait_for_state("a.*", hanging.url(), "failing"));
  hanging.on_delivery(always({}));
  EXPECT_TRUE(eventually(
    [&] { return as_set(bodies_of(hanging.deliveries())).size() == 50; }));
}

// -- many ---------------------------------------------------------------------

TEST_F(intergov_rules, intergov_42_all_of_many_subscribers_are_found) {
  start({"--intergov-verify=false"});
  receiver to;
  connection client{node().port()};
  for (size_t i = 0; i < many; i += together) {
    std::string requests;
    for (size_t j = i; j < i + together; ++j)
      requests += format_request(
        "POST", "/subscriptions", {{"Content-Type", form_type}},
        "hub.mode=subscribe&hub.topic=UN.CEFACT.*&hub.callback="
          + percent_encode(to.url("/" + std::to_string(j))));
    ASSERT_TRUE(client.send(requests));
    for (size_t j = 0; j < together; ++j) {
      auto answer = client.read();
      ASSERT_TRUE(answer && answer->status() == 202);
    }
  }
  EXPECT_EQ(notify(data_file("message.json")).status(), 202);
  ASSERT_TRUE(to.wait_for_deliveries(many));
  stop();
  EXPECT_THAT(to.deliveries(), SizeIs(many));
  EXPECT_THAT(as_set(targets_of(to.deliveries())), SizeIs(many));
}

TEST_F(intergov_rules, intergov_42_an_expired_subscription_gets_nothing) {
  start_with({"--lease-min", "1s"});
  receiver to;
  receiver other;
  subscribe("a.b", to.url(), {{"hub.lease_seconds", "1"}});
  join("a.b", other.url());
  ASSERT_TRUE(eventually([&] {
    auto state = state_of("a.b", to.url());
    return state.empty() || state == "expired";
  }));
  publish("a.b", "late");
  ASSERT_TRUE(other.wait_for_deliveries(1));
  stop();
  EXPECT_THAT(to.deliveries(), IsEmpty());
}

// -- what can be seen ---------------------------------------------------------

TEST_F(intergov_rules, intergov_45_subscriptions_are_listed) {
  start();
  receiver to;
  join("UN.CEFACT.*", to.url("/1"), {{"hub.secret", "hidden words"}});
  join("a.b", to.url("/2"), {{"hub.lease_seconds", "3600"}});
  auto page = get("/subscriptions");
  EXPECT_EQ(page.status(), 200);
  EXPECT_THAT(page.body, ::testing::Not(HasSubstr("hidden words")));
  EXPECT_THAT(json::parse(page.body)["items"], SizeIs(2));
  EXPECT_EQ(shown("a.b", to.url("/2"), "lease_seconds"), "3600");
  auto id = shown("UN.CEFACT.*", to.url("/1"), "id");
  EXPECT_EQ(json::parse(get("/subscriptions/" + id).body)["topic"],
            "UN.CEFACT.*");
}

TEST_F(intergov_rules, intergov_45_events_are_kept_and_can_be_replayed) {
  start();
  receiver to;
  join("a.*", to.url());
  auto id = publish("a.b", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto log = get("/events?topic=a.b");
  ASSERT_EQ(log.status(), 200) << log.body;
  EXPECT_THAT(json::parse(log.body)["items"].dump(), HasSubstr(id));
  EXPECT_EQ(get("/events/" + id).status(), 200);
  auto answer
    = post("/subscriptions/" + shown("a.*", to.url(), "id") + "/replay",
           "application/json", R"({"since":"2020-01-01T00:00:00.000Z"})");
  EXPECT_EQ(answer.status() / 100, 2) << answer.body;
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_THAT(fields_of(to.deliveries(), "webhook-id"), ElementsAre(id, id));
}

TEST_F(intergov_rules, intergov_45_failures_are_counted) {
  start();
  receiver to;
  to.on_delivery(in_turn({reply_with(500)}));
  join("a.b", to.url());
  publish("a.b", "x");
  ASSERT_TRUE(to.wait_for_deliveries(2));
  auto metrics = get("/metrics");
  EXPECT_EQ(metrics.status(), 200);
  EXPECT_THAT(metrics.body, HasSubstr("fail"));
  auto attempts
    = get("/subscriptions/" + shown("a.b", to.url(), "id") + "/attempts");
  EXPECT_EQ(attempts.status(), 200);
  EXPECT_THAT(attempts.body, HasSubstr("500"));
}
