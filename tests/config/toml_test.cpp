#include "config/errc.hpp"
#include "config/toml.hpp"

#include <gmock/gmock.h>

#include <random>

namespace herald {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Every entry as `line key=value|value`, or the error.
std::vector<std::string> read(std::string_view text) {
  auto entries = parse_toml(text, "f");
  if (!entries)
    return {describe(entries.error())};
  std::vector<std::string> result;
  for (auto& entry : *entries) {
    auto line = std::to_string(entry.line) + " " + entry.key + "=";
    for (auto& value : entry.values)
      line += (&value == entry.values.data() ? "" : "|") + value;
    result.push_back(line + (entry.array ? "[]" : ""));
  }
  return result;
}

std::string error_of(std::string_view text) {
  auto entries = parse_toml(text, "f");
  return entries ? "no error" : describe(entries.error());
}

} // namespace

TEST(toml, keys_carry_their_table_and_line) {
  EXPECT_THAT(read("a = 1\n\n# c\n[t]\nb-c = true # x\n[ u . v ]\nd=\"e\""),
              ElementsAre("1 a=1", "5 t.b-c=true", "7 u.v.d=e"));
  EXPECT_THAT(read("lease.default = '2d'"), ElementsAre("1 lease.default=2d"));
  EXPECT_THAT(read("\"a\" = 1\r\n'b'=2\r\n"), ElementsAre("1 a=1", "2 b=2"));
  EXPECT_THAT(read(""), IsEmpty());
  EXPECT_THAT(read("\xef\xbb\xbf# mark\n"), IsEmpty());
}

TEST(toml, strings_keep_hashes_and_commas) {
  EXPECT_THAT(read("a = \"x # y, z\" # c"), ElementsAre("1 a=x # y, z"));
  EXPECT_THAT(read("a = 'C:\\x'"), ElementsAre("1 a=C:\\x"));
  EXPECT_THAT(read(R"(a = "\"\\\t\u00e9\U0001F600\u20ac")"),
              ElementsAre("1 a=\"\\\t\u00e9\U0001F600\u20ac"));
  EXPECT_THAT(read("a = \"\""), ElementsAre("1 a="));
}

TEST(toml, numbers_lose_their_underscores) {
  EXPECT_THAT(read("a = 1_000\nb = -0.5\nc = +3\nd = 1e3"),
              ElementsAre("1 a=1000", "2 b=-0.5", "3 c=+3", "4 d=1e3"));
}

TEST(toml, lists_may_span_lines) {
  EXPECT_THAT(read("a = [\"x\", 'y', 3]"), ElementsAre("1 a=x|y|3[]"));
  EXPECT_THAT(read("a = [ # one\n \"x\", # two\n\n 'y',\n]\nb = 1"),
              ElementsAre("1 a=x|y[]", "6 b=1"));
  EXPECT_THAT(read("a = []"), ElementsAre("1 a=[]"));
}

TEST(toml, a_mistake_names_file_and_line) {
  EXPECT_EQ(error_of("a = 1\nb\n").substr(0, 5), "f:2: ");
  EXPECT_EQ(error_of("a = [\n1\n2\n]").substr(0, 5), "f:3: ");
  EXPECT_THAT(error_of("a = 1\nb = 2\na = 3"),
              HasSubstr("f:3: a is set already in line 1"));
  EXPECT_THAT(error_of("[t]\na = 1\n[t]\na = 2"), HasSubstr("f:4: t.a is set"));
}

TEST(toml, what_is_not_read_is_refused) {
  for (auto text : {"a",
                    "a =",
                    "= 1",
                    "a = 2d",
                    "a = yes",
                    "a = x # y",
                    "a = \"x",
                    "a = 'x",
                    "a = \"x\ny\"",
                    "a = \"x\" y",
                    "a = 1 2",
                    "a = [1",
                    "a = [1 2]",
                    "a = [[1]]",
                    "a = {b = 1}",
                    "a = \"\"\"x\"\"\"",
                    "a = '''x'''",
                    "[[t]]",
                    "[t",
                    "[]",
                    "[t] x",
                    "a. = 1",
                    "a = \"\\x\"",
                    "a = \"\\u12\"",
                    "a = \"\\ud800\"",
                    "a = \"\\U00110000\"",
                    "a = [,]",
                    "a = [1,,2]",
                    "a = 2026-01-01",
                    "a = 0x10",
                    "a b = 1"})
    EXPECT_NE(error_of(text), "no error") << text;
}

TEST(toml, any_bytes_end_in_entries_or_an_error) {
  constexpr std::string_view parts[]
    = {"a", "=",  "[", "]", "\"", "'",    "\n",   "#", ",",
       ".", "\\", "u", "1", " ",  "\xff", "true", "{"};
  std::mt19937_64 random{7};
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (auto n = random() % 20; n > 0; --n)
      text += parts[random() % std::size(parts)];
    auto result = parse_toml(text, "f");
    if (!result)
      continue;
    for (auto& entry : *result)
      EXPECT_TRUE(entry.array || entry.values.size() == 1) << text;
  }
}

} // namespace herald
