#include "config/errc.hpp"
#include "storage/target.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace herald {
namespace {

std::string refusal(std::string_view url) {
  auto result = parse_target(url);
  if (result)
    return "accepted";
  EXPECT_EQ(code_of(result.error()), errc::invalid);
  return describe(result.error());
}

TEST(target, takes_a_url_apart) {
  auto x = parse_target("http://Sub.Example.com:8080/a%20b/?x=1&y=a%26b&");
  ASSERT_TRUE(x);
  EXPECT_FALSE(x->tls);
  EXPECT_EQ(x->host, "sub.example.com");
  EXPECT_EQ(x->port, 8080);
  EXPECT_EQ(x->origin, "http://sub.example.com:8080");
  EXPECT_EQ(x->authority, "Sub.Example.com:8080");
  EXPECT_EQ(x->path, "/a%20b/?x=1&y=a%26b&");
}

TEST(target, fills_in_default_port_and_path) {
  auto plain = parse_target("http://example.com");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->port, 80);
  EXPECT_EQ(plain->path, "/");
  EXPECT_EQ(plain->origin, "http://example.com:80");
  EXPECT_EQ(plain->authority, "example.com");
  auto secure = parse_target("HTTPS://example.com?node=x");
  ASSERT_TRUE(secure);
  EXPECT_TRUE(secure->tls);
  EXPECT_EQ(secure->port, 443);
  EXPECT_EQ(secure->path, "/?node=x");
}

TEST(target, knows_literal_addresses) {
  auto six = parse_target("https://[2001:DB8::1]:8443/x");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "2001:db8::1");
  EXPECT_EQ(six->origin, "https://[2001:db8::1]:8443");
  EXPECT_EQ(six->authority, "[2001:DB8::1]:8443");
  auto four = parse_target("http://127.0.0.1/");
  ASSERT_TRUE(four);
  EXPECT_EQ(four->host, "127.0.0.1");
}

TEST(target, keeps_path_and_query_byte_for_byte) {
  for (std::string path : {"/", "/?", "/a?", "/a//b/../c", "/a?b=%2f%2F",
                           "/a?hub.topic=mine", "/a?b&c", "/%E2%82%AC?x=a+b",
                           "/a;v=1?q[]=1&q[]=2", "/a?b?c/d", "/?x|y"}) {
    auto x = parse_target("http://h" + path);
    ASSERT_TRUE(x) << path;
    EXPECT_EQ(x->path, path);
  }
}

TEST(target, says_which_rule_is_broken) {
  EXPECT_EQ(refusal("ftp://h/"),
            "The URL must begin with http:// or https://.");
  EXPECT_EQ(refusal("mailto:a@b"),
            "The URL must begin with http:// or https://.");
  EXPECT_EQ(refusal("http:///x"), "The URL must contain a host.");
  EXPECT_EQ(refusal("http:/x"), "The URL must contain a host.");
  EXPECT_EQ(refusal("http://:80/"), "The URL must contain a host.");
  EXPECT_EQ(refusal("http://h/#f"), "The URL must not contain a fragment.");
  EXPECT_EQ(refusal("http://h/#"), "The URL must not contain a fragment.");
  for (auto text : {"http://h/a b", "http://h/\r\nX: y", " http://h/",
                    "http://h/\x7f", "http://h\t/"})
    EXPECT_EQ(refusal(text),
              "The URL must not contain spaces or control characters.");
  EXPECT_EQ(refusal("http://u:p@h/"),
            "The URL must not contain user information.");
  EXPECT_EQ(refusal("http://@h/"),
            "The URL must not contain user information.");
  EXPECT_EQ(refusal("http://h:0/"),
            "The URL must have a port between 1 and 65535.");
  EXPECT_EQ(refusal("http://h:65536/"),
            "The URL must have a port between 1 and 65535.");
  EXPECT_EQ(refusal("http://h:99999/"),
            "The URL must have a port between 1 and 65535.");
}

// Names of services that people try webhooks with.
TEST(target, may_have_a_name_that_begins_like_an_address) {
  for (std::string host : {"10.0.0.1.nip.io", "127.0.0.1.example", "1.2.3.4.",
                           "1.2.3.4a", "256.0.0.1", "1.2.3.4.5"})
    for (std::string rest : {"", "/", ":81/x?y=http://1.2.3.4.a/", "?z"}) {
      auto url = "http://" + host + rest;
      auto result = parse_target(url);
      ASSERT_TRUE(result) << url << refusal(url);
      EXPECT_EQ(result->host, host) << url;
      EXPECT_EQ(result->port, rest.starts_with(':') ? 81 : 80) << url;
      EXPECT_EQ(result->origin,
                "http://" + host + ':' + std::to_string(result->port));
      EXPECT_FALSE(check_target(url)) << url;
    }
  EXPECT_EQ(parse_target("http://1.2.3.4/")->host, "1.2.3.4");
  EXPECT_NE(refusal("http://1.2.3.4.a:x/"), "accepted");
  EXPECT_NE(refusal("http://1.2.3.4.a:0/"), "accepted");
  EXPECT_NE(refusal("http://1.2.3.4.a@h/"), "accepted");
}

TEST(target, refuses_what_is_no_url) {
  for (auto text : {"",
                    "x",
                    "/x",
                    "//h/x",
                    "http",
                    "http://[",
                    "http://h:x/",
                    "http://h:8x/",
                    "http://h/%",
                    "http://h/?%[1",
                    "http://h/[",
                    "http://h/?\"",
                    "http://h/%zz",
                    "http://h/a%2",
                    "http://h/\"",
                    "http://h/\xff",
                    "http://%00/",
                    "http://h%2fx/",
                    "http://[fe80::1%25eth0]/",
                    "http://[v1.x]/",
                    "http://a b/",
                    "http://h\\x/"})
    EXPECT_NE(refusal(text), "accepted") << text;
}

// The short way must take nothing that the parser refuses.
TEST(target, checks_as_it_parses) {
  std::minstd_rand random{1};
  auto one_of = [&](const std::vector<std::string>& pieces) {
    return pieces[random() % pieces.size()];
  };
  std::vector<std::string> pieces{
    "http", "https",  "HTTP",   "://",   ":",    "/",        "?",       "a",
    "z9",   ".",      "-",      "_",     "~",    "!",        "$",       "&",
    "'",    "(",      "*",      "+",     ",",    ";",        "=",       "@",
    "%41",  "%",      "%zz",    "0",     "3.4",  "255",      "256",     "01",
    "#",    "[",      "]",      "[::1]", "|",    " ",        "1.2.3.4", ":80",
    ":0",   ":99999", ":65535", ":08",   "\x7f", "\xc3\xa9", "\"",      "\\",
    "//",   "^"};
  size_t taken = 0;
  for (size_t i = 0; i < 200'000; ++i) {
    auto text = one_of({"http://", "https://", "http://host", "https://h.x-y",
                        "http://h:8080", "http://127.0.0.1", "http://1.2.",
                        "http://1.2.3.4.", ""});
    for (auto left = random() % 5; left > 0; --left)
      text += one_of(pieces);
    auto parsed = parse_target(text);
    taken += parsed ? 1 : 0;
    ASSERT_EQ(check_target(text), parsed ? caf::error{} : parsed.error())
      << text;
  }
  EXPECT_GT(taken, 1000u);
}

TEST(target, bounds_the_length) {
  std::string url = "http://h/";
  url.append(max_url_bytes - url.size(), 'x');
  EXPECT_EQ(refusal(url), "accepted");
  EXPECT_EQ(refusal(url + "x"), "The URL must not be longer than 2048 bytes.");
}

} // namespace
} // namespace herald
