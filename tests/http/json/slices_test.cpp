#include "http/json/slices.hpp"
#include "http/json/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

using namespace herald;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

namespace {

using parts = std::vector<std::pair<std::string, std::string>>;

parts parts_of(std::string_view text) {
  EXPECT_EQ(json_fault(text), std::nullopt) << text;
  parts result;
  for (json_walk walk{text}; walk.next();)
    result.emplace_back(walk.name(), walk.value());
  return result;
}

std::string nested(size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

} // namespace

TEST(json_slices, are_the_bytes_that_were_sent) {
  EXPECT_THAT(
    parts_of(" [ 1.50 ,1e2,\t\"a\\\"],b\" , {\"x\" : [ 1 , 2 ] } ,[],null]\n"),
    ElementsAre(Pair("", "1.50"), Pair("", "1e2"), Pair("", "\"a\\\"],b\""),
                Pair("", "{\"x\" : [ 1 , 2 ] }"), Pair("", "[]"),
                Pair("", "null")));
  EXPECT_THAT(
    parts_of("{ \"a\" : 12345678901234567890123 , \"b\\u0063\":{\"}\":\"{\"},"
             "\"\":\"\\\\\"}"),
    ElementsAre(Pair("a", "12345678901234567890123"),
                Pair("bc", "{\"}\":\"{\"}"), Pair("", "\"\\\\\"")));
}

TEST(json_slices, are_none_of_what_has_no_parts) {
  for (auto* text : {"{}", " [ ] ", "1", "\"[1]\"", "null"})
    EXPECT_THAT(parts_of(text), IsEmpty()) << text;
}

TEST(json_slices, ignore_a_byte_order_mark) {
  EXPECT_THAT(parts_of("\xef\xbb\xbf[1]"), ElementsAre(Pair("", "1")));
  EXPECT_TRUE(is_json_array("\xef\xbb\xbf[1]"));
  EXPECT_TRUE(is_json_object("\xef\xbb\xbf {}"));
}

TEST(json_slices, of_repeated_members_take_the_last) {
  EXPECT_EQ(json_member(R"({"a":1,"b":2,"\u0061":3})", "a"), "3");
  EXPECT_EQ(json_member(R"({"a":{"b":1}})", "b"), std::nullopt);
  EXPECT_EQ(json_member(R"(["a"])", ""), std::nullopt);
}

TEST(json_slices, read_strings) {
  EXPECT_EQ(json_string(R"("a")"), "a");
  EXPECT_EQ(json_string(R"( "\ud83d\ude00\n\"" )"), "\xf0\x9f\x98\x80\n\"");
  for (auto* text : {"1", "null", "[\"a\"]", "{}"})
    EXPECT_EQ(json_string(text), std::nullopt) << text;
}

TEST(a_json_fault, is_found) {
  using namespace std::string_view_literals;
  for (auto text :
       {""sv, " "sv, "{"sv, "[1,]"sv, "[1] x"sv, "{'a':1}"sv, "\"\xff\""sv,
        "\"\\ud800\""sv, "\"\n\""sv, "[1]\0"sv, "[1]\0,2"sv, "01"sv, "+1"sv})
    EXPECT_NE(json_fault(text), std::nullopt) << text;
  EXPECT_EQ(json_fault("[1,"), "it breaks off or is wrong at byte 4");
}

TEST(a_json_fault, is_too_deep_a_nesting) {
  EXPECT_EQ(json_fault(nested(max_json_depth)), std::nullopt);
  EXPECT_EQ(json_fault(nested(max_json_depth + 1)),
            "it is nested deeper than 256");
  EXPECT_NE(json_fault(std::string(1 << 20, '[')), std::nullopt);
}

// Quadratic work on a million parts would take minutes.
TEST(json_slices, of_a_large_text_take_linear_time) {
  std::string array = "[0";
  std::string object = "{\"a\":0";
  for (int i = 0; i < 500'000; ++i) {
    array += ",{}";
    object += ",\"b\":[[\"]\"]]";
  }
  EXPECT_EQ(parts_of(array + "]").size(), 500'001U);
  EXPECT_EQ(json_member(object + "}", "a"), "0");
}

TEST(json_slices, names_are_compared_as_what_they_stand_for) {
  std::string_view text = R"({"a\u0062":1,"a\\":2,"":3,"ab\"":4})";
  ASSERT_EQ(json_fault(text), std::nullopt);
  EXPECT_EQ(json_member(text, "ab"), "1");
  EXPECT_EQ(json_member(text, "a\\"), "2");
  EXPECT_EQ(json_member(text, ""), "3");
  EXPECT_EQ(json_member(text, "ab\""), "4");
  EXPECT_EQ(json_member(text, "a"), std::nullopt);
}

TEST(json_slices, strings_end_at_their_quote) {
  for (size_t slashes = 0; slashes < 9; slashes += 2) {
    auto text = "[\"" + std::string(slashes, '\\') + "\",\"x\"]";
    ASSERT_EQ(json_fault(text), std::nullopt) << text;
    EXPECT_EQ(parts_of(text).size(), 2u) << text;
    text = "[\"" + std::string(slashes, '\\') + "\\\",\\\"x\"]";
    ASSERT_EQ(json_fault(text), std::nullopt) << text;
    EXPECT_EQ(parts_of(text).size(), 1u) << text;
  }
}
