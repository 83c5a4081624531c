#include "tests/http/front_end/reading_fixture.hpp"

#include <gmock/gmock.h>

using namespace herald;
using namespace herald::test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(a_reading_front_end, lists_the_events_of_all_logs_in_their_order) {
  auto first = store("a", "{}", 1);
  store("d", "{}", 2);
  store("b", "{}", 3);
  store("c", "{}", 4);
  ASSERT_GT(disk->logs[0].events.size(), 0u);
  ASSERT_GT(disk->logs[1].events.size(), 0u);
  start();
  auto page = body_of(get("/events"));
  EXPECT_THAT(all(page, "topic"), ElementsAre("a", "d", "b", "c"));
  EXPECT_TRUE(page["next"].is_null());
  EXPECT_EQ(page["items"][0], (json{{"id", first.id},
                                    {"topic", "a"},
                                    {"log", first.log},
                                    {"sequence", first.seq},
                                    {"accepted_at", "2023-11-14T22:13:20.001Z"},
                                    {"content_type", "application/json"},
                                    {"size", 2}}));
}

TEST_F(a_reading_front_end, goes_on_behind_a_cursor) {
  for (int i = 0; i < 7; ++i)
    store(i % 2 == 0 ? "a" : "d", "{}", i);
  start();
  std::vector<std::string> seen;
  std::string after;
  for (int pages = 0; pages < 10; ++pages) {
    auto page = body_of(get("/events?limit=3&after=" + after));
    for (auto& id : all(page, "accepted_at"))
      seen.push_back(id);
    EXPECT_EQ(page["next"].is_null() ? page["cursor"] : page["next"],
              page["cursor"]);
    after = page["cursor"];
    if (page["next"].is_null())
      break;
  }
  EXPECT_THAT(seen, SizeIs(7));
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_THAT(body_of(get("/events?after=" + after))["items"], IsEmpty());
  store("a", "{}", 9);
  EXPECT_THAT(body_of(get("/events?after=" + after))["items"], SizeIs(1))
    << "the cursor of the end is one, too";
}

TEST_F(a_reading_front_end, knows_the_end_when_the_last_page_is_full) {
  store("a");
  store("a");
  start();
  auto page = body_of(get("/events?limit=2"));
  EXPECT_THAT(page["items"], SizeIs(2));
  EXPECT_TRUE(page["next"].is_null());
}

TEST_F(a_reading_front_end, filters_like_a_subscription) {
  for (auto* topic : {"UN.Cefact", "un.cefact.trade", "un.cefacts", "un",
                      "http://h/un.cefact", "herald.ping"})
    store(topic);
  start();
  EXPECT_THAT(all(body_of(get("/events?topic=un.CEFACT.*")), "topic"),
              ::testing::UnorderedElementsAre("UN.Cefact", "un.cefact.trade"));
  EXPECT_THAT(all(body_of(get("/events?topic=http://h/un.cefact")), "topic"),
              ElementsAre("http://h/un.cefact"));
  EXPECT_THAT(body_of(get("/events?topic=*"))["items"], SizeIs(4));
  EXPECT_THAT(body_of(get("/events?topic=herald.ping"))["items"], IsEmpty());
}

TEST_F(a_reading_front_end, looks_at_so_many_events_and_no_more) {
  options.max_events_scanned = 10;
  options.max_read = 4;
  for (int i = 0; i < 25; ++i)
    store("a");
  store("b.c");
  start();
  std::string after;
  std::vector<size_t> found;
  for (json page; page.is_null() || !page["next"].is_null();) {
    page = body_of(get("/events?topic=b&after=" + after));
    found.push_back(page["items"].size());
    after = page["cursor"];
    ASSERT_LT(found.size(), 10u);
  }
  EXPECT_THAT(found, ElementsAre(0, 0, 1));
}

TEST_F(a_reading_front_end, starts_at_the_oldest_event_that_is_kept) {
  auto old = store("a");
  store("a");
  db->trim(old.log, old.seq, 10).value();
  start();
  EXPECT_THAT(body_of(get("/events"))["items"], SizeIs(1));
}

TEST_F(a_reading_front_end, refuses_senseless_listings_of_events) {
  start();
  for (auto* query :
       {"after=x", "after=1", "after=1.0", "after=1.0.0.0", "limit=0",
        "limit=1001", "topic=a..b", "topic=%ff", "after=1.0.-1"}) {
    auto asked = get(std::string{"/events?"} + query);
    EXPECT_EQ(asked->status(), 400u) << query;
    EXPECT_EQ(body_of(asked)["field"],
              std::string(query).substr(0, std::string(query).find('=')));
  }
}

TEST_F(a_reading_front_end, tells_when_the_logs_cannot_be_read) {
  store("a");
  start();
  disk->fault = [](std::string_view, fault_at) {
    return fail(errc::unavailable, "the disk is gone");
  };
  for (auto* target : {"/events", "/events/x"})
    EXPECT_EQ(get(target)->status(), 503u) << target;
}
