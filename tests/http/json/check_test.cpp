#include "http/json/check.hpp"
#include "http/json/slices.hpp"
#include "http/json/text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

using namespace herald;

namespace {

std::string nested(size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

// Changes, doubles or takes away a few bytes: most of it is nearly JSON.
std::string mutated(std::string text, std::minstd_rand& random) {
  constexpr std::string_view likely
    = "{}[]\",:\\ue0-+.19dD8\x80\xc0\xed\xa0\xf4 ";
  for (auto left = 1 + random() % 3; left > 0 && !text.empty(); --left) {
    auto at = random() % text.size();
    switch (random() % 3) {
      case 0:
        text[at] = likely[random() % likely.size()];
        break;
      case 1:
        text.insert(at, text.substr(at, random() % 8));
        break;
      default:
        text.erase(at, 1 + random() % 3);
    }
  }
  return text;
}

} // namespace

TEST(json_check, knows_what_is_json) {
  for (auto* text :
       {"{}", " [1, -2.5e3, true, false, null] ", "\"a\"", "0", "{\"a\":{}}",
        "\"\\u00e9\\ud83d\\ude00\\n\"", "{\"a\":1,\"a\":2}", "\t\r\n [] \n"})
    EXPECT_TRUE(is_surely_json(text)) << text;
}

TEST(json_check, takes_nothing_that_is_none) {
  for (std::string text : {"",
                           " ",
                           "{",
                           "[1,]",
                           "{\"a\"}",
                           "nul",
                           "01",
                           "1 2",
                           "'a'",
                           "\"\x01\"",
                           "\"\\x\"",
                           "\"\\ud800\"",
                           "\"\xed\xa0\x80\"",
                           "\"\xc0\x80\"",
                           "\"\xff\"",
                           "[1]]",
                           "NaN",
                           "+1",
                           "1.",
                           ".5",
                           "{1:2}"})
    EXPECT_FALSE(is_surely_json(text)) << text;
}

TEST(json_check, goes_as_deep_as_is_allowed) {
  EXPECT_FALSE(is_surely_json(nested(max_json_depth + 1)));
  EXPECT_TRUE(is_surely_json(nested(max_json_depth - 1)));
  EXPECT_FALSE(is_surely_json(nested(100'000)));
}

TEST(json_check, a_large_text_is_checked_like_a_small_one) {
  auto large = "{\"a\":\"" + std::string(1'000'000, 'x') + "\"}";
  EXPECT_TRUE(is_surely_json(large));
  large[500'000] = '"';
  EXPECT_FALSE(is_surely_json(large));
  EXPECT_TRUE(is_surely_json("{}"));
}

// The two parsers are held against each other; what only the slow one takes is
// left to it.
TEST(json_check, agrees_with_the_parser) {
  auto* given = std::getenv("HERALD_SEED");
  auto seed = given != nullptr ? std::strtoul(given, nullptr, 10) : 1ul;
  std::minstd_rand random{static_cast<uint32_t>(seed)};
  const std::vector<std::string> texts{
    R"({"topic":"a.b","data":{"x":[1,2.5e-3,-0,"\"\\\u00e9"],"y":null}})",
    R"([{"id":"1","ok":true},{"id":"2","ok":false},"\ud83d\ude00",1e10])",
    "\"\xf0\x9f\x98\x80 \xc3\xa9 \xe2\x82\xac\"",
    R"({"a":{"b":{"c":{"d":[[[[]]]]}}}})", "123456789012345678901234567890"};
  size_t taken = 0;
  for (size_t i = 0; i < 40'000; ++i) {
    auto text = mutated(texts[i % texts.size()], random);
    if (text.find('\0') != std::string::npos || !is_surely_json(text))
      continue;
    ++taken;
    ASSERT_TRUE(nlohmann::json::accept(text))
      << "HERALD_SEED=" << seed << ": " << text;
  }
  EXPECT_GT(taken, 1000u);
}
