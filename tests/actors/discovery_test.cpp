#include "actors/discovery.hpp"
#include "actors/url_reference.hpp"
#include "actors/web_link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include <unistd.h>

namespace herald::test {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view page = "https://blog.example/posts/feed?page=1";
const std::string hub = "https://hub.example/";
const std::string self = "https://blog.example/feed";

/// Gives the tests a small language.
topic_links in_fields(const std::vector<std::string>& links) {
  std::vector<field> fields;
  for (auto& x : links)
    fields.emplace_back("link", x);
  return discover(fields, "", page);
}

topic_links in_document(std::string_view body, std::string_view type = "",
                        std::string_view url = page) {
  std::vector<field> fields;
  if (!type.empty())
    fields.emplace_back("content-type", type);
  return discover(fields, body, url);
}

std::string atom_feed(std::string_view links) {
  return R"(<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <title>Caf&#xE9; &amp; blog</title>
  )" + std::string{links}
         + R"(
  <id>https://blog.example/</id>
  <updated>2026-01-31T12:00:00Z</updated>
  <author><name>Ada</name></author>
  <entry>
    <title>First</title>
    <link rel="self" href="https://blog.example/entry.atom"/>
    <link rel="hub" href="https://entry.example/"/>
    <id>https://blog.example/1</id>
    <updated>2026-01-31T12:00:00Z</updated>
    <content type="html">&lt;link rel="hub" href="https://text.example/"></content>
  </entry>
</feed>
)";
}

std::string rss_feed(std::string_view links) {
  return R"(<?xml version="1.0"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
     xmlns:media="http://search.yahoo.com/mrss/">
<channel>
  <title>Blog</title>
  <link>https://blog.example/</link>
  <description>Posts&nbsp;of &copy; Ada</description>
  )" + std::string{links}
         + R"(
  <item>
    <title>First</title>
    <link>https://blog.example/1</link>
    <atom:link rel="hub" href="https://item.example/"/>
    <description><![CDATA[<link rel="hub" href="https://text.example/">]]></description>
  </item>
</channel>
</rss>
)";
}

std::string html_page(std::string_view head, std::string_view body = "") {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=utf-8>\n"
         "<title>Blog &amp; <link rel=hub href=https://title.example/></title>"
         "\n<script>let a = '<link rel=\"hub\" href=\"https://js.example/\">'"
         "</script>\n"
         + std::string{head} + "\n</head>\n<body>\n" + std::string{body}
         + "\n<article><h1>First</h1><p>Text</article>\n</body></html>\n";
}

constexpr std::string_view hub_and_self
  = R"(<link rel="hub" href="https://hub.example/"/>
       <link rel="self" href="https://blog.example/feed"/>)";

} // namespace

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

TEST(websub, websub_64_link_headers_come_first) {
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

TEST(websub, websub_65_relative_targets_resolve) {
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

// RFC 3986, 5.4.
TEST(url_reference, resolves_the_examples_of_the_standard) {
  std::pair<std::string_view, std::string_view> examples[]
    = {{"g:h", "g:h"},
       {"g", "http://a/b/c/g"},
       {"./g", "http://a/b/c/g"},
       {"g/", "http://a/b/c/g/"},
       {"/g", "http://a/g"},
       {"//g", "http://g"},
       {"?y", "http://a/b/c/d;p?y"},
       {"g?y", "http://a/b/c/g?y"},
       {"#s", "http://a/b/c/d;p?q#s"},
       {"g#s", "http://a/b/c/g#s"},
       {"g?y#s", "http://a/b/c/g?y#s"},
       {";x", "http://a/b/c/;x"},
       {"g;x", "http://a/b/c/g;x"},
       {"g;x?y#s", "http://a/b/c/g;x?y#s"},
       {"", "http://a/b/c/d;p?q"},
       {".", "http://a/b/c/"},
       {"./", "http://a/b/c/"},
       {"..", "http://a/b/"},
       {"../", "http://a/b/"},
       {"../g", "http://a/b/g"},
       {"../..", "http://a/"},
       {"../../", "http://a/"},
       {"../../g", "http://a/g"},
       {"../../../g", "http://a/g"},
       {"../../../../g", "http://a/g"},
       {"/./g", "http://a/g"},
       {"/../g", "http://a/g"},
       {"g.", "http://a/b/c/g."},
       {".g", "http://a/b/c/.g"},
       {"g..", "http://a/b/c/g.."},
       {"..g", "http://a/b/c/..g"},
       {"./../g", "http://a/b/g"},
       {"./g/.", "http://a/b/c/g/"},
       {"g/./h", "http://a/b/c/g/h"},
       {"g/../h", "http://a/b/c/h"},
       {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
       {"g;x=1/../y", "http://a/b/c/y"},
       {"g?y/./x", "http://a/b/c/g?y/./x"},
       {"g?y/../x", "http://a/b/c/g?y/../x"},
       {"g#s/./x", "http://a/b/c/g#s/./x"},
       {"http:g", "http:g"}};
  for (auto& [reference, expected] : examples)
    EXPECT_EQ(resolve_reference("http://a/b/c/d;p?q", reference), expected)
      << reference;
}

TEST(url_reference, changes_no_byte_without_need) {
  for (std::string_view x : {"https://h/a/../b", "HTTPS://H/%7e?x[]=1|2"})
    EXPECT_EQ(resolve_reference("http://a/b", x), x);
  EXPECT_EQ(resolve_reference("http://a/%7e/b", "c?x[]=1"),
            "http://a/%7e/c?x[]=1");
  EXPECT_EQ(resolve_reference("http://a", "b"), "http://a/b");
  EXPECT_EQ(resolve_reference("http://a?q", "b"), "http://a/b");
  EXPECT_EQ(resolve_reference("http://a//b/", "../c"), "http://a//c");
  EXPECT_EQ(resolve_reference("http://a/b#f", ""), "http://a/b");
}

TEST(url_reference, encodes_what_iris_have) {
  EXPECT_EQ(resolve_reference("http://a/", "caf\xc3\xa9 au lait"),
            "http://a/caf%C3%A9%20au%20lait");
}

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

// -- Broken and hostile documents ---------------------------------------------

TEST(discovery, broken_documents_give_what_stands_before_the_break) {
  auto atom = atom_feed(hub_and_self);
  auto links_end = atom.find("<id>");
  for (auto size = links_end; size < atom.size(); size += 7)
    EXPECT_EQ(in_document(std::string_view{atom}.substr(0, size)).self, self);
  EXPECT_EQ(in_document(rss_feed(std::string{hub_and_self}
                                 + "</nonsense><a b>"
                                   "&<<]]>"))
              .self,
            self);
  auto html = html_page(hub_and_self);
  auto head_end = html.find("</head>");
  for (auto size = head_end; size < html.size(); size += 7)
    EXPECT_EQ(in_document(std::string_view{html}.substr(0, size)).self, self);
}

TEST(discovery, laughs_at_a_billion_laughs) {
  std::string text = "<?xml version='1.0'?><!DOCTYPE feed [<!ENTITY a0 'ha'>";
  for (auto i = 1; i < 30; ++i) {
    auto inner = "&a" + std::to_string(i - 1) + ";";
    text += "<!ENTITY a" + std::to_string(i) + " '" + inner + inner + inner
            + inner + inner + inner + inner + inner + inner + inner + "'>";
  }
  text += "]><feed xmlns='http://www.w3.org/2005/Atom'><title>&a29;</title>"
          "<link rel='hub' href='https://hub.example/' title='&a29;'/>"
          "<link rel='self' href='https://blog.example/&a29;'/></feed>";
  auto x = in_document(text);
  EXPECT_THAT(x.hubs, ElementsAre(hub));
  EXPECT_EQ(x.self, "");
}

TEST(discovery, loads_no_external_entity) {
  auto file = std::filesystem::temp_directory_path()
              / ("herald-discovery-" + std::to_string(getpid()));
  std::ofstream{file} << "secret";
  auto at = "file://" + file.string();
  auto text = "<!DOCTYPE feed SYSTEM '" + at + "' [<!ENTITY x SYSTEM '" + at
              + "'><!ENTITY % p SYSTEM '" + at
              + "'> %p; <!ENTITY in 'https://in.example/'>]>"
                "<feed xmlns='http://www.w3.org/2005/Atom'><title>&x;</title>"
                "<link rel='self' href='https://blog.example/&x;'/>"
                "<link rel='hub' href='&in;'/>"
                "<link rel='hub' href='https://hub.example/&amp;&lt;&#x3e;'/>"
                "<link rel='hub' href='https://hub.example/'/></feed>";
  auto x = in_document(text);
  std::filesystem::remove(file);
  EXPECT_THAT(x.hubs, ElementsAre(hub));
  EXPECT_EQ(x.self, "");
}

TEST(discovery, reads_a_bounded_part_of_a_large_body) {
  auto filler = "<!--" + std::string(10 << 20, 'x') + "-->";
  auto atom = atom_feed(std::string{hub_and_self} + filler);
  EXPECT_EQ(in_document(atom).self, self);
  EXPECT_EQ(in_document(atom_feed(filler + std::string{hub_and_self})).self,
            "");
  EXPECT_EQ(in_document(html_page(filler + std::string{hub_and_self})).self,
            "");
}

TEST(discovery, bounds_the_depth) {
  std::string deep = "<feed xmlns='http://www.w3.org/2005/Atom'>";
  for (size_t i = 0; i < 50'000; ++i)
    deep += "<a>";
  EXPECT_THAT(in_document(deep + std::string{hub_and_self}).hubs, IsEmpty());
  std::string html = "<html><head>";
  for (size_t i = 0; i < 10'000; ++i)
    html += "<noscript>";
  for (size_t i = 0; i < 30'000; ++i)
    html += "</x>";
  EXPECT_THAT(in_document(html + std::string{hub_and_self}).hubs, IsEmpty());
}

TEST(discovery, survives_random_bytes) {
  std::mt19937 dice{20260131};
  auto documents = {atom_feed(hub_and_self), rss_feed(hub_and_self),
                    html_page(hub_and_self)};
  auto types = {"", "text/html", "application/atom+xml"};
  for (auto i = 0; i < 300; ++i)
    for (auto text : documents) {
      for (auto hits = dice() % 20; hits > 0; --hits)
        text[dice() % text.size()] = static_cast<char>(dice());
      for (auto type : types)
        for (auto& x : in_document(text, type).hubs)
          EXPECT_TRUE(x.starts_with("http")) << i;
      in_fields({text});
    }
}

} // namespace herald::test
