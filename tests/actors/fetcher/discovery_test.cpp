#include "actors/fetcher/web_link.hpp"
#include "tests/actors/fetcher/discovery_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// -- Link fields --------------------------------------------------------------

TEST(discovery, reads_one_field_with_two_links) {
  auto x = in_fields({"<https://hub.example/>; rel=\"hub\", "
                      "<https://blog.example/feed>; rel=\"self\""});
  EXPECT_THAT(x.hubs, ElementsAre(hub));
  EXPECT_EQ(x.self, self);
}

TEST(discovery, reads_several_fields_and_keeps_the_order_of_hubs) {
  auto x = in_fields({"<https://b.example/>; rel=hub",
                      "<https://a.example/>;rel=hub,<https://b.example/>;rel="
                      "hub",
                      "<https://blog.example/feed>; rel=self",
                      "<https://blog.example/other>; rel=self"});
  EXPECT_THAT(x.hubs, ElementsAre("https://b.example/", "https://a.example/"));
  EXPECT_EQ(x.self, self);
}

TEST(discovery, reads_the_grammar_of_link_fields) {
  struct {
    std::string_view text;
    std::string_view relations;
    std::string_view url;
  } examples[] = {
    {"<https://h/>; rel=\"hub\"", "hub", "https://h/"},
    {" , ,<https://h/>;rel=hub,", "hub", "https://h/"},
    {"<https://h/>;rel=HUB", "HUB", "https://h/"},
    {"<https://h/>; REL = \"hub\"", "hub", "https://h/"},
    {"<https://h/>; rel=\"\\h\\u\\b\"", "hub", "https://h/"},
    {"<https://h/?a=1,2;b>; title=\"a, \\\"b\\\"; rel=x\"; rel=\"a hub\"",
     "a hub", "https://h/?a=1,2;b"},
    {"<https://h/>; rel=hub; rel=self", "hub", "https://h/"},
    {"<https://h/>;;; type=\"text/html\" ; crossorigin; rel=hub ;", "hub",
     "https://h/"},
    {"<https://h/>; title*=UTF-8''a%20b; rel=hub", "hub", "https://h/"},
    {"<  /x  >; rel=hub", "hub", "https://blog.example/x"},
    {"<https://h/>; rel=\"hub", "hub", "https://h/"},
  };
  for (auto& x : examples) {
    auto links = field_links(x.text, page);
    ASSERT_THAT(links, SizeIs(1)) << x.text;
    EXPECT_EQ(links[0].relations, x.relations) << x.text;
    EXPECT_EQ(links[0].url, x.url) << x.text;
  }
}

TEST(discovery, relation_types_are_words_in_any_case) {
  for (auto text : {"hub", "HUB", " Hub ", "next hub", "hub\tself", "a\nhub"})
    EXPECT_TRUE(has_relation({text, ""}, "hub")) << text;
  for (auto text : {"", " ", "hubs", "ahub", "hub,self", "http://x/hub"})
    EXPECT_FALSE(has_relation({text, ""}, "hub")) << text;
}

TEST(discovery, ignores_links_of_something_else) {
  auto x
    = in_fields({"<https://a.example/>; rel=hub; anchor=\"https://o.example/\"",
                 "<https://b.example/>; anchor=\"#part\"; rel=hub",
                 "<https://c.example/>; rev=hub", "<https://d.example/>",
                 "<https://e.example/>; title=\"x\"; rel=next"});
  EXPECT_THAT(x.hubs, IsEmpty());
}

TEST(discovery, broken_fields_give_what_stands_before_the_break) {
  auto x = in_fields({"<https://a.example/>; rel=hub, https://x; rel=hub",
                      "<https://b.example/; rel=hub", "<", "", ",", "rel=hub",
                      "<https://c.example/>; rel=hub"});
  EXPECT_THAT(x.hubs, ElementsAre("https://a.example/", "https://c.example/"));
}

// -- What counts --------------------------------------------------------------

TEST(discovery, link_fields_come_first) {
  std::vector<field> fields{{"content-type", "application/atom+xml"},
                            {"link", "<https://field.example/hub>; rel=hub"},
                            {"link", "<https://field.example/feed>; rel=self"}};
  auto x = discover(fields, atom_feed(hub_and_self), page);
  EXPECT_THAT(x.hubs, ElementsAre("https://field.example/hub"));
  EXPECT_EQ(x.self, "https://field.example/feed");
}

TEST(discovery, takes_from_the_document_what_fields_do_not_name) {
  std::vector<field> fields{{"content-type", "application/atom+xml"},
                            {"link", "<https://field.example/hub>; rel=hub"}};
  auto x = discover(fields, atom_feed(hub_and_self), page);
  EXPECT_THAT(x.hubs, ElementsAre("https://field.example/hub"));
  EXPECT_EQ(x.self, self);
  fields[1].second = "<https://field.example/feed>; rel=self";
  x = discover(fields, atom_feed(hub_and_self), page);
  EXPECT_THAT(x.hubs, ElementsAre(hub));
  EXPECT_EQ(x.self, "https://field.example/feed");
}

TEST(discovery, ignores_what_is_no_web_url) {
  auto x = in_fields(
    {"<ftp://hub.example/>; rel=hub", "<mailto:a@b>; rel=hub",
     "<javascript:alert(1)>; rel=hub", "<https://u:p@hub.example/>; rel=hub",
     "<https://hub.example/#x>; rel=hub", "<https://hub.example:0/>; rel=hub",
     "<" + hub + std::string(2048, 'x') + ">; rel=hub",
     "<https://hub.example/>; rel=hub", "<file:///etc/passwd>; rel=self",
     "<feed>; rel=self"});
  EXPECT_THAT(x.hubs, ElementsAre(hub));
  EXPECT_EQ(x.self, "https://blog.example/posts/feed");
}

TEST(discovery, keeps_a_bounded_number_of_hubs) {
  std::string value;
  for (auto i = 0; i < 1000; ++i)
    value += "<https://hub.example/" + std::to_string(i) + ">; rel=hub, ";
  EXPECT_THAT(in_fields({value}).hubs, SizeIs(max_discovered_hubs));
}

// -- References ---------------------------------------------------------------

TEST(discovery, relative_targets_resolve) {
  auto x = in_fields(
    {"</hub>; rel=hub", "<//hub.example/>; rel=hub", "<../feed>; rel=self"});
  EXPECT_THAT(x.hubs, ElementsAre("https://blog.example/hub", hub));
  EXPECT_EQ(x.self, self);
  x = in_document(atom_feed(R"(<link rel="hub" href="/hub"/>
                               <link rel="self" href="?page=2&amp;x=1"/>)"));
  EXPECT_THAT(x.hubs, ElementsAre("https://blog.example/hub"));
  EXPECT_EQ(x.self, "https://blog.example/posts/feed?page=2&x=1");
  x = in_document(html_page("<link rel=hub href=hub><link rel=self href=.>"));
  EXPECT_THAT(x.hubs, ElementsAre("https://blog.example/posts/hub"));
  EXPECT_EQ(x.self, "https://blog.example/posts/");
}

// -- Which kind ---------------------------------------------------------------

TEST(discovery, tells_documents_by_themselves) {
  for (auto type : {"", "text/plain", "application/octet-stream", "nonsense"}) {
    EXPECT_EQ(in_document(atom_feed(hub_and_self), type).self, self) << type;
    EXPECT_EQ(in_document(rss_feed(hub_and_self), type).self, self) << type;
    EXPECT_EQ(in_document(html_page(hub_and_self), type).self, self) << type;
  }
}

TEST(discovery, believes_the_root_more_than_the_type) {
  EXPECT_EQ(in_document(atom_feed(hub_and_self), "text/html").self, self);
  EXPECT_EQ(in_document(rss_feed(hub_and_self), "text/html").self, self);
  EXPECT_EQ(in_document(html_page(hub_and_self), "text/xml").self, self);
}

TEST(discovery, reads_xhtml) {
  auto text = R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- a <rss> comment -->
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "xhtml1.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title>)"
              + std::string{hub_and_self} + "</head><body/></html>";
  for (auto type : {"", "application/xhtml+xml", "application/xml"})
    EXPECT_EQ(in_document(text, type).self, self) << type;
}

TEST(discovery, finds_nothing_in_other_things) {
  for (auto text : {"", " ", "<", "<>", "< >", "{\"rel\":\"hub\"}", "hello",
                    "\x89PNG\r\n\x1a\n", "<!", "<!--", "<?", "<?xml", "<!x[",
                    "<?xml?>", "<rss", "<rss>", "<html", "<html><head>"})
    for (auto type : {"", "text/html", "text/xml", "application/json"}) {
      auto x = in_document(text, type);
      EXPECT_THAT(x.hubs, IsEmpty()) << text;
      EXPECT_EQ(x.self, "") << text;
    }
}

} // namespace herald::test
