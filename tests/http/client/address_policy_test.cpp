#include "config/errc.hpp"
#include "http/client/address_policy.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

using namespace herald;

using ::testing::HasSubstr;

namespace {

ip_address address(const std::string& text) {
  auto result = ip_address::parse(text);
  EXPECT_TRUE(result) << text;
  return result.value_or(ip_address{});
}

address_policy policy(std::vector<std::string> allow,
                      std::vector<std::string> deny, bool loopback = false) {
  auto result
    = address_policy::make({std::move(allow), std::move(deny)}, loopback);
  EXPECT_TRUE(result);
  return *result;
}

std::string why_refused(const std::string& cidr) {
  auto result = ip_network::parse(cidr);
  return result ? "accepted" : describe(result.error());
}

} // namespace

TEST(address_policy, allows_public_addresses) {
  address_policy by_default;
  for (auto text :
       {"1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.0",
        "172.15.255.255", "172.32.0.0", "169.253.255.255", "192.0.1.0",
        "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111",
        "2a00:1450:4001:81b::200e", "2001:200::1", "2001:db9::1",
        "::ffff:8.8.8.8"})
    EXPECT_TRUE(by_default.allows(address(text))) << text;
}

TEST(address_policy, refuses_everything_special) {
  address_policy by_default;
  for (auto text : {"0.0.0.0",        "0.1.2.3",         "10.0.0.0",
                    "10.255.255.255", "100.64.0.0",      "100.127.255.255",
                    "127.0.0.1",      "127.255.255.255", "169.254.169.254",
                    "172.16.0.0",     "172.31.255.255",  "192.0.0.8",
                    "192.0.2.1",      "192.88.99.1",     "192.168.0.1",
                    "198.18.0.0",     "198.19.255.255",  "198.51.100.7",
                    "203.0.113.9",    "224.0.0.1",       "239.255.255.255",
                    "240.0.0.1",      "255.255.255.255"})
    EXPECT_FALSE(by_default.allows(address(text))) << text;
}

TEST(address_policy, refuses_everything_special_in_ipv6) {
  address_policy by_default;
  for (auto text : {"::", "::1", "::7f00:1", "fe80::1", "febf::1", "fec0::1",
                    "fc00::1", "fd12:3456::1", "ff02::1", "100::1",
                    "2001:db8::1", "2001::1", "2001:2::1", "2001:20::1",
                    "3fff::1", "5f00::1", "64:ff9b:1::1", "4000::1"})
    EXPECT_FALSE(by_default.allows(address(text))) << text;
}

TEST(address_policy, looks_into_addresses_that_carry_others) {
  address_policy by_default;
  for (auto text :
       {"::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "2002:a00:1::1", "2002:7f00:1::", "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254", "::10.0.0.1"})
    EXPECT_FALSE(by_default.allows(address(text))) << text;
  EXPECT_TRUE(by_default.allows(address("2002:808:808::1")));
  EXPECT_TRUE(by_default.allows(address("64:ff9b::8.8.8.8")));
}

TEST(address_policy, adds_loopback_when_told) {
  auto with_loopback = policy({}, {}, true);
  for (auto text :
       {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "8.8.8.8"})
    EXPECT_TRUE(with_loopback.allows(address(text))) << text;
  for (auto text : {"10.0.0.1", "0.0.0.0", "::"})
    EXPECT_FALSE(with_loopback.allows(address(text))) << text;
}

TEST(address_policy, allows_only_what_is_listed) {
  auto listed = policy({"10.1.0.0/16", "fd00::/8", "1.2.3.4"}, {}, true);
  for (auto text : {"10.1.2.3", "fd12::1", "1.2.3.4", "::ffff:10.1.2.3"})
    EXPECT_TRUE(listed.allows(address(text))) << text;
  for (auto text : {"10.2.0.0", "1.2.3.5", "8.8.8.8", "127.0.0.1", "::1"})
    EXPECT_FALSE(listed.allows(address(text))) << text;
}

TEST(address_policy, lets_deny_win) {
  auto mixed = policy({"10.0.0.0/8"}, {"10.0.0.0/24"});
  EXPECT_TRUE(mixed.allows(address("10.0.1.0")));
  EXPECT_FALSE(mixed.allows(address("10.0.0.255")));
  EXPECT_FALSE(mixed.allows(address("::ffff:10.0.0.1")));
  EXPECT_FALSE(policy({}, {"127.0.0.0/8"}, true).allows(address("127.0.0.1")));
  EXPECT_FALSE(policy({}, {"8.8.8.8"}).allows(address("8.8.8.8")));
  EXPECT_FALSE(policy({}, {"8.8.8.8"}).allows(address("64:ff9b::8.8.8.8")));
  EXPECT_FALSE(policy({}, {"8.8.8.8"}).allows(address("2002:808:808::1")));
}

TEST(address_policy, does_not_let_a_wide_range_open_what_is_carried) {
  auto wide = policy({"::/0"}, {});
  EXPECT_TRUE(wide.allows(address("fd00::1")));
  EXPECT_FALSE(wide.allows(address("2002:a00:1::1")));
  EXPECT_FALSE(wide.allows(address("64:ff9b::10.0.0.1")));
  EXPECT_FALSE(wide.allows(address("::ffff:10.0.0.1")));
  EXPECT_FALSE(wide.allows(address("8.8.8.8")));
}

TEST(address_policy, names_the_list_and_the_entry) {
  auto made = address_policy::make({{"10.0.0.0/8", "10.0.0.1/8"}, {}}, false);
  ASSERT_FALSE(made);
  EXPECT_EQ(code_of(made.error()), errc::invalid);
  EXPECT_EQ(describe(made.error()),
            "callbacks.allow: `10.0.0.1/8` has bits set beyond its prefix");
  made = address_policy::make({{}, {"x"}}, false);
  ASSERT_FALSE(made);
  EXPECT_THAT(describe(made.error()), HasSubstr("callbacks.deny: `x`"));
}

TEST(ip_network, parses_cidr) {
  EXPECT_EQ(*ip_network::parse("10.0.0.0/8"),
            *ip_network::parse("::ffff:10.0.0.0/104"));
  EXPECT_EQ(*ip_network::parse("1.2.3.4"), *ip_network::parse("1.2.3.4/32"));
  EXPECT_TRUE(ip_network::parse("0.0.0.0/0")->contains(address("9.9.9.9")));
  EXPECT_FALSE(ip_network::parse("0.0.0.0/0")->contains(address("::1")));
  EXPECT_TRUE(
    ip_network::parse("10.128.0.0/9")->contains(address("10.200.0.1")));
  EXPECT_FALSE(
    ip_network::parse("10.128.0.0/9")->contains(address("10.127.0.1")));
}

TEST(ip_network, refuses_anything_else) {
  for (auto text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
                    "10.0.0.0/8x", "10.0.0/8", "::/129", "localhost",
                    "fe80::1%eth0", "[::1]", "10.0.0.0/8/8", "010.0.0.0/8"})
    EXPECT_THAT(why_refused(text), HasSubstr(text)) << text;
}

TEST(only_loopback, looks_at_every_address) {
  EXPECT_TRUE(only_loopback({{"127.0.0.1", 1}, {"::1", 2}}));
  EXPECT_FALSE(only_loopback({{"127.0.0.1", 1}, {"0.0.0.0", 2}}));
  EXPECT_FALSE(only_loopback({{"::", 1}}));
}
