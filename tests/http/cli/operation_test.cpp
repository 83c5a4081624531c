#include "config/errc.hpp"
#include "http/cli/dead.hpp"
#include "http/cli/operate.hpp"
#include "http/cli/replay.hpp"

#include <gtest/gtest.h>

using namespace herald;

TEST(a_subscription_path, keeps_ids_in_their_place) {
  EXPECT_EQ(subscription_path("0a", "/dead"), "/subscriptions/0a/dead");
  EXPECT_EQ(subscription_path("../hub?x", ""), "/subscriptions/..%2Fhub%3Fx");
}

TEST(a_dead_page, shows_letters_and_ranges) {
  auto now = parse_time("2026-01-31T12:00:00.000Z");
  auto page = parse_dead_page(
    R"({"items":[{"event":"E","topic":"t","log":0,"sequence":7,"up_to":7,)"
    R"("attempts":5,"at":"2026-01-31T11:58:00.000Z","reason":"status",)"
    R"("status":503},{"event":null,"topic":null,"log":0,"sequence":3,)"
    R"("up_to":6,"attempts":0,"at":"2026-01-31T11:00:00.000Z",)"
    R"("reason":"expired","status":null},)"
    R"({"event":null,"sequence":2,"up_to":2}],"next":null})",
    *now);
  ASSERT_TRUE(page);
  using cells = std::vector<std::string>;
  EXPECT_EQ(page->shown.rows.at(0),
            (cells{"E", "t", "status", "503", "5", "2m"}));
  EXPECT_EQ(page->shown.rows.at(1),
            (cells{"up to 4 that are gone", "-", "expired", "-", "0", "1h"}));
  EXPECT_EQ(page->shown.rows.at(2),
            (cells{"one that is gone", "-", "-", "-", "-", "-"}));
  EXPECT_EQ(page->next, "");
}

TEST(a_redelivery, is_told_in_words) {
  auto line = [](const char* body) {
    auto result = redelivery_line(body);
    return result ? *result : "error: " + describe(result.error());
  };
  EXPECT_EQ(line(R"({"redelivered":1})"), "redelivering 1 event");
  EXPECT_EQ(line(R"({"redelivered":1234,"expired":1})"),
            "redelivering 1,234 events; 1 letter stays: its event is gone");
  EXPECT_EQ(line(R"({"redelivered":0,"expired":2})"),
            "redelivering 0 events; 2 letters stay: their events are gone");
  for (auto* body : {"", "[]", "{}"})
    EXPECT_EQ(line(body), "error: the node's answer cannot be read");
}

TEST(a_replay, tells_how_much_is_left) {
  auto progress
    = parse_replay(R"({"running":true,"logs":[{"log":0,"at":10,"until":30},)"
                   R"({"log":1,"at":5,"until":6}]})");
  ASSERT_TRUE(progress);
  EXPECT_TRUE(progress->running);
  EXPECT_EQ(progress->left, 21U);
  progress = parse_replay(R"({"running":false,"logs":[]})");
  ASSERT_TRUE(progress);
  EXPECT_FALSE(progress->running);
  EXPECT_EQ(progress->left, 0U);
  for (auto* body : {"", "[]", "{}", R"({"logs":1})", R"({"logs":[1]})"})
    EXPECT_FALSE(parse_replay(body)) << body;
}

TEST(a_replay, tells_how_much_there_is) {
  EXPECT_EQ(events_of_replay(R"({"events":7})"), 7U);
  EXPECT_FALSE(events_of_replay(R"({"event":7})"));
  EXPECT_FALSE(events_of_replay("7"));
}

TEST(a_replay, is_asked_for_in_json) {
  EXPECT_EQ(replay_body("2h", ""), R"({"since":"2h"})");
  EXPECT_EQ(replay_body("2h", "1h"), R"({"since":"2h","until":"1h"})");
}
