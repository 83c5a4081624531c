// What an operator does with subscriptions, over HTTP and on the command line.
#include "tests/end_to_end/support/operator.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

/// Every delivery that fails is given up at once.
const std::vector<std::string> no_retries{
  "--retry-schedule", "50ms", "--retry-jitter", "0", "--retry-max-age", "0"};

const std::string since_ever = R"({"since":"2020-01-01T00:00:00Z"})";

} // namespace

// -- how it is served ---------------------------------------------------------

TEST_F(operation, a_paused_subscription_holds_its_events) {
  start();
  receiver to;
  receiver other;
  subscribe("a", to.url());
  subscribe("a", other.url());
  auto paused = ask("PATCH", path_of("a", to), R"({"paused":true})", 200);
  EXPECT_EQ(paused["state"], "paused");
  for (auto* body : {"x", "y", "z"})
    publish("a", body);
  ASSERT_TRUE(other.wait_for_deliveries(3));
  restart();
  EXPECT_EQ(state_of("a", to.url()), "paused");
  EXPECT_THAT(to.deliveries(), IsEmpty());
  ask("PATCH", path_of("a", to), R"({"paused":false})", 200);
  ASSERT_TRUE(to.wait_for_deliveries(3));
  EXPECT_THAT(bodies_of(to.deliveries()),
              ::testing::UnorderedElementsAre("x", "y", "z"));
  EXPECT_EQ(state_of("a", to.url()), "active");
}

TEST_F(operation, a_signature_is_of_the_method_that_was_set) {
  start();
  receiver to;
  subscribe("a", to.url(), {{"hub.secret", "sesame"}});
  for (std::string method : {"sha1", "sha384", "sha512", "sha256"}) {
    auto shown = ask("PATCH", path_of("a", to),
                     json{{"policy", {{"signature", method}}}}.dump(), 200);
    EXPECT_EQ(shown["policy"], (json{{"signature", method}}));
    auto count = to.deliveries().size() + 1;
    publish("a", "signed with " + method);
    ASSERT_TRUE(to.wait_for_deliveries(count));
    auto last = to.deliveries().back();
    EXPECT_EQ(last.field("X-Hub-Signature"),
              method + "=" + hmac_hex(method, "sesame", last.body));
  }
}

TEST_F(operation, headers_of_a_policy_are_sent_and_not_shown) {
  start();
  receiver to;
  subscribe("a", to.url());
  auto path = path_of("a", to);
  ask("PATCH", path, R"({"policy":{"headers":{"Authorization":"Bearer me"}}})",
      200);
  publish("a", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].field("Authorization"), "Bearer me");
  EXPECT_THAT(get(path).body, HasSubstr(R"("Authorization":"***")"));
  EXPECT_THAT(get("/subscriptions").body, ::testing::Not(HasSubstr("me\"")));
  ask("PATCH", path, R"({"policy":{"headers":null}})", 200);
  publish("a", "y");
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_EQ(to.deliveries()[1].count("Authorization"), 0U);
  auto refused
    = ask("PATCH", path, R"({"policy":{"headers":{"Host":"elsewhere"}}})", 400);
  EXPECT_EQ(refused["field"], "policy.headers");
}

TEST_F(operation, a_policy_outlives_the_process) {
  start();
  receiver to;
  subscribe("a", to.url());
  auto path = path_of("a", to);
  auto set = ask("PATCH", path,
                 R"({"policy":{"timeout":"3s","rate":2.5,"ordered":true,)"
                 R"("retry_schedule":["1s","90s"],"in_flight":3}})",
                 200);
  restart();
  EXPECT_EQ(json::parse(get(path).body)["policy"], set["policy"]);
  auto left = ask("PATCH", path, R"({"policy":{"rate":null}})", 200);
  EXPECT_FALSE(left["policy"].contains("rate"));
  EXPECT_EQ(left["policy"]["timeout"], "3s");
}

TEST_F(operation, a_policy_of_its_own_decides_how_long_is_tried) {
  start({"--retry-schedule", "1h", "--retry-jitter", "0"});
  receiver to;
  to.on_delivery(in_turn({reply_with(500), reply_with(500)}));
  subscribe("a", to.url());
  ask("PATCH", path_of("a", to), R"({"policy":{"retry_schedule":["50ms"]}})",
      200);
  publish("a", "x");
  ASSERT_TRUE(to.wait_for_deliveries(3));
}

// -- what was given up --------------------------------------------------------

TEST_F(operation, attempts_are_listed) {
  start();
  receiver to;
  to.on_delivery(in_turn({reply_with(500, "not now")}));
  subscribe("a", to.url());
  auto id = publish("a", "x");
  ASSERT_TRUE(to.wait_for_deliveries(2));
  auto path = path_of("a", to, "/attempts");
  ASSERT_TRUE(wait_for_items(path, 1));
  auto made = items(path)[0];
  EXPECT_EQ(made["event"], id);
  EXPECT_EQ(made["topic"], "a");
  EXPECT_EQ(made["attempt"], 1);
  EXPECT_EQ(made["status"], 500);
  EXPECT_EQ(made["error"], "status");
  EXPECT_EQ(made["response"], "not now");
}

TEST_F(operation, dead_letters_are_listed_and_redelivered) {
  start(no_retries);
  receiver to;
  to.on_delivery(always(reply_with(500)));
  subscribe("a", to.url());
  auto first = publish("a", "x");
  auto second = publish("a", "y");
  auto third = publish("a", "z");
  auto dead = path_of("a", to, "/dead");
  ASSERT_TRUE(wait_for_items(dead, 3));
  auto page = ask("GET", dead + "?limit=2", "", 200);
  EXPECT_EQ(page["items"][0]["event"], third);
  EXPECT_EQ(page["items"][1]["event"], second);
  EXPECT_EQ(page["items"][1]["reason"], "status");
  EXPECT_EQ(page["items"][1]["status"], 500);
  page = ask("GET", dead + "?limit=2&after=" + page["next"].get<std::string>(),
             "", 200);
  EXPECT_THAT(page["items"], SizeIs(1));
  EXPECT_EQ(page["items"][0]["event"], first);
  EXPECT_TRUE(page["next"].is_null());

  to.on_delivery(always({}));
  auto redeliver = path_of("a", to, "/redeliver");
  ask("POST", redeliver, json{{"event", second}}.dump(), 202);
  ASSERT_TRUE(to.wait_for_deliveries(4));
  EXPECT_EQ(to.deliveries()[3].field("webhook-id"), second);
  EXPECT_EQ(to.deliveries()[3].field("Herald-Attempt"), "1");
  EXPECT_THAT(items(dead), SizeIs(2));
  auto rest = ask("POST", redeliver, R"({"dead":true})", 202);
  EXPECT_EQ(rest, (json{{"redelivered", 2}}));
  ASSERT_TRUE(to.wait_for_deliveries(6));
  EXPECT_THAT(items(dead), IsEmpty());
}

TEST_F(operation, what_was_delivered_can_be_delivered_again) {
  start();
  receiver to;
  subscribe("a", to.url());
  auto id = publish("a", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  ask("POST", path_of("a", to, "/redeliver"), json{{"event", id}}.dump(), 202);
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_THAT(fields_of(to.deliveries(), "webhook-id"), ElementsAre(id, id));
}

TEST_F(operation, what_was_for_others_is_not_delivered) {
  start();
  receiver to;
  receiver other;
  subscribe("a", to.url());
  subscribe("b", other.url());
  auto id = publish("b", "x");
  ASSERT_TRUE(other.wait_for_deliveries(1));
  ask("POST", path_of("a", to, "/redeliver"), json{{"event", id}}.dump(), 409);
  ask("POST", path_of("a", to, "/redeliver"), R"({"event":"none"})", 404);
}

TEST_F(operation, dead_letters_are_dropped) {
  start(no_retries);
  receiver to;
  to.on_delivery(always(reply_with(500)));
  subscribe("a", to.url());
  auto first = publish("a", "x");
  publish("a", "y");
  publish("a", "z");
  auto dead = path_of("a", to, "/dead");
  ASSERT_TRUE(wait_for_items(dead, 3));
  ask("DELETE", dead + "?event=" + first, "", 204);
  EXPECT_THAT(items(dead), SizeIs(2));
  ask("DELETE", dead + "?event=" + first, "", 404);
  ask("DELETE", dead, "", 204);
  EXPECT_THAT(items(dead), IsEmpty());
  restart();
  EXPECT_THAT(items(dead), IsEmpty());
}

// -- a part of the log again --------------------------------------------------

TEST_F(operation, events_are_replayed_since_a_time) {
  start();
  receiver to;
  subscribe("a", to.url());
  auto first = publish("a", "x");
  publish("b", "not for it");
  auto second = publish("a", "y");
  ASSERT_TRUE(to.wait_for_deliveries(2));
  auto answer = ask("POST", path_of("a", to, "/replay"), since_ever, 202);
  EXPECT_GE(answer["events"], 2);
  EXPECT_EQ(answer["since"], "2020-01-01T00:00:00.000Z");
  ASSERT_TRUE(to.wait_for_deliveries(4));
  auto ids = fields_of(to.deliveries(), "webhook-id");
  ids.erase(ids.begin(), ids.begin() + 2);
  EXPECT_THAT(ids, ::testing::UnorderedElementsAre(first, second));
  auto path = path_of("a", to, "/replay");
  EXPECT_TRUE(
    eventually([&] { return ask("GET", path, "", 200)["running"] == false; }));
}

TEST_F(operation, a_replay_gives_what_came_before_the_subscription) {
  start();
  auto early = publish("a", "x");
  receiver to;
  subscribe("a", to.url());
  ask("POST", path_of("a", to, "/replay"), since_ever, 202);
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].field("webhook-id"), early);
}

TEST_F(operation, a_replay_ends_where_it_should) {
  start();
  receiver to;
  subscribe("a", to.url());
  publish("a", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto path = path_of("a", to, "/replay");
  auto none = ask(
    "POST", path,
    R"({"since":"2020-01-01T00:00:00Z","until":"2020-01-02T00:00:00Z"})", 202);
  EXPECT_EQ(none["events"], 0);
  EXPECT_EQ(
    ask("POST", path, R"({"since":"2999-01-01T00:00:00Z"})", 400)["field"],
    "since");
  EXPECT_EQ(ask("POST", path, R"({"since":"1h","until":"2h"})", 400)["field"],
            "until");
  ask("DELETE", path, "", 404);
}

TEST_F(operation, a_replay_can_be_watched_and_cancelled) {
  start();
  receiver to;
  subscribe("a", to.url());
  publish("a", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto path = path_of("a", to, "/replay");
  ask("PATCH", path_of("a", to), R"({"paused":true})", 200);
  ask("POST", path, since_ever, 202);
  auto progress = ask("GET", path, "", 200);
  EXPECT_EQ(progress["running"], true);
  EXPECT_THAT(progress["logs"], SizeIs(1));
  ask("POST", path, since_ever, 409);
  ask("DELETE", path, "", 204);
  EXPECT_EQ(ask("GET", path, "", 200),
            (json{{"running", false}, {"logs", json::array()}}));
  ask("DELETE", path, "", 404);
}

// -- a probe ------------------------------------------------------------------

TEST_F(operation, a_ping_reaches_one_subscription_alone) {
  start();
  receiver to;
  receiver other;
  subscribe("a", to.url(), {{"hub.secret", "sesame"}});
  subscribe("*", other.url());
  auto id = path_of("a", to).substr(std::string{"/subscriptions/"}.size());
  auto event = ask("POST", path_of("a", to, "/ping"), "", 202)["event"]
                 .get<std::string>();
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries()[0];
  EXPECT_EQ(got.field("webhook-id"), event);
  EXPECT_EQ(got.field("Content-Type"), "application/json");
  EXPECT_EQ(got.field("X-Hub-Signature"),
            "sha256=" + hmac_hex("sha256", "sesame", got.body));
  EXPECT_EQ(json::parse(got.body)["type"], "herald.ping");
  EXPECT_EQ(json::parse(got.body)["subscription"], id);
  publish("a", "x");
  ASSERT_TRUE(other.wait_for_deliveries(1));
  EXPECT_THAT(bodies_of(other.deliveries()), ElementsAre("x"));
}

TEST_F(operation, a_failing_subscription_says_since_when) {
  start({"--retry-schedule", "1h", "--retry-jitter", "0"});
  receiver to;
  to.on_delivery(always(reply_with(500)));
  subscribe("a", to.url());
  auto path = path_of("a", to);
  EXPECT_TRUE(json::parse(get(path).body)["failing_since"].is_null());
  publish("a", "x");
  ASSERT_TRUE(wait_for_state("a", to.url(), "failing"));
  auto shown = json::parse(get(path).body);
  EXPECT_EQ(shown["failures"], 1);
  EXPECT_EQ(shown["breaker"], "closed");
  EXPECT_TRUE(shown["breaker_open_until"].is_null());
  EXPECT_FALSE(shown["failing_since"].is_null());
}

// -- on the command line ------------------------------------------------------

TEST_F(operation, the_command_line_pauses_and_resumes) {
  start();
  receiver to;
  subscribe("a", to.url());
  auto id = shown("a", to.url(), "id");
  auto paused = run_client({"subscriptions", "--pause", id});
  EXPECT_EQ(paused.code, 0) << paused.complaints;
  EXPECT_EQ(state_of("a", to.url()), "paused");
  auto resumed = run_client({"subscriptions", "--resume", id, "--json"});
  EXPECT_EQ(json::parse(resumed.output)["state"], "active");
  auto both = run_client({"subscriptions", "--pause", id, "--resume", id});
  EXPECT_EQ(both.code, 2);
  auto unknown = run_client({"subscriptions", "--pause", "none"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.complaints, HasSubstr("no subscription with this id"));
}

TEST_F(operation, the_command_line_works_on_dead_letters) {
  start(no_retries);
  receiver to;
  to.on_delivery(always(reply_with(500)));
  subscribe("a", to.url());
  auto first = publish("a", "x");
  auto second = publish("a", "y");
  auto id = shown("a", to.url(), "id");
  ASSERT_TRUE(wait_for_items(path_of("a", to, "/dead"), 2));
  auto listed = run_client({"dead", id});
  EXPECT_EQ(listed.code, 0) << listed.complaints;
  EXPECT_THAT(listed.output, HasSubstr(first));
  EXPECT_THAT(listed.output, HasSubstr(second));
  auto lines = run_client({"dead", id, "--json", "--limit", "1"});
  EXPECT_EQ(json::parse(lines.output)["event"], second);
  EXPECT_EQ(run_client({"dead", id, "--drop", first}).output, "dropped\n");
  to.on_delivery(always({}));
  EXPECT_EQ(run_client({"dead", id, "--redeliver-all"}).output,
            "redelivering 1 event\n");
  ASSERT_TRUE(to.wait_for_deliveries(3));
  auto none = run_client({"dead", id});
  EXPECT_EQ(none.output, "");
  EXPECT_EQ(none.complaints, "no dead letters\n");
  EXPECT_EQ(run_client({"dead"}).code, 2);
  EXPECT_EQ(run_client({"dead", id, "--drop-all", "--redeliver-all"}).code, 2);
}

TEST_F(operation, the_command_line_replays) {
  start();
  receiver to;
  subscribe("a", to.url());
  publish("a", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto id = shown("a", to.url(), "id");
  auto replayed = run_client({"replay", id, "--since", "1h", "--wait"});
  EXPECT_EQ(replayed.code, 0) << replayed.complaints;
  EXPECT_THAT(replayed.output, HasSubstr("replaying up to "));
  EXPECT_THAT(replayed.output, HasSubstr("replayed after "));
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_EQ(run_client({"replay", id}).output, "no replay is running\n");
  EXPECT_EQ(run_client({"replay", id, "--cancel"}).code, 1);
  auto wrong = run_client({"replay", id, "--since", "yesterday"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.complaints, HasSubstr("--since"));
}

TEST_F(operation, an_interrupt_leaves_the_replay_running) {
  start();
  receiver to;
  subscribe("a", to.url());
  publish("a", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  ask("PATCH", path_of("a", to), R"({"paused":true})", 200);
  auto id = shown("a", to.url(), "id");
  child_process client{{HERALD_BINARY, "replay", id, "--since", "1h", "--wait",
                        "--node", node().url()}};
  ASSERT_THAT(client.read_line(),
              ::testing::Optional(HasSubstr("replaying up to ")));
  ASSERT_EQ(ask("GET", path_of("a", to, "/replay"), "", 200)["running"], true);
  client.signal(SIGINT);
  EXPECT_EQ(client.wait(), 1);
  EXPECT_THAT(client.complaints(), HasSubstr("the replay goes on"));
  EXPECT_EQ(ask("GET", path_of("a", to, "/replay"), "", 200)["running"], true);
}
