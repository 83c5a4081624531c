// Pages that are to be found elsewhere (rel=self).
#include "tests/actors/fetcher/fetcher_fixture.hpp"

namespace herald::test {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST_F(a_fetcher, names_the_canonical_url_of_a_topic_and_fetches_it_too) {
  content("1", {{"link", "</canonical>; rel=self"}});
  ping_of({page_url});
  EXPECT_THAT(selves(),
              UnorderedElementsAre(Pair(page_url, "http://pub/canonical"),
                                   Pair("http://pub/canonical", "")));
  EXPECT_EQ(net.fetches().size(), 2u);
  EXPECT_THAT(pings(), IsEmpty());
}

TEST_F(a_fetcher, follows_the_canonical_url_one_step) {
  net.on_fetch = [](const fetch_request& asked) {
    auto next = asked.path == "/feed" ? "</b>; rel=self" : "</c>; rel=self";
    return fetch_reply{answered(200), asked.path, {{"link", next}}};
  };
  ping_of({page_url});
  EXPECT_EQ(net.fetches().size(), 2u);
  EXPECT_THAT(selves(),
              UnorderedElementsAre(Pair(page_url, "http://pub/b"),
                                   Pair("http://pub/b", "http://pub/c")));
}

// A page that has not changed may be the page of a feed that has.
TEST_F(a_fetcher, follows_the_canonical_url_of_a_page_that_has_not_changed) {
  content("1", {{"link", "</canonical>; rel=self"}, {"etag", "\"v1\""}});
  ping_of({page_url});
  ASSERT_EQ(net.fetches().size(), 2u);
  net.on_fetch = [](const fetch_request& asked) {
    return asked.path == "/feed" ? fetched(304, "")
                                 : fetch_reply{answered(200), "2", {}};
  };
  ping_of({page_url});
  EXPECT_THAT(bodies(), ElementsAre("1", "1", "2"));
  EXPECT_THAT(pings(), IsEmpty());
}

TEST_F(a_fetcher, looks_for_links_where_a_neighbour_has_subscribers) {
  somebody_wants("http://pub/other");
  content("1", {{"link", "</other>; rel=self"}});
  ping_of({page_url, "http://elsewhere/feed"});
  ASSERT_EQ(net.fetches().size(), 1u);
  EXPECT_EQ(net.fetches().back().to->host, "pub");
  EXPECT_THAT(bodies(), IsEmpty());
  EXPECT_THAT(pings(), IsEmpty());
}

TEST_F(a_fetcher, knows_a_neighbour_by_its_whole_origin) {
  somebody_wants("http://pub.example/feed");
  somebody_wants("http://pub:81/feed");
  ping_of({page_url});
  EXPECT_THAT(net.fetches(), IsEmpty());
  somebody_wants("http://pub?feed");
  ping_of({page_url});
  EXPECT_EQ(net.fetches().size(), 1u);
  somebody_wants("http://other");
  ping_of({"http://other/feed"});
  EXPECT_EQ(net.fetches().size(), 2u);
}

// Nobody waits for its content; a stranger could let thousands of them wait.
TEST_F(a_fetcher, tries_a_page_once_that_it_fetches_for_its_links) {
  somebody_wants("http://pub/other");
  answer(fetched(503));
  ping_of({page_url});
  EXPECT_EQ(net.fetches().size(), 1u);
  EXPECT_THAT(pings(), IsEmpty());
}

} // namespace herald::test
