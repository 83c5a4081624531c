#include "tests/actors/fetcher/fetcher_fixture.hpp"

namespace herald::test {

using namespace std::chrono_literals;
using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(a_fetcher, publishes_what_it_fetched_byte_for_byte) {
  auto body = "<feed>\r\n\0</feed>"s;
  content(body, {{"content-type", "application/atom+xml"}});
  EXPECT_FALSE(ping_of({page_url}));
  EXPECT_THAT(bodies(), ElementsAre(body));
  EXPECT_EQ(last_event().topic, page_url);
  EXPECT_EQ(last_event().content_type, "application/atom+xml");
  EXPECT_EQ(last_event().self, "");
  EXPECT_EQ(asked_for("X-Hub-Subscribers"), "1");
  EXPECT_EQ(net.fetches().back().to->host, "pub");
  EXPECT_EQ(net.fetches().back().path, "/feed");
  EXPECT_EQ(net.fetches().back().max_body, 1000u);
  EXPECT_THAT(pings(), IsEmpty());
}

TEST_F(a_fetcher, asks_with_the_validators_of_last_time) {
  content("1", {{"etag", "\"a\""}, {"last-modified", "yesterday"}});
  ping_of({page_url});
  EXPECT_EQ(asked_for("If-None-Match"), "-");
  answer(fetched(304));
  restart();
  ping_of({page_url});
  EXPECT_EQ(asked_for("If-None-Match"), "\"a\"");
  EXPECT_EQ(asked_for("If-Modified-Since"), "yesterday");
  EXPECT_THAT(bodies(), ElementsAre("1"));
  EXPECT_THAT(pings(), IsEmpty());
}

TEST_F(a_fetcher, spreads_only_what_changed) {
  content("1");
  ping_of({page_url});
  content("1", {{"etag", "\"new\""}});
  ping_of({page_url});
  EXPECT_THAT(bodies(), ElementsAre("1"));
  EXPECT_EQ(disk->logs[0].contents.at(page_url).etag, "\"new\"");
}

TEST_F(a_fetcher, takes_an_older_state_for_a_change) {
  for (auto body : {"1", "2", "1"}) {
    content(body);
    ping_of({page_url});
  }
  EXPECT_THAT(bodies(), ElementsAre("1", "2", "1"));
}

TEST_F(a_fetcher, fetches_nothing_that_nobody_wants) {
  content("1");
  ping_of({page_url});
  registry->who.clear();
  EXPECT_FALSE(ping_of({page_url, "http://pub/other"}));
  EXPECT_EQ(net.fetches().size(), 1u);
  EXPECT_THAT(pings(), IsEmpty());
  EXPECT_THAT(disk->logs[0].contents, IsEmpty());
}

TEST_F(a_fetcher, notes_a_ping_before_it_answers) {
  fail_next("note_pings", fault_at::before, errc::full, 1);
  content("1");
  EXPECT_EQ(code_of(ping_of({page_url})), errc::full);
  EXPECT_THAT(net.fetches(), IsEmpty());
  EXPECT_FALSE(ping_of({page_url}));
  EXPECT_THAT(bodies(), ElementsAre("1"));
}

TEST_F(a_fetcher, fetches_after_a_restart_what_it_owes) {
  ping_of({page_url}); // Nobody answers.
  ASSERT_EQ(net.fetches().size(), 1u);
  ASSERT_TRUE(pings().contains(page_url));
  content("1");
  restart();
  EXPECT_THAT(bodies(), ElementsAre("1"));
}

TEST_F(a_fetcher, publishes_once_though_a_crash_hides_the_end) {
  content("1");
  fail_next("settle_fetch", fault_at::before, errc::unavailable, 1);
  ping_of({page_url});
  EXPECT_THAT(bodies(), ElementsAre("1"));
  ASSERT_TRUE(pings().contains(page_url));
  restart();
  EXPECT_EQ(net.fetches().size(), 2u);
  EXPECT_THAT(bodies(), ElementsAre("1"));
  EXPECT_THAT(pings(), IsEmpty());
}

TEST_F(a_fetcher, coalesces_pings_while_it_fetches) {
  ping_of({page_url});
  for (int i = 0; i < 5; ++i)
    EXPECT_FALSE(ping_of({page_url}));
  ASSERT_EQ(net.fetches().size(), 1u);
  content("2");
  net.release_fetch(0, fetched(200, "1"));
  run();
  EXPECT_EQ(net.fetches().size(), 2u);
  EXPECT_THAT(bodies(), ElementsAre("1", "2"));
  EXPECT_THAT(pings(), IsEmpty());
}

TEST_F(a_fetcher, tries_failed_fetches_again_on_the_schedule) {
  answer(fetched(503));
  ping_of({page_url});
  EXPECT_EQ(pings().at(page_url).attempts, 1u);
  advance(4'999ms);
  EXPECT_EQ(net.fetches().size(), 1u);
  answer(not_fetched(failure::connect));
  advance(1ms);
  EXPECT_EQ(net.fetches().size(), 2u);
  content("1");
  restart();
  EXPECT_EQ(net.fetches().size(), 2u);
  advance(30s);
  EXPECT_THAT(bodies(), ElementsAre("1"));
}

TEST_F(a_fetcher, waits_as_long_as_it_is_asked_to) {
  auto reply = fetched(429);
  reply.outcome.retry_after = "60";
  answer(reply);
  ping_of({page_url});
  advance(59s);
  EXPECT_EQ(net.fetches().size(), 1u);
  advance(1s);
  EXPECT_EQ(net.fetches().size(), 2u);
}

TEST_F(a_fetcher, gives_up_after_the_maximum_age_or_when_the_topic_is_gone) {
  answer(fetched(500));
  ping_of({page_url});
  for (int i = 0; i < 40; ++i)
    advance(4h);
  EXPECT_THAT(pings(), IsEmpty());
  EXPECT_LE(net.fetches().size(), 20u);
  answer(fetched(410));
  ping_of({page_url});
  EXPECT_THAT(pings(), IsEmpty());
}

TEST_F(a_fetcher, does_not_follow_redirects) {
  answer(fetched(301));
  ping_of({page_url});
  EXPECT_THAT(bodies(), IsEmpty());
  EXPECT_TRUE(pings().contains(page_url));
}

TEST_F(a_fetcher, passes_on_how_many_nodes_the_news_came_through) {
  content("1", {{"link", "</canonical>; rel=self"}});
  ping_of({page_url}, 3);
  EXPECT_THAT(hops_of_events(), ElementsAre("3", "3"));
  content("2");
  ping_of({page_url});
  EXPECT_THAT(hops_of_events(), ElementsAre("3", "3", "-"));
}

TEST_F(a_fetcher, knows_after_a_restart_how_far_the_news_came) {
  ping_of({page_url}, 3); // Nobody answers.
  EXPECT_EQ(pings().at(page_url).hops, 3u);
  content("1");
  restart();
  EXPECT_THAT(hops_of_events(), ElementsAre("3"));
}

TEST_F(a_fetcher, counts_the_farthest_of_the_pings_that_it_coalesces) {
  ping_of({page_url}, 1);
  ping_of({page_url}, 5);
  ping_of({page_url}, 2);
  content("2");
  net.release_fetch(0, fetched(200, "1"));
  run();
  EXPECT_THAT(hops_of_events(), ElementsAre("1", "5"));
}

TEST_F(a_fetcher, goes_on_after_the_engine_failed_and_counts_no_attempt) {
  content("1");
  fail_next("content", fault_at::before, errc::unavailable, 2);
  ping_of({page_url});
  EXPECT_THAT(net.fetches(), IsEmpty());
  advance(1s);
  advance(1s);
  EXPECT_THAT(bodies(), ElementsAre("1"));
}

TEST_F(a_fetcher, bounds_what_is_fetched_at_once_and_what_waits) {
  kill(aut);
  limits.open = 2;
  limits.topics = 4;
  make();
  EXPECT_FALSE(ping_of({"http://a/", "http://b/", "http://c/", "http://d/"}));
  EXPECT_EQ(net.fetches().size(), 2u);
  EXPECT_EQ(code_of(ping_of({"http://e/"})), errc::overloaded);
  net.release_fetch(0, fetched(200, "x"));
  run();
  EXPECT_EQ(net.fetches().size(), 3u);
  EXPECT_FALSE(ping_of({"http://e/"}));
}

TEST_F(a_fetcher, notes_in_groups_what_comes_together) {
  size_t notes = 0;
  disk->fault = [&](std::string_view call, fault_at when) {
    notes += call == "note_pings" && when == fault_at::before;
    return caf::error{};
  };
  content("1");
  for (int i = 0; i < 10; ++i)
    self->send(aut, atom::ping_v,
               std::vector{"http://pub/" + std::to_string(i)}, uint32_t{0},
               false);
  run();
  EXPECT_LE(notes, 2u);
  EXPECT_EQ(bodies().size(), 10u);
}

TEST_F(a_fetcher, drain_takes_and_begins_nothing_more) {
  ping_of({page_url});
  EXPECT_TRUE(ask<atom::done>(aut, atom::drain_v));
  EXPECT_EQ(code_of(ping_of({"http://x/"})), errc::stopping);
  content("1");
  net.release_fetch(0, fetched(200, "1"));
  run();
  EXPECT_TRUE(ask<atom::done>(aut, atom::drain_v));
}

} // namespace herald::test
