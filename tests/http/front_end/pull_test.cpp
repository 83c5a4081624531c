#include "tests/http/front_end/reading_fixture.hpp"

#include <gmock/gmock.h>

using namespace herald;
using namespace herald::test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

class a_poll : public a_reading_front_end {
protected:
  std::string of(const subscription& sub, const std::string& query = {}) {
    return "/subscriptions/" + sub.id.to_string() + "/events?" + query;
  }

  /// Lets time pass in small steps, as it does.
  void pass(milliseconds d) {
    for (; d > 0ms; d -= 25ms)
      advance(25ms);
  }
};

} // namespace

TEST_F(a_poll, gets_what_the_subscription_wants) {
  auto sub = subscribe("a", "http://h/1");
  auto first = store("a.b", R"({"n":1e2})", 1);
  store("b", "{}", 2);
  store("A.c", "no json", 3);
  start();
  auto page = body_of(get(of(sub)));
  EXPECT_THAT(all(page, "topic"), ElementsAre("a.b", "A.c"));
  EXPECT_EQ(page["items"][0]["data"], (json{{"n", 100.0}}));
  EXPECT_EQ(page["items"][0]["id"], first.id);
  EXPECT_EQ(page["items"][1]["data_base64"], "bm8ganNvbg==");
  EXPECT_EQ(page["items"][1]["fields"], json::object());
  EXPECT_TRUE(page["next"].is_null());
}

TEST_F(a_poll, begins_where_the_subscription_does) {
  auto early = store("a");
  auto sub = subscribe("a", "http://h/1");
  sub.starts[early.log] = early.seq;
  put(sub);
  store("a");
  start();
  EXPECT_THAT(body_of(get(of(sub)))["items"], SizeIs(1));
  EXPECT_THAT(body_of(get(of(sub, "after=1.0.0")))["items"], SizeIs(1))
    << "nor does a cursor lead before it";
}

TEST_F(a_poll, goes_on_behind_its_cursor) {
  auto sub = subscribe("*", "http://h/1");
  for (int i = 0; i < 5; ++i)
    store("a", std::to_string(i));
  start();
  auto first = body_of(get(of(sub, "limit=2")));
  std::string after = first["next"];
  auto second = body_of(get(of(sub, "after=" + after)));
  EXPECT_EQ(first["items"][1]["data"], 1);
  EXPECT_EQ(second["items"][0]["data"], 2);
  EXPECT_THAT(second["items"], SizeIs(3));
}

TEST_F(a_poll, holds_no_more_than_its_bytes_and_at_least_one_event) {
  options.max_answer_bytes = 100;
  auto sub = subscribe("*", "http://h/1");
  for (int i = 0; i < 3; ++i)
    store("a", std::string(150, '1'));
  start();
  auto page = body_of(get(of(sub)));
  EXPECT_THAT(page["items"], SizeIs(1));
  EXPECT_FALSE(page["next"].is_null());
}

TEST_F(a_poll, is_for_active_subscriptions) {
  auto sub = subscribe("a", "http://h/1");
  start();
  EXPECT_EQ(get("/subscriptions/" + std::string(32, '0') + "/events")->status(),
            404u);
  EXPECT_EQ(get("/subscriptions/x/events")->status(), 404u);
  sub.paused = true;
  put(sub);
  EXPECT_EQ(get(of(sub))->status(), 200u);
  sub.active = false;
  put(sub);
  EXPECT_EQ(get(of(sub))->status(), 409u);
  sub.active = true;
  sub.expires_at = 1;
  put(sub);
  EXPECT_EQ(get(of(sub))->status(), 409u);
}

TEST_F(a_poll, refuses_a_senseless_wait) {
  auto sub = subscribe("a", "http://h/1");
  start();
  for (auto* wait : {"61", "-1", "1s", "x", "0.5", "%ff"}) {
    auto asked = get(of(sub, std::string{"wait="} + wait));
    EXPECT_EQ(asked->status(), 400u) << wait;
    EXPECT_EQ(body_of(asked)["field"], "wait");
    EXPECT_EQ(body_of(asked)["limit"], 60);
  }
  EXPECT_EQ(get(of(sub, "wait=&after=&limit="))->status(), 200u);
  EXPECT_EQ(get(of(sub, "after=zz"))->status(), 400u);
}

TEST_F(a_poll, waits_until_there_is_something) {
  auto sub = subscribe("a", "http://h/1");
  start();
  auto asked = get(of(sub, "wait=60"));
  pass(10s);
  EXPECT_EQ(asked->status(), 0u);
  store("b");
  pass(100ms);
  EXPECT_EQ(asked->status(), 0u) << "that was not for it";
  store("a.b");
  pass(50ms);
  EXPECT_THAT(all(body_of(asked), "topic"), ElementsAre("a.b"));
}

TEST_F(a_poll, answers_when_its_time_is_over) {
  auto sub = subscribe("a", "http://h/1");
  store("a");
  start();
  std::string cursor = body_of(get(of(sub)))["cursor"];
  auto asked = get(of(sub, "wait=2&after=" + cursor));
  pass(1900ms);
  EXPECT_EQ(asked->status(), 0u);
  pass(150ms);
  EXPECT_EQ(asked->status(), 200u);
  EXPECT_THAT(body_of(asked)["items"], IsEmpty());
  EXPECT_TRUE(body_of(asked)["next"].is_null());
  EXPECT_EQ(body_of(asked)["cursor"], cursor);
}

TEST_F(a_poll, costs_nothing_while_nothing_happens) {
  auto sub = subscribe("a", "http://h/1");
  start();
  auto asked = get(of(sub, "wait=60"));
  auto reads = calls("read");
  pass(30s);
  EXPECT_EQ(calls("read"), reads);
  pass(31s);
  EXPECT_EQ(asked->status(), 200u);
  EXPECT_FALSE(is_anything_due()) << "no tick without a poll";
}

TEST_F(a_poll, shares_one_look_with_all_that_wait) {
  std::vector<recorded> polls;
  for (int i = 0; i < 100; ++i)
    subscribe("t" + std::to_string(i), "http://h/1");
  start();
  for (int i = 0; i < 100; ++i)
    polls.push_back(
      get(of(subscribe("t" + std::to_string(i), "http://h/1"), "wait=60")));
  auto reads = calls("read");
  store("t7");
  pass(50ms);
  EXPECT_EQ(polls[7]->status(), 200u);
  EXPECT_EQ(polls[8]->status(), 0u);
  EXPECT_LE(calls("read"), reads + 3);
}

TEST_F(a_poll, misses_nothing_that_comes_while_it_looks) {
  auto sub = subscribe("a", "http://h/1");
  start();
  auto asked = ask(of(sub, "wait=60"));
  for (int steps = 0; run_next(); ++steps)
    if (steps == 1) {
      store("a");
      hide_heads(); // Stored, but the publisher has not said so yet.
    }
  EXPECT_EQ(asked->status(), 0u);
  show_heads();
  pass(50ms);
  EXPECT_THAT(body_of(asked)["items"], SizeIs(1));
}

TEST_F(a_poll, is_not_kept_busy_by_a_record_that_cannot_be_read) {
  auto sub = subscribe("a", "http://h/1");
  auto what = store("a");
  disk->logs[what.log].events.erase(what.seq);
  start();
  auto asked = get(of(sub, "wait=1"));
  EXPECT_EQ(asked->status(), 0u);
  pass(1100ms);
  EXPECT_THAT(body_of(asked)["items"], IsEmpty());
  EXPECT_LE(calls("read"), 2u);
}

TEST_F(a_poll, is_refused_where_too_many_wait) {
  options.max_waiting = 2;
  auto sub = subscribe("a", "http://h/1");
  start();
  std::vector<recorded> polls;
  for (int i = 0; i < 3; ++i)
    polls.push_back(get(of(sub, "wait=5")));
  EXPECT_EQ(polls[2]->status(), 503u);
  EXPECT_NE(polls[2]->answered->fields.size(), 0u);
  EXPECT_EQ(polls[1]->status(), 0u);
  EXPECT_EQ(get(of(sub))->status(), 200u) << "without waiting it is served";
  pass(5100ms);
  EXPECT_EQ(polls[1]->status(), 200u);
  EXPECT_EQ(get(of(sub, "wait=5"))->status(), 0u) << "there is room again";
}

TEST_F(a_poll, ends_with_its_subscription) {
  auto sub = subscribe("a", "http://h/1");
  start();
  auto asked = get(of(sub, "wait=60"));
  end(sub);
  store("a");
  pass(50ms);
  EXPECT_EQ(asked->status(), 404u);
}

TEST_F(a_poll, is_answered_at_once_when_the_node_stops) {
  auto sub = subscribe("a", "http://h/1");
  start();
  auto asked = get(of(sub, "wait=60"));
  node->ready = false;
  pass(50ms);
  EXPECT_EQ(asked->status(), 200u);
  EXPECT_THAT(body_of(asked)["items"], IsEmpty());
}
