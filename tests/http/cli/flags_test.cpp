#include "config/errc.hpp"
#include "http/cli/flags.hpp"

#include <gtest/gtest.h>

using namespace herald;

namespace {

class a_flag_set : public testing::Test {
protected:
  a_flag_set() {
    flags.word("NAME", name);
    flags.word("MORE", more, false);
    flags.option("--text", "TEXT", text, "Any text.");
    flags.count("--number", number, 1, 9, "A digit.");
    flags.toggle("--loud", loud, "In capitals.");
  }

  bool takes(std::vector<std::string> args) {
    auto result = flags.read(args);
    return result && *result;
  }

  std::string mistake(std::vector<std::string> args) {
    auto result = flags.read(args);
    return result ? "" : describe(result.error());
  }

  flag_set flags{"herald greet NAME", "Says hello."};
  std::string name;
  std::string more;
  std::string text = "default";
  uint64_t number = 5;
  bool loud = false;
};

} // namespace

TEST_F(a_flag_set, reads_words_and_flags_in_any_order) {
  EXPECT_TRUE(takes({"--loud", "tom", "--number=7", "--text", "-x y", "b"}));
  EXPECT_EQ(name, "tom");
  EXPECT_EQ(more, "b");
  EXPECT_EQ(text, "-x y");
  EXPECT_EQ(number, 7U);
  EXPECT_TRUE(loud);
}

TEST_F(a_flag_set, keeps_defaults) {
  EXPECT_TRUE(takes({"tom"}));
  EXPECT_EQ(text, "default");
  EXPECT_EQ(number, 5U);
  EXPECT_FALSE(loud);
}

TEST_F(a_flag_set, takes_an_empty_value) {
  EXPECT_TRUE(takes({"tom", "--text="}));
  EXPECT_EQ(text, "");
}

TEST_F(a_flag_set, names_an_unknown_flag_and_what_is_accepted) {
  EXPECT_EQ(mistake({"tom", "--lod"}),
            "flag --lod: unknown option (did you mean --loud?); accepted: "
            "--text, --number, --loud, --help");
}

TEST_F(a_flag_set, names_the_flag_of_a_bad_value) {
  EXPECT_TRUE(mistake({"tom", "--number", "10"}).starts_with("flag --number:"));
  EXPECT_EQ(mistake({"tom", "--text"}), "flag --text: needs a value: TEXT");
  EXPECT_EQ(mistake({"tom", "--text", "--loud"}),
            "flag --text: needs a value before --loud");
  EXPECT_EQ(mistake({"tom", "--text", "a", "--text", "b"}),
            "flag --text: is given more than once, but takes one value");
}

TEST_F(a_flag_set, counts_words) {
  EXPECT_EQ(mistake({}), "NAME is missing; usage: herald greet NAME");
  EXPECT_EQ(mistake({"a", "b", "c"}),
            "unexpected word \"c\"; usage: herald greet NAME");
}

TEST_F(a_flag_set, takes_words_after_two_dashes) {
  EXPECT_TRUE(takes({"--", "--loud"}));
  EXPECT_EQ(name, "--loud");
  EXPECT_FALSE(loud);
}

TEST_F(a_flag_set, gives_help) {
  auto result = flags.read(std::vector<std::string>{"--help"});
  ASSERT_TRUE(result);
  EXPECT_FALSE(*result);
  EXPECT_NE(flags.help().find("--number NUMBER"), std::string::npos);
}
