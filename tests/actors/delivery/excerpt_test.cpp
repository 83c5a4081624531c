#include "actors/delivery/excerpt.hpp"
#include "config/text.hpp"

#include <gmock/gmock.h>

#include <random>
#include <string>

namespace herald::test {

namespace {

using testing::HasSubstr;
using testing::Not;

constexpr size_t excerpt_room = 1024;

std::string plain_excerpt(std::string_view answer, size_t max = excerpt_room) {
  return excerpt_of(answer, {}, max);
}

/// Of an answer to a subscription with a secret and the headers of its policy.
std::string masked_excerpt(std::string_view answer, std::string secret,
                           std::vector<field> headers = {},
                           size_t max = excerpt_room) {
  subscription of;
  of.secret = std::move(secret);
  of.policy.headers = std::move(headers);
  return excerpt_of(answer, of, max);
}

} // namespace

TEST(an_excerpt, is_the_start_of_an_answer) {
  EXPECT_EQ(plain_excerpt("abc"), "abc");
  EXPECT_EQ(plain_excerpt("abc", 2), "ab");
  EXPECT_EQ(plain_excerpt("abc", 3), "abc");
  EXPECT_EQ(plain_excerpt("abc", 0), "");
  EXPECT_EQ(plain_excerpt(""), "");
}

TEST(an_excerpt, is_not_cut_within_a_character) {
  EXPECT_EQ(plain_excerpt("a\xc3\xa4", 2), "a");
  EXPECT_EQ(plain_excerpt("a\xc3\xa4", 3), "a\xc3\xa4");
  EXPECT_EQ(plain_excerpt("\xf0\x9f\x98\x80", 3), "");
  EXPECT_EQ(plain_excerpt("\xe2\x82\xac!", 4), "\xe2\x82\xac!");
}

TEST(an_excerpt, shows_text_of_all_languages) {
  auto text = "~ \xc2\xa0\xc3\xa4 \xe2\x82\xac \xe4\xbd\xa0 \xf0\x9f\x98\x80";
  EXPECT_EQ(plain_excerpt(text), text);
}

TEST(an_excerpt, has_a_blank_for_what_cannot_be_printed) {
  using namespace std::string_view_literals;
  EXPECT_EQ(plain_excerpt("a\r\nb\tc"), "a  b c");
  for (auto text : {"\0"sv, "\x1b"sv, "\x7f"sv, "\x1f"sv, "\xc2\x80"sv,
                    "\xc2\x9f"sv, "\xe2\x80\xa8"sv, "\xe2\x80\xa9"sv})
    EXPECT_EQ(plain_excerpt(text), " ") << text;
}

TEST(an_excerpt, has_a_blank_for_what_turns_or_hides_text) {
  // NOLINTBEGIN(misc-misleading-bidirectional): that is what it is about.
  for (auto text : {"\xc2\xad",          // Soft hyphen.
                    "\xe2\x80\x8b",      // Zero width space,
                    "\xe2\x80\x8f",      // right-to-left mark,
                    "\xe2\x80\xae",      // right-to-left override,
                    "\xe2\x81\xa6",      // left-to-right isolate,
                    "\xe2\x81\xa9",      // its end,
                    "\xef\xbb\xbf",      // byte order mark,
                    "\xf3\xa0\x81\x81"}) // tag.
    EXPECT_EQ(plain_excerpt(text), " ") << text;
  // NOLINTEND(misc-misleading-bidirectional)
}

TEST(an_excerpt, has_a_question_mark_for_what_is_no_utf_8) {
  EXPECT_EQ(plain_excerpt("a\xff\xfe"), "a??");
  EXPECT_EQ(plain_excerpt("\x80z"), "?z");
  EXPECT_EQ(plain_excerpt("\xc0\xaf"), "??") << "overlong";
  EXPECT_EQ(plain_excerpt("\xe0\x80\xaf"), "???") << "overlong";
  EXPECT_EQ(plain_excerpt("\xed\xa0\x80"), "???") << "surrogate";
  EXPECT_EQ(plain_excerpt("\xf4\x90\x80\x80"), "????") << "beyond Unicode";
  EXPECT_EQ(plain_excerpt("a\xe2\x82"), "a??") << "broken off";
  EXPECT_EQ(plain_excerpt("\xc3z"), "?z");
}

TEST(an_excerpt, hides_the_secret_wherever_it_stands) {
  EXPECT_EQ(masked_excerpt("key: s3same! s3same", "s3same"),
            "key: ********! ********");
  EXPECT_EQ(masked_excerpt("xs3samex", "s3same"), "x********x");
  EXPECT_EQ(masked_excerpt("S3SAME", "s3same"), "S3SAME");
  EXPECT_EQ(masked_excerpt("nothing to hide", "s3same"), "nothing to hide");
}

TEST(an_excerpt, hides_the_key_of_a_standard_secret_too) {
  auto secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  EXPECT_EQ(masked_excerpt(std::string{"got "} + secret, secret),
            "got ********");
  EXPECT_EQ(masked_excerpt("got MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw.", secret),
            "got ********.");
}

TEST(an_excerpt, hides_the_values_of_the_policys_headers) {
  std::vector<field> headers{{"Authorization", "Bearer t0ken-7"},
                             {"X-Key", "an-api-key"}};
  EXPECT_EQ(masked_excerpt("Authorization: Bearer t0ken-7\n", {}, headers),
            "Authorization: ******** ");
  EXPECT_EQ(masked_excerpt("unknown token t0ken-7.", {}, headers),
            "unknown token ********.");
  EXPECT_EQ(masked_excerpt("an-api-key is wrong", "s3same", headers),
            "******** is wrong");
}

TEST(an_excerpt, hides_the_password_of_basic) {
  std::vector<field> headers{{"Authorization", "Basic YW5uOm9wZW4tc2VzYW1l"}};
  EXPECT_EQ(masked_excerpt("no ann:open-sesame here", {}, headers),
            "no ******** here");
  EXPECT_EQ(masked_excerpt("open-sesame is wrong, ann", {}, headers),
            "******** is wrong, ann");
  EXPECT_EQ(masked_excerpt("YW5uOm9wZW4tc2VzYW1l", {}, headers), "********");
  headers[0].second = "Basic no-base64";
  EXPECT_EQ(masked_excerpt("not no-base64", {}, headers), "not ********");
}

TEST(an_excerpt, hides_what_is_escaped_as_in_json) {
  EXPECT_EQ(masked_excerpt(R"({"key":"a\"b\\c-7"})", R"(a"b\c-7)"),
            R"({"key":"********"})");
  EXPECT_EQ(masked_excerpt(R"(a"b\c-7 )", R"(a"b\c-7)"), "******** ");
}

// As the writers of .NET, Go, Python and PHP do.
TEST(an_excerpt, hides_what_is_written_by_code_points) {
  auto secret = "a+b<c>&\"/\xc3\xa9\t\xf0\x9f\x98\x80";
  for (auto* written :
       {R"(a\u002Bb\u003cc\u003E\u0026\u0022\/\u00e9\t\ud83d\ude00)",
        R"(\u0061+b<c>&\"/\u00E9\u0009\uD83D\uDE00)"})
    EXPECT_EQ(masked_excerpt("key " + std::string{written} + " x", secret),
              "key ******** x")
      << written;
  EXPECT_EQ(masked_excerpt(R"(got abcd\u00e)", "abcd\xc3\xa9"), "got ********");
  for (auto* harmless : {R"(\u)", R"(\u12)", R"(\uzzzz)", R"(\ud83d)", "\\",
                         R"(\ud83d\u0041)", "%", "%4", "%zz"})
    EXPECT_EQ(masked_excerpt(harmless, "abcd"), harmless);
}

TEST(an_excerpt, hides_what_is_encoded_as_in_urls_and_forms) {
  EXPECT_EQ(masked_excerpt("k=a%2Fb%20c%3d&x", "a/b c="), "k=********&x");
  EXPECT_EQ(masked_excerpt("k=a%2fb+c%3D&x", "a/b c="), "k=********&x");
}

TEST(an_excerpt, hides_what_breaks_off_within_a_secret) {
  auto secret = "a-long-secret";
  EXPECT_EQ(masked_excerpt("got a-long-secre", secret), "got ********");
  EXPECT_EQ(masked_excerpt("got a-lo", secret), "got ********");
  EXPECT_EQ(masked_excerpt("got a-lo and more", secret), "got a-lo and more");
  EXPECT_EQ(masked_excerpt("Bearer t0k", {}, {{"X", "Bearer t0ken-7"}}),
            "********");
}

TEST(an_excerpt, does_not_take_three_letters_for_a_secret) {
  EXPECT_EQ(masked_excerpt("an abc", "abc"), "an abc");
  EXPECT_EQ(masked_excerpt("an abcd", "abcd"), "an ********");
  EXPECT_EQ(masked_excerpt("anything", ""), "anything");
}

TEST(an_excerpt, is_masked_before_it_is_cut) {
  std::string secret(40, 's');
  auto answer = "1234567890" + secret + "tail";
  EXPECT_EQ(masked_excerpt(answer, secret, {}, 14), "1234567890****");
  EXPECT_EQ(masked_excerpt(answer, secret, {}, 22), "1234567890********tail");
}

TEST(an_excerpt, of_any_bytes_is_short_text_without_the_secret) {
  std::mt19937 random{7};
  const std::string secret = "s3same-open";
  for (int i = 0; i < 5000; ++i) {
    std::string answer;
    for (auto parts = random() % 12; parts > 0; --parts)
      if (random() % 4 == 0)
        answer += secret;
      else
        answer += static_cast<char>(random());
    auto max = random() % 64;
    auto shown = masked_excerpt(answer, secret, {}, max);
    EXPECT_LE(shown.size(), max);
    EXPECT_TRUE(is_utf8(shown));
    EXPECT_FALSE(holds_control(shown));
    EXPECT_THAT(shown, Not(HasSubstr(secret)));
  }
}

} // namespace herald::test
