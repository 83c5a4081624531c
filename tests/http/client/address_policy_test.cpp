#include "config/network.hpp"
#include "http/client/address_policy.hpp"

#include <gmock/gmock.h>

#include <initializer_list>
#include <string>
#include <vector>

using namespace herald;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

using policy_words = std::vector<std::string>;
using policy_texts = std::initializer_list<const char*>;

ip_address policy_address(const std::string& text) {
  auto result = ip_address::parse(text);
  EXPECT_TRUE(result) << text;
  return result.value_or(ip_address{});
}

/// What these words allow, and nothing else, less the blocks in `deny`.
address_policy policy_of(const policy_words& allow,
                         const policy_words& deny = {}) {
  allowed_addresses words;
  words.public_too = false;
  for (auto& word : allow)
    EXPECT_FALSE(add_word(words, word)) << word;
  callbacks_config from;
  for (auto& text : deny) {
    auto network = ip_network::parse(text);
    EXPECT_TRUE(network) << text;
    from.deny.push_back(network ? *network : ip_network{});
  }
  return {from, words};
}

void expect_allowed(const address_policy& by, policy_texts texts) {
  for (auto text : texts)
    EXPECT_TRUE(by.allows(policy_address(text))) << text;
}

void expect_refused(const address_policy& by, policy_texts texts) {
  for (auto text : texts)
    EXPECT_FALSE(by.allows(policy_address(text))) << text;
}

/// The IPv4 addresses that are found within an IPv6 address.
policy_words carried_in(const std::string& text) {
  policy_words result;
  for (auto& each : carried_by(policy_address(text)))
    result.push_back(each.to_string());
  return result;
}

} // namespace

TEST(address_policy, allows_public_addresses) {
  address_policy by_default;
  expect_allowed(by_default, {"1.1.1.1", "8.8.8.8", "93.184.216.34",
                              "100.63.255.255", "100.128.0.0", "172.15.255.255",
                              "172.32.0.0", "169.253.255.255", "192.0.1.0",
                              "198.17.255.255", "198.20.0.0", "223.255.255.255",
                              "2606:4700::1111", "2a00:1450:4001:81b::200e",
                              "2001:200::1", "2001:db9::1", "::ffff:8.8.8.8"});
}

TEST(address_policy, refuses_everything_special) {
  address_policy by_default;
  expect_refused(
    by_default,
    {"0.0.0.0",         "0.1.2.3",         "10.0.0.0",       "10.255.255.255",
     "100.64.0.0",      "100.127.255.255", "127.0.0.1",      "127.255.255.255",
     "169.254.169.254", "172.16.0.0",      "172.31.255.255", "192.0.0.8",
     "192.0.2.1",       "192.88.99.1",     "192.168.0.1",    "198.18.0.0",
     "198.19.255.255",  "198.51.100.7",    "203.0.113.9",    "224.0.0.1",
     "239.255.255.255", "240.0.0.1",       "255.255.255.255"});
}

TEST(address_policy, refuses_everything_special_in_ipv6) {
  address_policy by_default;
  expect_refused(by_default,
                 {"::", "::1", "::7f00:1", "fe80::1", "febf::1", "fec0::1",
                  "fc00::1", "fd12:3456::1", "ff02::1", "100::1", "2001:db8::1",
                  "2001::1", "2001:2::1", "2001:20::1", "3fff::1", "5f00::1",
                  "64:ff9b:1::1", "4000::1"});
}

TEST(address_policy, looks_into_addresses_that_carry_others) {
  address_policy by_default;
  expect_refused(by_default, {"::ffff:10.0.0.1", "::ffff:127.0.0.1",
                              "::ffff:169.254.169.254", "2002:a00:1::1",
                              "2002:7f00:1::", "64:ff9b::10.0.0.1",
                              "64:ff9b::169.254.169.254", "::10.0.0.1"});
  expect_allowed(by_default, {"2002:808:808::1", "64:ff9b::8.8.8.8"});
}

// -- words and blocks ---------------------------------------------------------

TEST(address_policy, adds_loopback_when_told) {
  expect_allowed(
    policy_of({"public", "loopback"}),
    {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "8.8.8.8"});
  expect_allowed(policy_of({"loopback"}), {"127.0.0.1", "::1"});
  expect_refused(policy_of({"loopback"}),
                 {"10.0.0.1", "0.0.0.0", "::", "::2", "::127.0.0.1",
                  "64:ff9b::127.0.0.1", "8.8.8.8"});
}

TEST(address_policy, adds_private_networks_when_told) {
  auto with_private = policy_of({"private"});
  expect_allowed(with_private,
                 {"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255",
                  "192.168.0.1", "fc00::1", "fd12:3456::1", "::ffff:10.0.0.1"});
  expect_refused(with_private, {"8.8.8.8", "127.0.0.1", "::1", "169.254.1.1",
                                "fe80::1", "100.64.0.1", "172.32.0.0",
                                "192.169.0.0", "fe00::1", "198.18.0.1"});
}

TEST(address_policy, allows_only_what_is_listed) {
  auto listed = policy_of({"10.1.0.0/16", "fd00::/8", "1.2.3.4"});
  expect_allowed(listed, {"10.1.2.3", "fd12::1", "1.2.3.4", "::ffff:10.1.2.3"});
  expect_refused(listed,
                 {"10.2.0.0", "1.2.3.5", "8.8.8.8", "127.0.0.1", "::1"});
  expect_refused(policy_of({}), {"8.8.8.8", "127.0.0.1", "2606:4700::1111"});
}

TEST(address_policy, lets_deny_win) {
  auto mixed = policy_of({"10.0.0.0/8"}, {"10.0.0.0/24"});
  expect_allowed(mixed, {"10.0.1.0"});
  expect_refused(mixed, {"10.0.0.255", "::ffff:10.0.0.1"});
  expect_refused(policy_of({"loopback"}, {"127.0.0.0/8"}), {"127.0.0.1"});
  expect_refused(policy_of({"private"}, {"fd00:1::/32"}), {"fd00:1::1"});
  auto without_one = policy_of({"public"}, {"8.8.8.8"});
  expect_refused(without_one, {"8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
                               "2001:db9::5efe:8.8.8.8"});
  expect_allowed(without_one, {"8.8.8.7", "64:ff9b::8.8.8.7"});
}

TEST(address_policy, does_not_let_a_wide_range_open_what_is_carried) {
  auto wide = policy_of({"::/0"});
  expect_allowed(wide, {"fd00::1"});
  expect_refused(
    wide, {"2002:a00:1::1", "64:ff9b::10.0.0.1", "::ffff:10.0.0.1", "8.8.8.8"});
}

TEST(address_policy, allows_what_is_carried_where_both_are_listed) {
  expect_allowed(policy_of({"private", "64:ff9b::/96"}),
                 {"64:ff9b::10.0.0.1", "64:ff9b::8.8.8.8"});
  expect_allowed(policy_of({"10.1.0.0/16", "2002::/16"}), {"2002:a01:1::1"});
  expect_refused(policy_of({"10.1.0.0/16", "2002::/16"}), {"2002:a02:1::1"});
  expect_refused(policy_of({"private"}), {"64:ff9b::10.0.0.1"});
}

TEST(address_policy, asks_for_the_port_as_well) {
  address_policy by_default;
  for (auto port : std::initializer_list<uint16_t>{80, 443, 8080})
    EXPECT_TRUE(by_default.allows_port(port)) << port;
  for (auto port : std::initializer_list<uint16_t>{0, 22, 25, 81, 6000, 6667})
    EXPECT_FALSE(by_default.allows_port(port)) << port;
  callbacks_config from;
  from.ports = {};
  EXPECT_FALSE(from.ports.add("25"));
  address_policy mail{from, {}};
  EXPECT_TRUE(mail.allows_port(25));
  EXPECT_FALSE(mail.allows_port(80));
}

// -- closed ranges ------------------------------------------------------------

TEST(address_policy, keeps_some_ranges_closed_to_words_and_wider_blocks) {
  auto wide
    = policy_of({"public", "loopback", "private", "0.0.0.0/0", "::/0",
                 "128.0.0.0/1", "168.0.0.0/7", "64.0.0.0/2", "f000::/4"});
  expect_refused(wide, {"0.0.0.0", "0.1.2.3", "169.254.10.1", "169.254.169.254",
                        "224.0.0.1", "239.255.255.255", "240.0.0.1",
                        "255.255.255.255", "::", "fe80::1", "febf::1",
                        "ff02::1", "100::1", "::ffff:169.254.169.254",
                        "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1"});
  expect_allowed(wide, {"10.0.0.1", "100.64.0.1", "127.0.0.1", "192.0.2.1",
                        "198.18.0.1", "fd00::1", "2001:db8::1", "::1"});
}

TEST(address_policy, keeps_metadata_closed_to_words_and_wider_blocks) {
  auto wide
    = policy_of({"public", "private", "0.0.0.0/0", "::/0", "100.64.0.0/10",
                 "168.63.129.0/24", "192.0.0.0/24", "fd00:ec2::/32"});
  expect_refused(wide, {"168.63.129.16", "100.100.100.200", "192.0.0.192",
                        "169.254.169.254", "fd00:ec2::254", "fd20:ce::254",
                        "fd00:42::42", "64:ff9b::168.63.129.16"});
  expect_allowed(wide, {"168.63.129.15", "168.63.129.17", "100.100.100.201",
                        "192.0.0.193", "fd00:ec2::253", "fd20:ce::253",
                        "fd00:42::43"});
  expect_refused(address_policy{}, {"168.63.129.16"});
  expect_refused(policy_of({"private"}),
                 {"fd00:ec2::254", "fd20:ce::254", "fd00:42::42"});
  expect_allowed(policy_of({"private"}), {"fd00:ec2::1"});
}

TEST(address_policy, opens_a_closed_range_by_a_block_within_it) {
  auto one_net = policy_of({"169.254.10.0/24"});
  expect_allowed(one_net, {"169.254.10.1", "::ffff:169.254.10.1"});
  expect_refused(one_net, {"169.254.169.254", "169.254.11.1"});
  expect_allowed(policy_of({"169.254.0.0/16"}), {"169.254.169.254"});
  expect_allowed(policy_of({"168.63.129.16/32"}), {"168.63.129.16"});
  expect_allowed(policy_of({"100.100.100.200"}), {"100.100.100.200"});
  expect_allowed(policy_of({"fd00:ec2::254"}), {"fd00:ec2::254"});
  expect_allowed(policy_of({"0.0.0.0"}), {"0.0.0.0"});
  expect_refused(policy_of({"0.0.0.0"}), {"0.0.0.1", "::"});
  expect_allowed(policy_of({"fe80::/64"}), {"fe80::1"});
  expect_refused(policy_of({"fe80::/64"}), {"fe80:0:0:1::1"});
  expect_allowed(policy_of({"224.0.0.0/8"}), {"224.0.0.1"});
}

TEST(address_policy, opens_a_range_within_a_range_by_its_own_block) {
  auto reserved = policy_of({"240.0.0.0/4"});
  expect_allowed(reserved, {"240.0.0.1", "255.255.255.254"});
  expect_refused(reserved, {"255.255.255.255"});
  expect_allowed(policy_of({"240.0.0.0/4", "255.255.255.255"}),
                 {"255.255.255.255"});
}

TEST(address_policy, opens_nothing_that_is_denied) {
  expect_refused(policy_of({"169.254.10.0/24"}, {"169.254.0.0/16"}),
                 {"169.254.10.1"});
  expect_refused(policy_of({"168.63.129.16"}, {"168.63.129.16"}),
                 {"168.63.129.16"});
}

TEST(address_policy, opens_what_is_carried_by_the_same_rule) {
  expect_refused(policy_of({"64:ff9b::/96", "169.254.0.0/15"}),
                 {"64:ff9b::169.254.10.1"});
  expect_allowed(policy_of({"64:ff9b::/96", "169.254.10.0/24"}),
                 {"64:ff9b::169.254.10.1"});
}

// -- IPv4 within IPv6 ---------------------------------------------------------

TEST(carried_addresses, are_found_in_compatible_and_translated_ones) {
  EXPECT_THAT(carried_in("::1.2.3.4"), ElementsAre("1.2.3.4"));
  EXPECT_THAT(carried_in("::ffff:0:1.2.3.4"), ElementsAre("1.2.3.4"));
  auto compatible = policy_of({"public", "::/96"});
  expect_allowed(compatible, {"::8.8.8.8"});
  expect_refused(compatible, {"::10.0.0.1", "::127.0.0.1", "::100.64.0.1"});
  auto translated = policy_of({"public", "::ffff:0:0:0/96"});
  expect_allowed(translated, {"::ffff:0:8.8.8.8"});
  expect_refused(translated, {"::ffff:0:10.0.0.1", "::ffff:0:127.0.0.1"});
  expect_refused(address_policy{}, {"::8.8.8.8", "::ffff:0:8.8.8.8"});
}

TEST(carried_addresses, are_found_behind_nat64) {
  EXPECT_THAT(carried_in("64:ff9b::1.2.3.4"), ElementsAre("1.2.3.4"));
  expect_allowed(address_policy{}, {"64:ff9b::8.8.8.8"});
  expect_refused(address_policy{}, {"64:ff9b::10.0.0.1", "64:ff9b::0.0.0.1"});
  EXPECT_THAT(carried_in("64:ff9b:1::1.2.3.4"), ElementsAre("1.2.3.4"));
  EXPECT_THAT(carried_in("64:ff9b:2::1.2.3.4"), IsEmpty());
  auto local = policy_of({"public", "64:ff9b:1::/48"});
  expect_allowed(local, {"64:ff9b:1::8.8.8.8", "64:ff9b:1:ab::8.8.8.8"});
  expect_refused(local, {"64:ff9b:1::10.0.0.1", "64:ff9b:1:ab::10.0.0.1"});
  expect_refused(address_policy{}, {"64:ff9b:1::8.8.8.8"});
}

// RFC 6052, 2.2: byte 8 is passed over. Whoever sees the address does not know
// the length of the prefix, and a translator need not look at what follows.
TEST(carried_addresses, are_found_behind_prefixes_of_each_length) {
  EXPECT_THAT(carried_in("64:ff9b:1:102:3:400::"),
              ElementsAre("1.2.3.4", "2.3.4.0", "3.4.0.0", "0.0.0.0"));
  EXPECT_THAT(carried_in("64:ff9b:1:1:2:304::"),
              ElementsAre("1.2.3.4", "2.3.4.0", "0.0.0.0"));
  EXPECT_THAT(carried_in("64:ff9b:1:0:1:203:400:0"),
              ElementsAre("1.2.3.4", "4.0.0.0"));
  EXPECT_THAT(carried_in("64:ff9b:1:102:103:400::"),
              ElementsAre("1.2.3.4", "2.3.4.0", "3.4.0.0", "0.0.0.0"));
  EXPECT_THAT(carried_in("64:ff9b:1:7f00:0:100::1"),
              ElementsAre("127.0.0.1", "0.0.0.1"));
}

// All that such an address may mean has to be allowed; of the two shorter
// prefixes that is 0.0.0.0 as well.
TEST(carried_addresses, are_judged_behind_prefixes_of_each_length) {
  auto local = policy_of({"public", "64:ff9b:1::/48", "0.0.0.0"});
  expect_allowed(local, {"64:ff9b:1:808:8:800::", "64:ff9b:1:8:8:808::",
                         "64:ff9b:1:0:8:808:800:0"});
  expect_refused(local, {"64:ff9b:1:a08:8:800::", "64:ff9b:1:a:8:808::",
                         "64:ff9b:1:0:a:808:800:0"});
  expect_refused(local,
                 {"64:ff9b:1:7f00:0:100:808:808", "64:ff9b:1:7f:0:1:808:808",
                  "64:ff9b:1:0:7f:0:108:808"});
  auto closed = policy_of({"public", "64:ff9b:1::/48"});
  expect_allowed(closed, {"64:ff9b:1:0:8:808:800:0"});
  expect_refused(closed, {"64:ff9b:1:808:8:800::", "64:ff9b:1:8:8:808::"});
}

TEST(carried_addresses, are_found_in_6to4) {
  EXPECT_THAT(carried_in("2002:102:304::"), ElementsAre("1.2.3.4"));
  EXPECT_THAT(carried_in("2002:102:304:5::6"), ElementsAre("1.2.3.4"));
  expect_allowed(address_policy{}, {"2002:808:808::1"});
  expect_refused(address_policy{},
                 {"2002:a00:1::1", "2002:a9fe:a9fe::1", "2002::1"});
}

// RFC 4380, 4: the client's bits are inverted.
TEST(carried_addresses, are_found_in_teredo) {
  EXPECT_THAT(carried_in("2001:0:102:304::faf9:f8f7"),
              ElementsAre("1.2.3.4", "5.6.7.8"));
  auto teredo = policy_of({"public", "2001::/32"});
  expect_allowed(teredo, {"2001:0:808:808::f7f7:f7f7"});
  expect_refused(teredo, {"2001:0:808:808::f5ff:fffe", // From 10.0.0.1,
                          "2001:0:a00:1::f7f7:f7f7",   // by 10.0.0.1,
                          "2001:0:808:808::808:808"}); // not inverted.
  expect_refused(address_policy{}, {"2001:0:808:808::f7f7:f7f7"});
}

TEST(carried_addresses, are_found_in_isatap) {
  EXPECT_THAT(carried_in("2001:db9::5efe:1.2.3.4"), ElementsAre("1.2.3.4"));
  EXPECT_THAT(carried_in("2001:db9::200:5efe:1.2.3.4"), ElementsAre("1.2.3.4"));
  EXPECT_THAT(carried_in("2001:db9::100:5efe:1.2.3.4"), IsEmpty());
  EXPECT_THAT(carried_in("2001:db9::5eff:1.2.3.4"), IsEmpty());
  expect_allowed(address_policy{},
                 {"2001:db9::5efe:8.8.8.8", "2001:db9::200:5efe:8.8.8.8",
                  "2001:db9::5eff:10.0.0.1"});
  expect_refused(address_policy{},
                 {"2001:db9::5efe:10.0.0.1", "2001:db9::200:5efe:127.0.0.1"});
}

TEST(carried_addresses, are_none_in_all_others) {
  for (auto text : {"1.2.3.4", "::ffff:1.2.3.4", "::", "::1", "fd00::1",
                    "2606:4700::1111", "2001:db8::1.2.3.4"})
    EXPECT_THAT(carried_in(text), IsEmpty()) << text;
}

TEST(carried_addresses, are_all_judged_where_there_are_several) {
  EXPECT_THAT(carried_in("2002:102:304::5efe:5.6.7.8"),
              ElementsAre("1.2.3.4", "5.6.7.8"));
  expect_allowed(address_policy{}, {"2002:808:808::5efe:8.8.4.4"});
  expect_refused(address_policy{},
                 {"2002:a00:1::5efe:8.8.4.4", "2002:808:808::5efe:10.0.0.1"});
}
