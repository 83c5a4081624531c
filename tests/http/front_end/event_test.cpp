#include "tests/http/front_end/reading_fixture.hpp"

#include <gmock/gmock.h>

using namespace herald;
using namespace herald::test;
using ::testing::ElementsAre;
using kind = delivery_fate::kind;

TEST_F(a_reading_front_end, shows_one_event_with_its_body) {
  event what;
  what.id = "0123456789ABCDEFGHJKMNPQRS";
  what.topic = "UN.a";
  what.content_type = "application/cloudevents+json; charset=utf-8";
  what.body = R"({"price":12345678901234567890.10})";
  what.fields = {{"traceparent", "00-1"}, {"ce-x", "y"}};
  store(what);
  start();
  auto asked = get("/events/0123456789ABCDEFGHJKMNPQRS");
  EXPECT_EQ(asked->status(), 200u);
  EXPECT_NE(
    asked->answered->body.find(R"("data":{"price":12345678901234567890.10})"),
    std::string::npos)
    << "to the byte: " << asked->answered->body;
  auto shown = body_of(asked);
  EXPECT_EQ(shown["topic"], "UN.a");
  EXPECT_EQ(shown["fields"], (json{{"traceparent", "00-1"}, {"ce-x", "y"}}));
  EXPECT_EQ(shown["deliveries"], (json{{"delivered", 0},
                                       {"pending", 0},
                                       {"dead", 0},
                                       {"items", json::array()}}));
}

TEST_F(a_reading_front_end, knows_no_other_event) {
  auto gone = store("a");
  store("a");
  db->trim(gone.log, gone.seq, 10).value();
  start();
  for (auto* id : {"nothing", "", "a%20b", "a.b"})
    EXPECT_EQ(get(std::string{"/events/"} + id)->status(), 404u) << id;
  EXPECT_EQ(get("/events/" + gone.id)->status(), 404u);
  EXPECT_EQ(get("/events/" + std::string(65, 'a'))->status(), 404u);
}

TEST_F(a_reading_front_end, tells_what_became_of_an_event) {
  auto what = store("a.b");
  auto done = subscribe("a", "http://h/1");
  auto waits = subscribe("a.b", "http://h/2");
  auto dead = subscribe("*", "http://h/3");
  start();
  fates[{waits.id, what.seq}] = {kind::pending, 2, 1'700'000'005'000};
  give_up(dead, what, 14);
  auto told = body_of(get("/events/" + what.id))["deliveries"];
  EXPECT_EQ(told["delivered"], 1);
  EXPECT_EQ(told["pending"], 1);
  EXPECT_EQ(told["dead"], 1);
  EXPECT_FALSE(told.contains("more"));
  EXPECT_EQ(told["items"],
            (json::array({{{"subscription", dead.id.to_string()},
                           {"callback", "http://h/3"},
                           {"state", "dead"},
                           {"attempts", 14},
                           {"due", nullptr}},
                          {{"subscription", waits.id.to_string()},
                           {"callback", "http://h/2"},
                           {"state", "pending"},
                           {"attempts", 2},
                           {"due", "2023-11-14T22:13:25.000Z"}},
                          {{"subscription", done.id.to_string()},
                           {"callback", "http://h/1"},
                           {"state", "delivered"},
                           {"attempts", nullptr},
                           {"due", nullptr}}})));
}

TEST_F(a_reading_front_end, counts_only_subscriptions_that_want_the_event) {
  auto what = store("a.b");
  auto pending = subscribe("a", "http://h/1");
  pending.active = false;
  put(pending);
  auto late = subscribe("a", "http://h/2");
  late.starts[what.log] = what.seq;
  put(late);
  auto expired = subscribe("a", "http://h/3");
  expired.expires_at = 1;
  put(expired);
  subscribe("a.bb", "http://h/4");
  auto fits = subscribe("a", "http://h/5");
  fits.starts[what.log] = what.seq - 1;
  put(fits);
  start();
  auto told = body_of(get("/events/" + what.id))["deliveries"];
  EXPECT_THAT(all(told, "callback"), ElementsAre("http://h/5"));
}

TEST_F(a_reading_front_end, shows_a_callback_once_with_its_closest_layer) {
  auto what = store("a.b.c");
  subscribe("*", "http://h/1");
  subscribe("a", "http://h/1");
  auto closest = subscribe("a.b", "http://h/1");
  auto not_any_more = subscribe("a.b.c", "http://h/1");
  not_any_more.active = false;
  put(not_any_more);
  start();
  auto told = body_of(get("/events/" + what.id))["deliveries"];
  EXPECT_THAT(all(told, "subscription"), ElementsAre(closest.id.to_string()));
}

TEST_F(a_reading_front_end, finds_the_subscribers_of_a_url) {
  auto what = store("http://h/feed.x");
  auto wants = subscribe("http://h/feed.x", "http://h/1");
  subscribe("http://h/feed", "http://h/2");
  subscribe("*", "http://h/3");
  start();
  auto told = body_of(get("/events/" + what.id))["deliveries"];
  EXPECT_THAT(all(told, "subscription"), ElementsAre(wants.id.to_string()));
}

TEST_F(a_reading_front_end, shows_a_hundred_deliveries_and_counts_them_all) {
  auto what = store("a");
  for (int i = 0; i < 250; ++i)
    subscribe("a", "http://h/" + std::to_string(i));
  auto last = subscribe("*", "http://h/last");
  start();
  give_up(last, what, 1);
  auto told = body_of(get("/events/" + what.id))["deliveries"];
  EXPECT_EQ(told["delivered"], 250);
  EXPECT_EQ(told["dead"], 1);
  EXPECT_EQ(told["items"].size(), 100u);
  EXPECT_EQ(told["items"][0]["state"], "dead") << "what needs attention first";
  EXPECT_EQ(told["more"], true);
  EXPECT_EQ(calls("dead_letter_of"), 251u);
  EXPECT_LE(asked_fates.size(), partitions) << "one question each";
}

TEST_F(a_reading_front_end, looks_at_ten_thousand_subscriptions) {
  auto what = store("a");
  for (int i = 0; i < 10'050; ++i)
    subscribe("a", "http://h/" + std::to_string(i));
  start();
  auto told = body_of(get("/events/" + what.id))["deliveries"];
  EXPECT_EQ(told["delivered"], 10'000);
  EXPECT_EQ(told["more"], true);
}

TEST_F(a_reading_front_end, answers_once_though_several_steps_fail) {
  auto what = store("a");
  for (int i = 0; i < 50; ++i)
    subscribe("a", "http://h/" + std::to_string(i));
  start();
  disk->fault = [](std::string_view call, fault_at) {
    return call == "dead_letter_of" ? fail(errc::unavailable, "no")
                                    : caf::error{};
  };
  EXPECT_EQ(get("/events/" + what.id)->status(), 503u);
}
