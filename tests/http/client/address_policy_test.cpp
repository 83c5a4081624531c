#include "config/network.hpp"
#include "http/client/address_policy.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace herald;

namespace {

ip_address address(const std::string& text) {
  auto result = ip_address::parse(text);
  EXPECT_TRUE(result) << text;
  return result.value_or(ip_address{});
}

std::vector<ip_network> networks(const std::vector<std::string>& texts) {
  std::vector<ip_network> result;
  for (auto& text : texts) {
    auto network = ip_network::parse(text);
    EXPECT_TRUE(network) << text;
    result.push_back(network ? *network : ip_network{});
  }
  return result;
}

address_policy policy(const std::vector<std::string>& allow,
                      const std::vector<std::string>& deny,
                      bool loopback = false) {
  return {{networks(allow), networks(deny)}, loopback};
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
