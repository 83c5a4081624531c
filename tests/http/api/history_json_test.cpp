#include "http/api/history_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>

using namespace herald;
using nlohmann::json;

namespace {

attempt_record an_attempt() {
  return {{{}, 1, 7}, 3, 1'000, 250, 503, failure::status, "busy"};
}

dead_letter a_letter() {
  return {{{}, 1, 7}, 7, 5, 1'000, failure::timeout, 0};
}

const event_names known_names{{{1, 7}, {"E", "a.b"}}};

} // namespace

TEST(history, shows_an_attempt) {
  EXPECT_EQ(attempt_json(an_attempt(), known_names),
            R"({"event":"E","topic":"a.b","log":1,"sequence":7,"attempt":3,)"
            R"("at":"1970-01-01T00:00:01.000Z","duration_ms":250,)"
            R"("status":503,"error":"status","response":"busy"})");
}

TEST(history, shows_an_attempt_without_answer_or_event) {
  auto what = an_attempt();
  what.status = 0;
  what.why = failure::dns;
  auto shown = json::parse(attempt_json(what, {}));
  EXPECT_TRUE(shown["event"].is_null());
  EXPECT_TRUE(shown["topic"].is_null());
  EXPECT_TRUE(shown["status"].is_null());
  EXPECT_EQ(shown["error"], "dns");
}

TEST(history, shows_a_dead_letter) {
  EXPECT_EQ(dead_letter_json(a_letter(), known_names),
            R"({"event":"E","topic":"a.b","log":1,"sequence":7,"up_to":7,)"
            R"("attempts":5,"at":"1970-01-01T00:00:01.000Z",)"
            R"("reason":"timeout","status":null})");
}

TEST(history, shows_any_bytes_of_an_answer) {
  auto what = an_attempt();
  what.excerpt = "\xff\"\n";
  EXPECT_EQ(json::parse(attempt_json(what, known_names))["response"],
            "\xef\xbf\xbd\"\n");
}

TEST(history, knows_what_can_be_delivered_again) {
  auto what = a_letter();
  EXPECT_TRUE(can_be_redelivered(what, known_names));
  EXPECT_FALSE(can_be_redelivered(what, {}));
  what.up_to = 8;
  EXPECT_FALSE(can_be_redelivered(what, known_names));
}

TEST(history, reads_neighbours_together) {
  EXPECT_TRUE(runs_of({}).empty());
  EXPECT_EQ(runs_of({{0, 5}}), (std::vector<read_run>{{0, 4, 1}}));
  EXPECT_EQ(runs_of({{0, 7}, {0, 5}, {0, 6}, {0, 6}}),
            (std::vector<read_run>{{0, 4, 3}}));
  EXPECT_EQ(runs_of({{1, 5}, {0, 5}}),
            (std::vector<read_run>{{0, 4, 1}, {1, 4, 1}}));
  EXPECT_EQ(runs_of({{0, 1}, {0, 18}}), (std::vector<read_run>{{0, 0, 18}}));
  EXPECT_EQ(runs_of({{0, 1}, {0, 19}}),
            (std::vector<read_run>{{0, 0, 1}, {0, 18, 1}}));
}

TEST(history, bounds_its_reads) {
  std::vector<event_place> places;
  for (sequence seq = 1; seq <= 2'001; ++seq)
    places.emplace_back(0, seq);
  EXPECT_EQ(runs_of(places), (std::vector<read_run>{
                               {0, 0, 1000}, {0, 1000, 1000}, {0, 2000, 1}}));
}

TEST(history, finds_every_event_once) {
  std::mt19937 dice{7};
  for (auto round = 0; round < 100; ++round) {
    std::vector<event_place> places;
    for (auto i = 0; i < 50; ++i)
      places.emplace_back(dice() % 3, 1 + dice() % 400);
    for (auto& place : places) {
      auto runs = runs_of(places);
      EXPECT_EQ(std::count_if(runs.begin(), runs.end(),
                              [&](auto& run) {
                                return run.log == place.first
                                       && run.after < place.second
                                       && place.second <= run.after + run.count;
                              }),
                1);
    }
  }
}
