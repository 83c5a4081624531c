#include "config/errc.hpp"
#include "config/units.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <random>

namespace herald {

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <class T>
std::string why(const caf::expected<T>& result) {
  return result ? "no error" : describe(result.error());
}

milliseconds duration(std::string_view text) {
  auto result = parse_duration(text);
  EXPECT_TRUE(result) << why(result);
  return result ? *result : milliseconds{-1};
}

uint64_t bytes_of(std::string_view text) {
  auto result = parse_size(text);
  EXPECT_TRUE(result) << why(result);
  return result ? *result : 0;
}

std::string address(std::string_view text) {
  auto result = parse_endpoint(text);
  return result ? result->to_string() : why(result);
}

std::string host_name(std::string_view text) {
  auto result = parse_host_name(text);
  return result ? *result : why(result);
}

std::string origin_text_of(std::string_view text) {
  auto result = parse_origin(text);
  return result ? *result : why(result);
}

} // namespace

TEST(duration_text, each_unit_is_read) {
  EXPECT_EQ(duration("200ms"), 200ms);
  EXPECT_EQ(duration("5s"), 5s);
  EXPECT_EQ(duration("2m"), 2min);
  EXPECT_EQ(duration("2h"), 2h);
  EXPECT_EQ(duration("3d"), 72h);
  EXPECT_EQ(duration("0"), 0ms);
  EXPECT_EQ(duration("0s"), 0ms);
}

TEST(duration_text, parts_add_up_from_large_to_small) {
  EXPECT_EQ(duration("1h30m"), 90min);
  EXPECT_EQ(duration("1d2h3m4s5ms"), 26h + 3min + 4s + 5ms);
  EXPECT_FALSE(parse_duration("30m1h"));
  EXPECT_FALSE(parse_duration("1h1h"));
}

TEST(duration_text, everything_else_is_refused) {
  for (auto text :
       {"", " ", "5", "s", "5 s", "5S", "-5s", "+5s", "1.5s", "5w", "5s ",
        " 5s", "5sx", "1h30", "0x5s", "36501d", "99999999999999999999d",
        "18446744073709551615ms", "36500d1ms"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(duration_text, the_error_quotes_the_text_and_names_the_form) {
  auto result = parse_duration("5 parsecs");
  ASSERT_FALSE(result);
  EXPECT_EQ(code_of(result.error()), errc::invalid);
  EXPECT_THAT(why(result), HasSubstr("\"5 parsecs\""));
  EXPECT_THAT(why(result), HasSubstr("200ms, 5s, 2h, 3d or 1h30m"));
}

TEST(duration_text, is_printed_in_the_shortest_exact_form) {
  EXPECT_EQ(print_duration(0ms), "0s");
  EXPECT_EQ(print_duration(90s), "1m30s");
  EXPECT_EQ(print_duration(36h), "1d12h");
  EXPECT_EQ(print_duration(365 * 24h), "365d");
  EXPECT_EQ(print_duration(1500ms), "1s500ms");
}

TEST(duration_text, what_is_printed_reads_back_the_same) {
  std::mt19937_64 random{7};
  for (int i = 0; i < 20'000; ++i) {
    auto value = milliseconds{static_cast<int64_t>(
      random() % (36'500ULL * 86'400'000ULL) >> (random() % 40))};
    EXPECT_EQ(duration(print_duration(value)), value);
  }
}

TEST(size_text, bytes_and_binary_units_are_read) {
  EXPECT_EQ(bytes_of("0"), 0u);
  EXPECT_EQ(bytes_of("1048576"), 1048576u);
  EXPECT_EQ(bytes_of("10B"), 10u);
  EXPECT_EQ(bytes_of("64KiB"), 65536u);
  EXPECT_EQ(bytes_of("1MiB"), 1048576u);
  EXPECT_EQ(bytes_of("2GiB"), 2147483648u);
  EXPECT_EQ(bytes_of("1TiB"), 1099511627776u);
  EXPECT_EQ(bytes_of("18446744073709551615"), UINT64_MAX);
}

TEST(size_text, everything_else_is_refused) {
  for (auto text :
       {"", "KiB", "64kib", "64K", "64KB", "1.5MiB", "-1", "+1", "1 MiB",
        "1MiB ", "18446744073709551616", "18014398509481984KiB", "1MiB2KiB"})
    EXPECT_FALSE(parse_size(text)) << text;
  EXPECT_THAT(why(parse_size("64K")), HasSubstr("64KiB or 1MiB"));
}

TEST(size_text, what_is_printed_reads_back_the_same) {
  EXPECT_EQ(print_size(1536 * 1024), "1536KiB");
  EXPECT_EQ(print_size(1024), "1KiB");
  EXPECT_EQ(print_size(1000), "1000");
  std::mt19937_64 random{7};
  for (int i = 0; i < 20'000; ++i) {
    auto value = random() >> (random() % 64) << (random() % 64);
    EXPECT_EQ(bytes_of(print_size(value)), value);
  }
}

TEST(number_text, counts_stay_in_their_range) {
  EXPECT_EQ(*parse_count("7", 1, 9), 7u);
  for (auto text : {"0", "10", "", "-1", "1.0", "7x", " 7"})
    EXPECT_FALSE(parse_count(text, 1, 9)) << text;
  EXPECT_THAT(why(parse_count("0", 1, 9)), HasSubstr("from 1 to 9"));
}

TEST(number_text, shares_are_zero_to_one) {
  EXPECT_EQ(*parse_share("0.2"), 0.2);
  EXPECT_EQ(*parse_share("0"), 0.0);
  EXPECT_EQ(*parse_share("1"), 1.0);
  for (auto text : {"", "-0.1", "1.01", "nan", "inf", "20%", "0.2 ", "-0"})
    EXPECT_FALSE(parse_share(text)) << text;
}

TEST(number_text, what_is_printed_of_a_share_reads_back_the_same) {
  std::mt19937_64 random{7};
  std::uniform_real_distribution<double> shares{0, 1};
  for (int i = 0; i < 10'000; ++i) {
    auto value = shares(random);
    EXPECT_EQ(*parse_share(print_share(value)), value);
  }
}

TEST(number_text, booleans_are_two_words) {
  EXPECT_TRUE(*parse_bool("true"));
  EXPECT_FALSE(*parse_bool("false"));
  for (auto text : {"", "1", "yes", "True"})
    EXPECT_FALSE(parse_bool(text)) << text;
}

TEST(endpoint_text, literal_addresses_are_read) {
  EXPECT_EQ(address("127.0.0.1:8080"), "127.0.0.1:8080");
  EXPECT_EQ(address("0.0.0.0:0"), "0.0.0.0:0");
  EXPECT_EQ(address("[::1]:65535"), "[::1]:65535");
  EXPECT_EQ(address("[2001:DB8::0]:1"), "[2001:db8::]:1");
}

TEST(endpoint_text, everything_else_is_refused) {
  for (auto text :
       {"", ":8080", "8080", "127.0.0.1", "127.0.0.1:", "::1:8080", "[::1]",
        "[::1]:", "[::1:80", "::1]:80", "[]:80", "[127.0.0.1]:80",
        "localhost:80", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x",
        "127.1:80", "127.0.0.256:80", " 127.0.0.1:80"})
    EXPECT_FALSE(parse_endpoint(text)) << text;
  EXPECT_FALSE(parse_endpoint(std::string_view{"127.0.0.1\0:80", 13}));
  EXPECT_THAT(address("localhost:80"), HasSubstr("[::1]:8080"));
}

TEST(base_url_text, takes_http_and_https_with_a_path) {
  for (auto text : {"http://127.0.0.1:8080", "https://hub.example.org",
                    "https://example.org/hubs/one", "http://[::1]:8080",
                    "http://10.0.0.1.nip.io:8080/a"})
    EXPECT_TRUE(parse_base_url(text)) << text;
}

TEST(base_url_text, everything_else_is_refused) {
  for (auto text :
       {"", "hub.example.org", "//hub.example.org", "ftp://x", "http://",
        "http:///x", "http://x/", "http://x/y/", "http://x?q=1", "http://x/y?",
        "http://x#f", "http://x y", "http://user:word@x", "http://x:70000:1",
        "http://x:70000", "http://x:", "http://x:0", "mailto:a@b"})
    EXPECT_FALSE(parse_base_url(text)) << text;
  EXPECT_THAT(why(parse_base_url("http://x/")),
              HasSubstr("without trailing slash"));
}

TEST(host_name_text, is_lowered_and_loses_the_dot_at_its_end) {
  EXPECT_EQ(host_name("hub.example.org"), "hub.example.org");
  EXPECT_EQ(host_name("Hub.Example.ORG."), "hub.example.org");
  EXPECT_EQ(host_name("hub"), "hub");
  EXPECT_EQ(host_name("my_hub-2.example"), "my_hub-2.example");
}

TEST(host_name_text, everything_else_is_refused) {
  for (auto text : {"", ".", "hub.example.org:80", "http://hub.example.org",
                    "hub/x", "*.example.org", "*", "a b", " a", "a,b", "[::1]",
                    "::1", "user@hub", "hÃ¤", "%61"})
    EXPECT_FALSE(parse_host_name(text)) << text;
  EXPECT_FALSE(parse_host_name(std::string_view{"a\0b", 3}));
  EXPECT_THAT(host_name("a:80"),
              HasSubstr("\"a:80\" is not the name of a host: expected one "
                        "such as hub.example.org"));
}

TEST(origin_text, is_what_browsers_write) {
  EXPECT_EQ(origin_text_of("https://app.example"), "https://app.example");
  EXPECT_EQ(origin_text_of("HTTPS://App.Example:8443"),
            "https://app.example:8443");
  EXPECT_EQ(origin_text_of("https://app.example:443"), "https://app.example");
  EXPECT_EQ(origin_text_of("http://app.example:80"), "http://app.example");
  EXPECT_EQ(origin_text_of("http://app.example:443"), "http://app.example:443");
  EXPECT_EQ(origin_text_of("https://app.example:80"), "https://app.example:80");
  EXPECT_EQ(origin_text_of("http://app.example:8080"),
            "http://app.example:8080");
  EXPECT_EQ(origin_text_of("http://[2001:DB8::80]:81"),
            "http://[2001:db8::80]:81");
}

TEST(origin_text, may_have_a_name_that_begins_like_an_address) {
  EXPECT_EQ(origin_text_of("http://10.0.0.1.nip.io:81"),
            "http://10.0.0.1.nip.io:81");
}

TEST(origin_text, everything_else_is_refused) {
  for (auto text :
       {"", "null", "*", "app.example", "//app.example", "ftp://app.example",
        "https://", "https://app.example/", "https://app.example/p",
        "https://app.example?q", "https://app.example#f",
        "https://user@app.example", "https://app.example:0",
        "https://app.example:", "https://app.example:65536",
        "https://a.example, https://b.example"})
    EXPECT_FALSE(parse_origin(text)) << text;
  EXPECT_THAT(origin_text_of("null"), HasSubstr("\"null\" is not an origin"));
}

TEST(list_text, parts_are_trimmed) {
  EXPECT_THAT(split_list("a, b ,c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_list("a"), ElementsAre("a"));
  EXPECT_THAT(split_list(" "), IsEmpty());
  EXPECT_THAT(split_list(",a,"), ElementsAre("", "a", ""));
  EXPECT_EQ(join_list({"a", "b"}), "a,b");
}

} // namespace herald
