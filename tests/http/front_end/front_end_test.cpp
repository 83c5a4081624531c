#include "tests/http/front_end/front_end_fixture.hpp"

using namespace herald;
using namespace herald::test;

TEST_F(a_front_end, answers_a_publish_once_it_is_durable) {
  start();
  auto asked = publish("UN.a");
  EXPECT_EQ(asked->status(), 0U);
  auto& taken = engine_script.publishes.at(0);
  EXPECT_EQ(taken.asker, caf::actor_cast<publish_listener>(aut));
  ASSERT_EQ(taken.events.size(), 1U);
  EXPECT_EQ(taken.events[0].id.size(), 26U);
  EXPECT_TRUE(taken.events[0].fresh_id);
  EXPECT_EQ(taken.events[0].body, "body");
  EXPECT_EQ(taken.log, topic_log("un.a", 4));
  tell(
    {outcome_of(taken, std::vector<append_result>{{123, false, false, {}}})});
  EXPECT_EQ(asked->status(), 202U);
  EXPECT_EQ(value(asked, "Location"), "/events/" + taken.events[0].id);
  EXPECT_EQ(body_of(asked), (json{{"id", taken.events[0].id},
                                  {"topic", "UN.a"},
                                  {"log", taken.log},
                                  {"sequence", 123},
                                  {"duplicate", false}}));
}

TEST_F(a_front_end, repeats_the_id_of_an_idempotency_key) {
  start();
  publish("UN.a", "k");
  auto asked = publish("un.A", "k");
  auto& first = engine_script.publishes.at(0).events.at(0);
  auto& second = engine_script.publishes.at(1).events.at(0);
  EXPECT_EQ(first.id, second.id);
  EXPECT_FALSE(second.fresh_id);
  tell({outcome_of(engine_script.publishes[1],
                   std::vector<append_result>{{9, true, false, "UN.a"}})});
  EXPECT_EQ(body_of(asked)["duplicate"], true);
  EXPECT_EQ(body_of(asked)["topic"], "UN.a");
}

TEST_F(a_front_end, tells_many_outcomes_apart) {
  start();
  auto first = publish("a");
  auto second = publish("b");
  auto third = publish("c");
  auto& taken = engine_script.publishes;
  tell(
    {outcome_of(taken[2], std::vector<append_result>{{3, false, false, {}}}),
     outcome_of(taken[1], fail(errc::overloaded, "full house")),
     outcome_of(taken[0], std::vector<append_result>{{1, false, false, {}}})});
  EXPECT_EQ(body_of(first)["sequence"], 1);
  EXPECT_EQ(second->status(), 503U);
  EXPECT_EQ(value(second, "Retry-After"), "1");
  EXPECT_EQ(body_of(second)["detail"], "full house");
  EXPECT_EQ(body_of(third)["sequence"], 3);
}

TEST_F(a_front_end, ignores_outcomes_that_nobody_waits_for) {
  start();
  auto asked = publish("a");
  auto& taken = engine_script.publishes[0];
  auto news
    = outcome_of(taken, std::vector<append_result>{{1, false, false, {}}});
  tell({news});
  tell({news, {999, caf::error{}}});
  EXPECT_EQ(asked->status(), 202U);
}

TEST_F(a_front_end, never_says_202_when_the_store_did_not_answer) {
  start();
  for (auto code : {errc::unavailable, errc::full, errc::stopping}) {
    auto asked = publish("a");
    tell({outcome_of(engine_script.publishes.back(), fail(code, "no"))});
    EXPECT_EQ(asked->status(), 503U);
    EXPECT_NE(value(asked, "Retry-After"), "");
  }
}

TEST_F(a_front_end, answers_a_fat_publish_with_204) {
  start();
  auto asked = send("POST", "/hub?hub.mode=publish&hub.topic=a", "a/b", "x");
  EXPECT_EQ(asked->status(), 0U);
  tell({outcome_of(engine_script.publishes.at(0),
                   std::vector<append_result>{{1, false, false, {}}})});
  EXPECT_EQ(asked->status(), 204U);
}

TEST_F(a_front_end, answers_what_waits_when_it_ends) {
  start();
  auto asked = publish("a");
  kill(aut);
  EXPECT_EQ(asked->status(), 503U);
}

TEST_F(a_front_end, bounds_what_is_open) {
  options.max_open = 2;
  start();
  auto first = publish("a");
  publish("a");
  auto third = publish("a");
  EXPECT_EQ(third->status(), 503U);
  EXPECT_EQ(value(third, "Retry-After"), "1");
  EXPECT_EQ(send("GET", "/healthz")->status(), 200U);
  tell({outcome_of(engine_script.publishes[0],
                   std::vector<append_result>{{1, false, false, {}}})});
  EXPECT_EQ(first->status(), 202U);
  publish("a");
  EXPECT_EQ(engine_script.publishes.size(), 3U);
}

TEST_F(a_front_end, refuses_work_until_the_node_is_ready) {
  node->ready = false;
  start();
  auto asked = publish("a");
  EXPECT_EQ(asked->status(), 503U);
  EXPECT_NE(value(asked, "Retry-After"), "");
  EXPECT_EQ(send("GET", "/")->status(), 503U);
  EXPECT_EQ(send("GET", "/healthz")->status(), 200U);
  EXPECT_EQ(send("GET", "/readyz")->status(), 503U);
  node->ready = true;
  EXPECT_EQ(send("GET", "/readyz")->status(), 200U);
  node->store_refuses = true;
  EXPECT_EQ(send("GET", "/readyz")->status(), 503U);
  EXPECT_TRUE(engine_script.publishes.empty());
}

TEST_F(a_front_end, passes_a_subscription_to_its_registry) {
  start();
  auto asked = send("POST", "/hub", form_type,
                    "hub.mode=subscribe&hub.topic=a&hub.callback=http://h/");
  EXPECT_EQ(asked->status(), 202U);
  EXPECT_EQ(asked->answered->body, "");
  EXPECT_EQ(engine_script.intents.at(0).callback, "http://h/");
}

TEST_F(a_front_end, passes_on_why_a_subscription_failed) {
  engine_script.failure = fail(errc::unavailable, "the store is silent");
  start();
  auto asked = send("POST", "/hub", form_type,
                    "hub.mode=subscribe&hub.topic=a&hub.callback=http://h/");
  EXPECT_EQ(asked->status(), 503U);
  EXPECT_EQ(asked->answered->body, "the store is silent\n");
  engine_script.failure = fail(errc::not_found, "unknown");
  asked = send("POST", "/subscriptions", form_type,
               "hub.mode=unsubscribe&hub.topic=a&hub.callback=http://h/");
  EXPECT_EQ(asked->status(), 404U);
  EXPECT_EQ(body_of(asked)["errors"][0]["detail"],
            "Subscription with given parameters not found");
}

TEST_F(a_front_end, does_not_wait_for_the_engine_for_ever) {
  engine_script.silent = true;
  start();
  auto asked = send("POST", "/hub", form_type,
                    "hub.mode=subscribe&hub.topic=a&hub.callback=http://h/");
  EXPECT_EQ(asked->status(), 0U);
  advance(options.ask_timeout + 1ms);
  EXPECT_EQ(asked->status(), 503U);
}

TEST_F(a_front_end, removes_a_subscription) {
  add_rows(1);
  start();
  auto path = "/subscriptions/" + engine_script.rows[0].id.to_string();
  EXPECT_EQ(send("DELETE", path)->status(), 204U);
  EXPECT_EQ(engine_script.removed.at(0), engine_script.rows[0].id);
  engine_script.failure = fail(errc::not_found, "unknown");
  EXPECT_EQ(send("DELETE", path)->status(), 404U);
}

TEST_F(a_front_end, shows_a_subscription) {
  add_rows(2);
  engine_script.rows[1].secret = "hush-hush";
  engine_script.failing = {engine_script.rows[1].id};
  start();
  auto asked
    = send("GET", "/subscriptions/" + engine_script.rows[1].id.to_string());
  EXPECT_EQ(asked->status(), 200U);
  EXPECT_EQ(asked->answered->body.find("hush"), std::string::npos);
  EXPECT_EQ(body_of(asked)["state"], "failing");
  EXPECT_EQ(body_of(asked)["pending"], 7);
  EXPECT_EQ(send("GET", "/subscriptions/" + std::string(32, '0'))->status(),
            404U);
}

TEST_F(a_front_end, lists_page_by_page) {
  add_rows(5);
  start();
  auto first = body_of(send("GET", "/subscriptions?limit=3"));
  EXPECT_EQ(first["items"].size(), 3U);
  EXPECT_EQ(first["next"], "3");
  EXPECT_EQ(first["items"][2]["callback"], "2");
  auto second = body_of(send("GET", "/subscriptions?limit=3&after=3"));
  EXPECT_EQ(second["items"].size(), 2U);
  EXPECT_TRUE(second["next"].is_null());
  EXPECT_EQ(body_of(send("GET", "/subscriptions?after=5")),
            json::parse(R"({"items":[],"next":null})"));
}

TEST_F(a_front_end, lists_by_state_without_losing_any) {
  add_rows(450);
  for (size_t i : {3, 4, 150, 220, 221, 222, 449})
    engine_script.failing.push_back(engine_script.rows[i].id);
  start();
  std::vector<std::string> seen;
  std::string after;
  do {
    auto page = body_of(
      send("GET", "/subscriptions?state=failing&limit=2&after=" + after));
    EXPECT_LE(page["items"].size(), 2U);
    for (auto& item : page["items"])
      seen.push_back(item["callback"]);
    after = page["next"].is_null() ? "" : page["next"].get<std::string>();
  } while (!after.empty());
  EXPECT_EQ(seen, (std::vector<std::string>{"3", "4", "150", "220", "221",
                                            "222", "449"}));
}

TEST_F(a_front_end, bounds_what_a_listing_looks_at) {
  options.max_scanned = 200;
  add_rows(450);
  start();
  auto page = body_of(send("GET", "/subscriptions?state=expired"));
  EXPECT_TRUE(page["items"].empty());
  EXPECT_EQ(page["next"], "200");
}

TEST_F(a_front_end, says_when_the_store_cannot_be_read) {
  engine_script.failure = fail(errc::corrupt, "record 7");
  start();
  EXPECT_EQ(send("GET", "/subscriptions")->status(), 500U);
  engine_script.failure = fail(errc::unavailable, "silence");
  EXPECT_EQ(send("GET", "/subscriptions")->status(), 503U);
}
