#include "config/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace herald {

TEST(control_text, is_told_from_text_that_people_can_read) {
  using namespace std::string_view_literals;
  for (auto text :
       {""sv, " "sv, "a b"sv, "~"sv, "\xc2\xa0"sv, "\xc3\xa4"sv,
        "\xe2\x80\x8b"sv, "\xf0\x9f\x98\x80"sv, "\xc2"sv, "\x85"sv, "\xff"sv})
    EXPECT_FALSE(holds_control(text)) << text;
  for (auto text : {"\0"sv, "a\nb"sv, "\t"sv, "a\x1b[0m"sv, "\x1f"sv, "\x7f"sv})
    EXPECT_TRUE(holds_control(text)) << text;
}

TEST(control_text, holds_each_of_c1_as_utf_8_has_it) {
  for (int code = 0x80; code < 0xa0; ++code) {
    auto text = std::string{"a\xc2"} + static_cast<char>(code) + "b";
    EXPECT_TRUE(holds_control(text)) << code;
    EXPECT_TRUE(holds_control(text.substr(1, 2))) << code;
  }
  for (int code = 0xa0; code < 0xc0; ++code)
    EXPECT_FALSE(
      holds_control(std::string{"a\xc2"} + static_cast<char>(code) + "b"))
      << code;
}

} // namespace herald
