#include "tests/actors/fetcher/discovery_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include <unistd.h>

namespace herald::test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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
