#include "storage/topic.hpp"
#include "tests/http/front_end/front_end_fixture.hpp"

using namespace herald;
using namespace herald::test;

namespace {

/// A front end before an engine of one active subscription to `a`.
class an_operator : public a_front_end {
protected:
  an_operator() {
    add_rows(1);
    row().topic_key = "a";
    row().starts = {0, 0, 0, 0};
    start();
  }

  subscription& row() { return engine_script.rows.at(0); }

  std::string path(const std::string& name = {}) {
    return "/subscriptions/" + row().id.to_string() + name;
  }

  recorded post(const std::string& name, const std::string& body = {}) {
    return send("POST", path(name), "application/json", body);
  }

  /// An event of a log, accepted at `seq` seconds.
  void add_event(log_id log, sequence seq, std::string topic = "a") {
    event_meta what;
    what.id = "E" + std::to_string(log) + "." + std::to_string(seq);
    what.topic = std::move(topic);
    what.log = log;
    what.seq = seq;
    what.accepted_at = static_cast<unix_ms>(seq) * 1'000;
    engine_script.events.push_back(what);
  }

  job_key key(log_id log, sequence seq) { return {row().id, log, seq}; }

  /// One that comes behind all others: an older one.
  void add_letter(log_id log, sequence seq, sequence up_to = 0) {
    engine_script.letters.push_back({key(log, seq), up_to == 0 ? seq : up_to, 3,
                                     1'000, failure::status, 500});
  }

  /// The places of all events that were to be redelivered.
  std::vector<std::pair<log_id, sequence>> redelivered() {
    std::vector<std::pair<log_id, sequence>> result;
    for (auto& order : engine_script.redelivered)
      result.insert(result.end(), order.events.begin(), order.events.end());
    return result;
  }

  using places = std::vector<std::pair<log_id, sequence>>;
};

std::string detail(const json& problem) {
  return problem.value("detail", "");
}

} // namespace

// -- history ------------------------------------------------------------------

TEST_F(an_operator, sees_attempts_and_their_events) {
  for (sequence seq : {5, 6, 7})
    add_event(1, seq);
  for (sequence seq : {7, 6, 9})
    engine_script.attempts.push_back(
      {key(1, seq), 1, 2'000, 30, 503, failure::status, "busy"});
  auto first = send("GET", path("/attempts?limit=2"));
  EXPECT_EQ(first->status(), 200U);
  auto page = body_of(first);
  ASSERT_EQ(page["items"].size(), 2U);
  EXPECT_EQ(page["items"][0]["event"], "E1.7");
  EXPECT_EQ(page["items"][1]["event"], "E1.6");
  EXPECT_EQ(page["items"][0]["topic"], "a");
  EXPECT_EQ(page["next"], "2");
  EXPECT_EQ(engine_script.reads, 1U);
  page = body_of(send("GET", path("/attempts?limit=2&after=2")));
  ASSERT_EQ(page["items"].size(), 1U);
  EXPECT_TRUE(page["items"][0]["event"].is_null());
  EXPECT_TRUE(page["next"].is_null());
}

TEST_F(an_operator, sees_dead_letters) {
  add_event(2, 9);
  add_letter(2, 9);
  add_letter(2, 3, 8);
  auto page = body_of(send("GET", path("/dead")));
  ASSERT_EQ(page["items"].size(), 2U);
  EXPECT_EQ(page["items"][0]["event"], "E2.9");
  EXPECT_EQ(page["items"][0]["up_to"], 9);
  EXPECT_TRUE(page["items"][1]["event"].is_null());
  EXPECT_EQ(page["items"][1]["up_to"], 8);
  EXPECT_EQ(page["items"][1]["reason"], "status");
}

TEST_F(an_operator, is_told_which_subscription_is_unknown) {
  auto none = "/subscriptions/" + std::string(32, '0');
  struct {
    const char* method;
    const char* name;
    const char* body;
  } const cases[] = {
    {"GET", "/attempts", ""},
    {"GET", "/dead", ""},
    {"DELETE", "/dead", ""},
    {"PATCH", "", "{}"},
    {"POST", "/redeliver", R"({"dead":true})"},
    {"POST", "/replay", R"({"since":"1h"})"},
    {"GET", "/replay", ""},
    {"DELETE", "/replay", ""},
    {"POST", "/ping", ""},
  };
  for (auto& [method, name, body] : cases) {
    auto asked = send(method, none + name, "application/json", body);
    EXPECT_EQ(asked->status(), 404U) << method << name;
    EXPECT_EQ(detail(body_of(asked)), "There is no subscription with this id.");
  }
}

// -- how it is served ---------------------------------------------------------

TEST_F(an_operator, patches_a_subscription) {
  auto asked = send("PATCH", path(), "application/json",
                    R"({"paused":true,"policy":{"timeout":"3s"}})");
  EXPECT_EQ(asked->status(), 200U);
  EXPECT_EQ(body_of(asked)["state"], "paused");
  EXPECT_EQ(body_of(asked)["policy"], (json{{"timeout", "3s"}}));
  EXPECT_EQ(engine_script.patches.at(0).given, unsigned{policy_timeout});
  EXPECT_EQ(engine_script.patches.at(0).paused, true);
}

TEST_F(an_operator, learns_that_a_patch_was_not_stored) {
  engine_script.failure = fail(errc::full, "no space");
  auto asked = send("PATCH", path(), "application/json", R"({"paused":true})");
  EXPECT_EQ(asked->status(), 503U);
  EXPECT_EQ(detail(body_of(asked)), "no space");
}

// -- once more ----------------------------------------------------------------

TEST_F(an_operator, redelivers_an_event) {
  add_event(3, 4);
  auto asked = post("/redeliver", R"({"event":"E3.4"})");
  EXPECT_EQ(asked->status(), 202U);
  EXPECT_EQ(body_of(asked), (json{{"redelivered", 1}}));
  EXPECT_EQ(redelivered(), (places{{3, 4}}));
  EXPECT_EQ(engine_script.redelivered.at(0).who->id, row().id);
}

TEST_F(an_operator, is_told_which_event_is_unknown) {
  for (auto& asked : {post("/redeliver", R"({"event":"E3.4"})"),
                      send("DELETE", path("/dead?event=E3.4"))}) {
    EXPECT_EQ(asked->status(), 404U);
    EXPECT_EQ(detail(body_of(asked)), "There is no event with this id.");
  }
}

TEST_F(an_operator, does_not_send_what_was_for_others) {
  add_event(3, 4, "other");
  add_event(3, 5, "herald.ping");
  add_letter(3, 5);
  EXPECT_EQ(post("/redeliver", R"({"event":"E3.4"})")->status(), 409U);
  EXPECT_EQ(post("/redeliver", R"({"event":"E3.5"})")->status(), 202U);
  EXPECT_EQ(redelivered(), (places{{3, 5}}));
}

TEST_F(an_operator, cannot_send_to_an_inactive_subscription) {
  add_event(0, 1);
  row().active = false;
  for (auto& asked : {post("/redeliver", R"({"event":"E0.1"})"),
                      post("/redeliver", R"({"dead":true})"),
                      post("/replay", R"({"since":"1h"})"), post("/ping")}) {
    EXPECT_EQ(asked->status(), 409U);
    EXPECT_EQ(body_of(asked)["type"], "urn:herald:problem:conflict");
  }
  EXPECT_TRUE(engine_script.redelivered.empty());
  EXPECT_TRUE(engine_script.publishes.empty());
}

TEST_F(an_operator, redelivers_all_that_can_be) {
  for (sequence seq = 600; seq >= 1; --seq)
    add_letter(1, seq);
  for (sequence seq = 1; seq <= 600; ++seq)
    if (seq != 77)
      add_event(1, seq);
  add_letter(2, 3, 8);
  row().starts[1] = 2;
  auto asked = post("/redeliver", R"({"dead":true})");
  EXPECT_EQ(asked->status(), 202U);
  // Gone: 77 and the range; before the subscription began: 1 and 2.
  EXPECT_EQ(body_of(asked), (json{{"redelivered", 597}, {"expired", 4}}));
  auto sent = redelivered();
  EXPECT_EQ(sent.size(), 597U);
  EXPECT_EQ(sent.front(), std::pair(log_id{1}, sequence{600}));
  EXPECT_EQ(sent.back(), std::pair(log_id{1}, sequence{3}));
  for (auto& order : engine_script.redelivered)
    EXPECT_LE(order.events.size(), 250U);
}

TEST_F(an_operator, redelivers_nothing_where_nothing_is_dead) {
  auto asked = post("/redeliver", R"({"dead":true})");
  EXPECT_EQ(asked->status(), 202U);
  EXPECT_EQ(body_of(asked), (json{{"redelivered", 0}}));
}

TEST_F(an_operator, learns_that_nothing_was_redelivered) {
  add_event(3, 4);
  engine_script.order_failure = fail(errc::unavailable, "it stops");
  auto asked = post("/redeliver", R"({"event":"E3.4"})");
  EXPECT_EQ(asked->status(), 503U);
}

TEST_F(an_operator, drops_a_dead_letter) {
  add_event(1, 5);
  add_event(1, 6);
  add_letter(1, 5);
  EXPECT_EQ(send("DELETE", path("/dead?event=E1.5"))->status(), 204U);
  EXPECT_EQ(engine_script.dropped.at(0), std::vector{key(1, 5)});
  auto asked = send("DELETE", path("/dead?event=E1.6"));
  EXPECT_EQ(asked->status(), 404U);
  EXPECT_EQ(engine_script.dropped.size(), 1U);
}

TEST_F(an_operator, does_not_drop_a_range_for_one_event) {
  add_event(1, 5);
  add_letter(1, 3, 8);
  EXPECT_EQ(send("DELETE", path("/dead?event=E1.5"))->status(), 404U);
  EXPECT_TRUE(engine_script.dropped.empty());
}

TEST_F(an_operator, drops_all_dead_letters) {
  for (sequence seq = 1'500; seq >= 1; --seq)
    add_letter(1, seq);
  EXPECT_EQ(send("DELETE", path("/dead"))->status(), 204U);
  ASSERT_EQ(engine_script.dropped.size(), 2U);
  EXPECT_EQ(engine_script.dropped[0].size(), 1'000U);
  EXPECT_EQ(engine_script.dropped[1].back(), key(1, 1));
}

// -- a part of the log --------------------------------------------------------

TEST_F(an_operator, replays_what_was_accepted_since) {
  for (sequence seq : {10, 20, 30})
    add_event(1, seq);
  add_event(2, 5);
  auto asked = post("/replay", R"({"since":"1970-01-01T00:00:20Z"})");
  EXPECT_EQ(asked->status(), 202U) << asked->answered->body;
  EXPECT_EQ(body_of(asked), (json{{"since", "1970-01-01T00:00:20.000Z"},
                                  {"until", "1970-01-01T00:16:40.000Z"},
                                  {"events", 20}}));
  auto& order = engine_script.replays.at(0);
  ASSERT_EQ(order.ranges.size(), 1U);
  EXPECT_EQ(order.ranges[0].log, 1);
  EXPECT_EQ(order.ranges[0].after, 10U);
  EXPECT_EQ(order.ranges[0].until, 30U);
  EXPECT_EQ(engine_script.rewound.at(0),
            (std::vector<sequence>{UINT64_MAX, 10, UINT64_MAX, UINT64_MAX}));
  EXPECT_EQ(order.who->starts, engine_script.rewound[0]);
}

TEST_F(an_operator, replays_up_to_a_time_and_including_it) {
  for (sequence seq : {10, 20, 30})
    add_event(1, seq);
  auto asked = post("/replay", R"({"since":"1970-01-01T00:00:01Z",)"
                               R"("until":"1970-01-01T00:00:20Z"})");
  EXPECT_EQ(body_of(asked)["events"], 20);
  EXPECT_EQ(engine_script.replays.at(0).ranges.at(0).until, 20U);
}

TEST_F(an_operator, replays_nothing_where_nothing_was_accepted) {
  add_event(1, 10);
  auto asked = post("/replay", R"({"since":"1s"})");
  EXPECT_EQ(asked->status(), 202U);
  EXPECT_EQ(body_of(asked)["events"], 0);
  EXPECT_TRUE(engine_script.replays.empty());
  EXPECT_TRUE(engine_script.rewound.empty());
}

TEST_F(an_operator, cannot_replay_the_future) {
  auto asked = post("/replay", R"({"since":"2026-01-01T00:00:00Z"})");
  EXPECT_EQ(asked->status(), 400U);
  EXPECT_EQ(body_of(asked)["field"], "since");
  asked = post("/replay", R"({"since":"1m","until":"2m"})");
  EXPECT_EQ(body_of(asked)["field"], "until");
}

TEST_F(an_operator, cannot_replay_twice_at_once) {
  add_event(1, 10);
  engine_script.order_failure = fail(errc::conflict, "A replay is running.");
  EXPECT_EQ(post("/replay", R"({"since":"1h"})")->status(), 409U);
}

TEST_F(an_operator, sees_how_far_a_replay_is) {
  EXPECT_EQ(body_of(send("GET", path("/replay"))),
            json::parse(R"({"running":false,"logs":[]})"));
  engine_script.lags = {{row().id, 1, 12, 30, 40}, {row().id, 2, 5, 0, 0}};
  EXPECT_EQ(body_of(send("GET", path("/replay"))),
            json::parse(R"({"running":true,
                            "logs":[{"log":1,"at":12,"until":30}]})"));
}

TEST_F(an_operator, cancels_a_replay) {
  EXPECT_EQ(send("DELETE", path("/replay"))->status(), 204U);
  EXPECT_EQ(engine_script.cancelled.at(0), row().id);
  engine_script.order_failure = fail(errc::not_found, "No replay is running.");
  auto asked = send("DELETE", path("/replay"));
  EXPECT_EQ(asked->status(), 404U);
  EXPECT_EQ(detail(body_of(asked)), "No replay is running.");
}

// -- a probe ------------------------------------------------------------------

TEST_F(an_operator, probes_a_subscription) {
  auto asked = post("/ping");
  EXPECT_EQ(asked->status(), 0U);
  auto& taken = engine_script.publishes.at(0);
  EXPECT_EQ(taken.log, topic_log("herald.ping", 4));
  auto& probe = taken.events.at(0);
  EXPECT_EQ(probe.topic, "herald.ping");
  EXPECT_EQ(probe.content_type, "application/json");
  EXPECT_EQ(probe.body_size, probe.body.size());
  EXPECT_EQ(json::parse(probe.body),
            (json{{"type", "herald.ping"},
                  {"subscription", row().id.to_string()},
                  {"at", "1970-01-01T00:16:40.000Z"}}));
  EXPECT_TRUE(engine_script.redelivered.empty());
  tell({outcome_of(taken, std::vector<append_result>{{42, false, false, {}}})});
  EXPECT_EQ(asked->status(), 202U);
  EXPECT_EQ(body_of(asked), (json{{"event", probe.id}}));
  EXPECT_EQ(redelivered(), (places{{taken.log, 42}}));
}

TEST_F(an_operator, learns_that_a_probe_was_not_stored) {
  auto asked = post("/ping");
  tell({outcome_of(engine_script.publishes.at(0), fail(errc::full, "no"))});
  EXPECT_EQ(asked->status(), 503U);
  EXPECT_TRUE(engine_script.redelivered.empty());
}

TEST_F(an_operator, learns_that_the_node_stops_during_a_probe) {
  auto asked = post("/ping");
  kill(aut);
  EXPECT_EQ(asked->status(), 503U);
}
