#include "http/form.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace herald;

namespace {

std::string value_of(std::string_view text, std::string_view name) {
  auto fields = form::parse(text);
  auto* found = fields ? fields->find(name) : nullptr;
  if (found == nullptr)
    return "(absent)";
  return found->sound ? found->value : "(unsound)";
}

} // namespace

TEST(a_form, decodes_each_value_once) {
  struct {
    std::string_view text;
    std::string_view value;
  } cases[]{
    {"a=b", "b"},
    {"a=", ""},
    {"a", ""},
    {"b=1", "(absent)"},
    {"", "(absent)"},
    {"&&a=1&", "1"},
    {"a=1&a=2", "1"},
    {"a=x+y", "x y"},
    {"a=%2B", "+"},
    {"a=%252B", "%2B"},
    {"a=%c3%A9", "\xc3\xa9"},
    {"%61=1", "1"},
    {"a=b=c", "b=c"},
    {"a=%", "(unsound)"},
    {"a=%2", "(unsound)"},
    {"a=%zz", "(unsound)"},
    {"a=%ff", "(unsound)"},
    {"a=%c0%80", "(unsound)"},
    {"a=%ed%a0%80", "(unsound)"},
    {"b=%zz&a=1", "1"},
  };
  for (auto& [text, value] : cases)
    EXPECT_EQ(value_of(text, "a"), value) << text;
}

TEST(a_form, has_a_bounded_number_of_fields) {
  std::string text;
  for (size_t i = 0; i < max_form_fields; ++i)
    text += "a=1&";
  EXPECT_TRUE(form::parse(text));
  EXPECT_FALSE(form::parse(text + "a=1"));
}

TEST(utf8, is_told_from_other_bytes) {
  for (auto* good : {"", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                     "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (auto* bad : {"\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\x80",
                    "\xed\xa0\x80", "\xf0\x8f\x80\x80", "\xf4\x90\x80\x80",
                    "\xf5\x80\x80\x80", "\xff", "a\xe2\x82"})
    EXPECT_FALSE(is_utf8(bad)) << bad;
}

TEST(a_target, is_split_into_path_and_query) {
  struct {
    std::string_view target;
    std::string_view path;
    std::string_view query;
  } cases[]{
    {"/hub", "/hub", ""},
    {"/hub?", "/hub", ""},
    {"/hub?a=b?c", "/hub", "a=b?c"},
    {"http://h:1/hub?a=b", "/hub", "a=b"},
    {"https://h", "/", ""},
    {"http://h?a=b", "/", "a=b"},
    {"*", "*", ""},
  };
  for (auto& [target, path, query] : cases) {
    EXPECT_EQ(split_target(target).path, path) << target;
    EXPECT_EQ(split_target(target).query, query) << target;
  }
}

TEST(a_media_type, has_neither_parameters_nor_capitals) {
  EXPECT_EQ(media_type("Application/JSON ; charset=utf-8"), "application/json");
  EXPECT_EQ(media_type("text/plain"), "text/plain");
  EXPECT_EQ(media_type(""), "");
  EXPECT_EQ(media_type("  "), "");
}

TEST(a_glob, matches_with_stars_and_question_marks) {
  struct {
    std::string_view pattern;
    std::string_view text;
    bool matches;
  } cases[]{
    {"*", "", true},           {"*", "a.b", true},
    {"a.*", "a.b.c", true},    {"a.*", "a", false},
    {"a.*", "ab.c", false},    {"*.c", "a.b.c", true},
    {"*.c", "a.b.c.d", false}, {"a?c", "abc", true},
    {"a?c", "ac", false},      {"", "", true},
    {"", "a", false},          {"a*b*c", "a1b2b3c", true},
    {"a*b*c", "a1c2b", false},
  };
  for (auto& [pattern, text, matches] : cases)
    EXPECT_EQ(glob_matches(pattern, text), matches) << pattern << ' ' << text;
}

TEST(a_glob, is_not_slow_for_hostile_patterns) {
  std::string text(2000, 'a');
  EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}
