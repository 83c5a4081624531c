#pragma once

#include "actors/fetcher/discovery.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Gives the tests of discovery a small language.

namespace herald::test {

inline constexpr std::string_view page
  = "https://blog.example/posts/feed?page=1";
inline const std::string hub = "https://hub.example/";
inline const std::string self = "https://blog.example/feed";

inline topic_links in_fields(const std::vector<std::string>& links) {
  std::vector<field> fields;
  for (auto& x : links)
    fields.emplace_back("link", x);
  return discover(fields, "", page);
}

inline topic_links in_document(std::string_view body,
                               std::string_view type = "",
                               std::string_view url = page) {
  std::vector<field> fields;
  if (!type.empty())
    fields.emplace_back("content-type", type);
  return discover(fields, body, url);
}

inline std::string atom_feed(std::string_view links) {
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

inline std::string rss_feed(std::string_view links) {
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

inline std::string html_page(std::string_view head,
                             std::string_view body = "") {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=utf-8>\n"
         "<title>Blog &amp; <link rel=hub href=https://title.example/></title>"
         "\n<script>let a = '<link rel=\"hub\" href=\"https://js.example/\">'"
         "</script>\n"
         + std::string{head} + "\n</head>\n<body>\n" + std::string{body}
         + "\n<article><h1>First</h1><p>Text</article>\n</body></html>\n";
}

inline constexpr std::string_view hub_and_self
  = R"(<link rel="hub" href="https://hub.example/"/>
       <link rel="self" href="https://blog.example/feed"/>)";

} // namespace herald::test
