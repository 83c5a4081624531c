#include "tests/actors/fetcher/discovery_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// -- Atom and RSS -------------------------------------------------------------

TEST(discovery, reads_an_atom_feed) {
  auto x = in_document(atom_feed(hub_and_self), "application/atom+xml");
  EXPECT_THAT(x.hubs, ElementsAre(hub));
  EXPECT_EQ(x.self, self);
}

TEST(discovery, reads_an_rss_feed) {
  auto x = in_document(rss_feed(R"(<atom:link href="https://blog.example/feed"
      rel="self" type="application/rss+xml"/>
    <atom:link rel="hub" href="https://hub.example/"/>)"),
                       "application/rss+xml; charset=UTF-8");
  EXPECT_THAT(x.hubs, ElementsAre(hub));
  EXPECT_EQ(x.self, self);
}

TEST(discovery, reads_plain_links_in_rss) {
  auto x = in_document(rss_feed(hub_and_self), "text/xml");
  EXPECT_THAT(x.hubs, ElementsAre(hub));
  EXPECT_EQ(x.self, self);
}

TEST(discovery, reads_rss_1) {
  auto x = in_document(R"(<rdf:RDF xmlns="http://purl.org/rss/1.0/"
    xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:a="http://www.w3.org/2005/Atom">
    <channel rdf:about="x"><link>https://blog.example/</link>
    <a:link rel="hub" href="https://hub.example/"/></channel>
    <item><a:link rel="self" href="https://item.example/"/></item></rdf:RDF>)");
  EXPECT_THAT(x.hubs, ElementsAre(hub));
  EXPECT_EQ(x.self, "");
}

TEST(discovery, an_entry_may_be_the_document) {
  auto x = in_document(R"(<entry xmlns="http://www.w3.org/2005/Atom">
    <link rel="hub" href="https://hub.example/"/></entry>)");
  EXPECT_THAT(x.hubs, ElementsAre(hub));
}

TEST(discovery, links_may_follow_the_entries) {
  auto x = in_document(R"(<feed xmlns="http://www.w3.org/2005/Atom">
    <entry><source><link rel="hub" href="https://no.example/"/></source></entry>
    <entry><link rel="self" href="https://no.example/"/></entry>
    <link rel="hub" href="https://hub.example/"/></feed>)");
  EXPECT_THAT(x.hubs, ElementsAre(hub));
  EXPECT_EQ(x.self, "");
}

TEST(discovery, other_namespaces_have_other_links) {
  auto x = in_document(
    R"(<rss xmlns:x="http://x.example/" xmlns:atom="http://purl.org/atom/ns#">
    <channel><x:link rel="hub" href="https://a.example/"/>
    <atom:link rel="hub" href="https://b.example/"/>
    <atom10:link xmlns:atom10="http://www.w3.org/2005/Atom" rel="hub"
      href="https://hub.example/"/></channel></rss>)");
  EXPECT_THAT(x.hubs, ElementsAre(hub));
}

TEST(discovery, xml_base_counts) {
  auto x = in_document(R"(<feed xmlns="http://www.w3.org/2005/Atom"
    xml:base="https://base.example/a/"><link xml:base="b/" rel="hub" href="c"/>
    <link rel="self" href="d"/></feed>)");
  EXPECT_THAT(x.hubs, ElementsAre("https://base.example/a/b/c"));
  EXPECT_EQ(x.self, "https://base.example/a/d");
}

TEST(discovery, reads_other_encodings) {
  std::string feed = "<feed xmlns='http://www.w3.org/2005/Atom'><title>x"
                     "</title><link rel='hub' href='https://hub.example/'/>"
                     "</feed>";
  std::string wide = "\xff\xfe";
  for (auto c : feed)
    wide.append(1, c).append(1, '\0');
  EXPECT_THAT(in_document(wide, "application/atom+xml").hubs, ElementsAre(hub));
  EXPECT_THAT(in_document("\xef\xbb\xbf" + feed).hubs, ElementsAre(hub));
  auto latin = "<?xml version='1.0' encoding='ISO-8859-1'?>" + feed;
  latin.replace(latin.find(">x<") + 1, 1, "\xe9");
  EXPECT_THAT(in_document(latin).hubs, ElementsAre(hub));
  auto wrong = feed;
  wrong.replace(wrong.find(">x<") + 1, 1, "\xe9");
  EXPECT_THAT(in_document(wrong).hubs, ElementsAre(hub));
}

// -- HTML ---------------------------------------------------------------------

TEST(discovery, reads_an_html_page) {
  auto x = in_document(html_page(hub_and_self), "text/html; charset=utf-8");
  EXPECT_THAT(x.hubs, ElementsAre(hub));
  EXPECT_EQ(x.self, self);
}

TEST(discovery, reads_sloppy_html) {
  auto x = in_document("<title>x</title><LINK HREF=https://hub.example/ "
                       "REL='Alternate HUB'><link rel=self href='\n"
                       "https://blog.example/feed '><p>Hello",
                       "text/html");
  EXPECT_THAT(x.hubs, ElementsAre(hub));
  EXPECT_EQ(x.self, self);
}

TEST(discovery, links_of_the_body_are_of_guests) {
  constexpr auto guest = "<link rel=hub href=https://guest.example/>";
  for (auto& text :
       {html_page("", guest),
        html_page("", "</body><head>" + std::string{guest}),
        std::string{"<html><title>x</title><article>"} + guest,
        std::string{"<html><title>x</title><x-card>"} + guest,
        std::string{"<html><title>x</title>Hello "} + guest,
        std::string{"<html><head></head>"} + guest, std::string{"<p>"} + guest})
    EXPECT_THAT(in_document(text, "text/html").hubs, IsEmpty()) << text;
}

TEST(discovery, templates_are_inert) {
  auto x = in_document(
    html_page("<template><link rel=hub href=https://no.example/></template>"
              "<noscript><link rel=hub href=https://hub.example/></noscript>"));
  EXPECT_THAT(x.hubs, ElementsAre(hub));
}

TEST(discovery, the_first_html_base_counts_for_all) {
  auto x = in_document(html_page(
    "<link rel=hub href=hub><base target=_top><base href='//cdn.example/a/b'>"
    "<base href=https://no.example/><link rel=self href=feed>"));
  EXPECT_THAT(x.hubs, ElementsAre("https://cdn.example/a/hub"));
  EXPECT_EQ(x.self, "https://cdn.example/a/feed");
}

TEST(discovery, reads_characters_beyond_ascii_in_html) {
  for (std::string charset : {"<meta charset=utf-8>", ""}) {
    auto x = in_document("<html><head>" + charset
                         + "<title>caf\xc3\xa9</title>"
                           "<link rel=self href='/caf\xc3\xa9?a=1&amp;b=2'>");
    EXPECT_EQ(x.self, "https://blog.example/caf%C3%A9?a=1&b=2") << charset;
  }
}

} // namespace herald::test
