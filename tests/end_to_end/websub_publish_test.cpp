// Publishing: light pings, the fetch that follows, fat pings.
#include "tests/end_to_end/support/fixture.hpp"
#include "tests/end_to_end/support/websub.hpp"

#include <atomic>

using namespace herald::end_to_end;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

namespace {

const std::string atom_type = "application/atom+xml; charset=\"utf-8\"";

reply page(const std::string& body, field_list more = {}) {
  more.emplace_back("Content-Type", atom_type);
  return reply_with(200, body, std::move(more));
}

std::string ping(const std::string& topic) {
  return "hub.mode=publish&hub.url=" + percent_encode(topic);
}

} // namespace

TEST_F(websub, websub_46_light_pings_in_every_form_that_publishers_send) {
  start();
  receiver site;
  receiver to;
  site.on_challenge(always(page("<feed/>")));
  auto a = site.url("/a");
  auto b = site.url("/b?x=1");
  auto c = site.url("/c");
  for (auto& topic : {a, b, c})
    subscribe(topic, to.url());
  auto e = [](const std::string& text) { return percent_encode(text); };
  auto seen = size_t{0};
  for (auto& form : {"hub.mode=publish&hub.url=" + e(a) + "&hub.url=" + e(b)
                       + "&hub.url=" + e(c),
                     "hub.mode=publish&hub.topic=" + e(a) + "&hub.topic=" + e(b)
                       + "&hub.topic=" + e(c),
                     "hub.mode=publish&hub.url%5B%5D=" + e(a)
                       + "&hub.url[]=" + e(b) + "&hub.url[]=" + e(c),
                     "hub.mode=publish&hub.url=" + e(a + "," + b + "," + c)}) {
    auto answer = hub_form(form);
    EXPECT_EQ(answer.status(), 204) << answer.body;
    EXPECT_EQ(answer.body, "");
    seen += 3;
    ASSERT_TRUE(site.wait_for_challenges(seen)) << form;
  }
  ASSERT_TRUE(to.wait_for_deliveries(3));
  expect_refused(hub_form("hub.mode=publish"), "hub.url");
  expect_refused(hub_form("hub.url=" + e(a)), "hub.mode");
  expect_refused(hub_form("hub.mode=publish&hub.url=ftp://x/"), "hub.url");
}

TEST_F(websub, websub_46_a_ping_that_was_answered_survives_a_kill) {
  start();
  receiver site;
  receiver to;
  auto topic = site.url("/feed");
  subscribe(topic, to.url());
  std::atomic<bool> up{false};
  site.on_challenge(
    [&](const http_message&) { return up ? page("<feed/>") : reply::hang(); });
  ASSERT_EQ(hub_form(ping(topic)).status(), 204);
  ASSERT_TRUE(site.wait_for_challenges(1));
  node().kill();
  up = true;
  node().start();
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].body, "<feed/>");
}

TEST_F(websub, websub_47_fetches_conditionally_and_spreads_what_changed) {
  start();
  receiver site;
  receiver to;
  receiver other;
  auto topic = site.url("/feed");
  subscribe(topic, to.url());
  subscribe(topic, other.url());
  auto dated = "Mon, 23 Nov 2026 10:00:00 GMT";
  site.on_challenge(
    in_turn({page("<one/>", {{"ETag", "\"1\""}, {"Last-Modified", dated}}),
             reply_with(304), page("<one/>"), page("<two/>")}));
  for (size_t i = 1; i <= 4; ++i) {
    ASSERT_EQ(hub_form(ping(topic)).status(), 204);
    ASSERT_TRUE(site.wait_for_challenges(i));
  }
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_THAT(bodies_of(to.deliveries()),
              UnorderedElementsAre("<one/>", "<two/>"));
  EXPECT_EQ(to.deliveries()[0].field("Content-Type"), atom_type);
  auto asked_for = site.challenges();
  EXPECT_EQ(asked_for[0].word(0), "GET");
  EXPECT_EQ(asked_for[0].word(1), "/feed");
  EXPECT_EQ(asked_for[0].field("X-Hub-Subscribers"), "2");
  EXPECT_EQ(asked_for[0].count("If-None-Match"), 0u);
  for (size_t i : {1u, 2u}) {
    EXPECT_EQ(asked_for[i].field("If-None-Match"), "\"1\"");
    EXPECT_EQ(asked_for[i].field("If-Modified-Since"), dated);
  }
  EXPECT_EQ(asked_for[3].count("If-None-Match"), 0u);
}

TEST_F(websub, websub_47_content_goes_out_byte_for_byte) {
  start();
  receiver site;
  receiver to;
  std::string bytes;
  for (int i = 0; i < 256; ++i)
    bytes += static_cast<char>(i);
  auto topic = site.url("/feed");
  subscribe(topic, to.url());
  site.on_challenge(
    always(reply_with(200, bytes, {{"Content-Type", "x/y;  a=\"b\""}})));
  hub_form(ping(topic));
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].body, bytes);
  EXPECT_EQ(to.deliveries()[0].field("Content-Type"), "x/y;  a=\"b\"");
}

TEST_F(websub, websub_47_with_nobody_subscribed_nothing_is_fetched) {
  start();
  receiver site;
  receiver to;
  site.on_challenge(always(page("<feed/>")));
  EXPECT_EQ(hub_form(ping(site.url("/unwanted"))).status(), 204);
  subscribe(site.url("/wanted"), to.url());
  EXPECT_EQ(hub_form(ping(site.url("/wanted"))).status(), 204);
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_THAT(targets_of(site.challenges()), ElementsAre("/wanted"));
}

TEST_F(websub, websub_47_a_failed_fetch_is_tried_again_and_never_redirected) {
  start();
  receiver site;
  receiver to;
  auto topic = site.url("/feed");
  subscribe(topic, to.url());
  site.on_challenge(in_turn(
    {reply_with(503), reply_with(302, "", {{"Location", site.url("/else")}}),
     reply::close()},
    always(page("<feed/>"))));
  hub_form(ping(topic));
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_THAT(targets_of(site.challenges()),
              ElementsAre("/feed", "/feed", "/feed", "/feed"));
}

TEST_F(websub, websub_47_a_topic_over_the_size_limit_is_not_spread) {
  start_with({"--events-max-body", "1KiB"});
  receiver site;
  receiver to;
  auto large = site.url("/large");
  auto small = site.url("/small");
  subscribe(large, to.url());
  subscribe(small, to.url());
  site.on_challenge([](const http_message& request) {
    return page(std::string(request.word(1) == "/large" ? 1025 : 1024, 'x'));
  });
  hub_form(ping(large));
  ASSERT_TRUE(site.wait_for_challenges(2)); // It is even tried again.
  hub_form(ping(small));
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].body.size(), 1024u);
}

TEST_F(websub, websub_47_pings_during_a_fetch_become_one_more_fetch) {
  start();
  receiver site;
  receiver to;
  auto topic = site.url("/feed");
  subscribe(topic, to.url());
  site.on_challenge(held(in_turn({page("<one/>")}, always(page("<two/>")))));
  hub_form(ping(topic));
  ASSERT_TRUE(site.wait_for_challenges(1));
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(hub_form(ping(topic)).status(), 204);
  site.release();
  ASSERT_TRUE(site.wait_for_challenges(2));
  site.release();
  ASSERT_TRUE(to.wait_for_deliveries(2));
  stop();
  EXPECT_EQ(site.challenges().size(), 2u);
}

TEST_F(websub, websub_48_one_ping_may_name_several_topics) {
  start();
  receiver site;
  receiver to;
  site.on_challenge([](const http_message& request) {
    return page("content of " + request.word(1));
  });
  subscribe(site.url("/a"), to.url("/1"));
  subscribe(site.url("/b"), to.url("/2"));
  hub_form(ping(site.url("/a")) + "&hub.url=" + percent_encode(site.url("/b")));
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_THAT(bodies_of(to.deliveries()),
              UnorderedElementsAre("content of /a", "content of /b"));
}

TEST_F(websub, websub_49_fat_publish_takes_the_content_from_the_body) {
  start();
  receiver to;
  subscribe(feed, to.url());
  auto answer = post("/hub?hub.mode=publish&hub.topic=" + percent_encode(feed),
                     atom_type, "<fat/>");
  EXPECT_EQ(answer.status(), 204);
  EXPECT_EQ(answer.body, "");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].body, "<fat/>");
  EXPECT_EQ(to.deliveries()[0].field("Content-Type"), atom_type);
}

TEST_F(websub, websub_66_the_self_link_of_a_topic_is_its_canonical_url) {
  start();
  receiver site;
  receiver to;
  auto topic = site.url("/feed?utm=1");
  subscribe(topic, to.url());
  site.on_challenge(always(page("<feed xmlns='http://www.w3.org/2005/Atom'>"
                                "<link rel='self' href='/feed'/></feed>")));
  hub_form(ping(topic));
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].field("Link"),
            "<" + site.url("/feed") + ">; rel=\"self\", <" + node().url("/hub")
              + ">; rel=\"hub\"");
}
