#include "config/errc.hpp"
#include "config/network.hpp"

#include <gmock/gmock.h>

#include <random>

namespace herald {

namespace {

using testing::HasSubstr;

std::string block(std::string_view text) {
  auto result = ip_network::parse(text);
  return result ? result->to_string() : describe(result.error());
}

bool contains(std::string_view network, std::string_view address) {
  auto result = ip_network::parse(network);
  EXPECT_TRUE(result) << network;
  auto parsed = ip_address::parse(address);
  EXPECT_TRUE(parsed) << address;
  return result && parsed && result->contains(*parsed);
}

/// As it would be read: what is IPv4 is so spelt, or marked.
ip_network random_network(std::mt19937_64& random) {
  ip_network result;
  result.prefix = static_cast<unsigned>(random() % 129);
  for (size_t i = 0; i < result.prefix / 8; ++i)
    result.base.bytes[i] = static_cast<uint8_t>(random());
  auto form = random() % 3;
  if (form == 0)
    return result;
  result.base = ip_address::v4(std::span{result.base.bytes}.first<4>());
  result.prefix = 96 + result.prefix % 33;
  for (size_t i = (result.prefix + 7) / 8; i < 16; ++i)
    result.base.bytes[i] = 0;
  if (result.prefix % 8 != 0)
    result.base.bytes[result.prefix / 8] = 0;
  result.mapped = form == 1;
  return result;
}

} // namespace

TEST(cidr_text, blocks_and_single_addresses_are_read) {
  EXPECT_EQ(block("10.0.0.0/8"), "10.0.0.0/8");
  EXPECT_EQ(block("::1/128"), "::1/128");
  EXPECT_EQ(block("192.0.2.7"), "192.0.2.7/32");
  EXPECT_EQ(block("fe80::1"), "fe80::1/128");
  EXPECT_EQ(block("0.0.0.0/0"), "0.0.0.0/0");
  EXPECT_EQ(block("::/0"), "::/0");
}

TEST(cidr_text, bits_behind_the_prefix_are_cleared) {
  EXPECT_EQ(block("127.0.0.1/8"), "127.0.0.0/8");
  EXPECT_EQ(block("192.168.255.255/20"), "192.168.240.0/20");
  EXPECT_EQ(block("10.1.2.3/0"), "0.0.0.0/0");
  EXPECT_EQ(block("10.255.255.255/15"), "10.254.0.0/15");
  EXPECT_EQ(block("2001:db8:ffff::1/33"), "2001:db8:8000::/33");
  EXPECT_EQ(block("::ffff:10.0.0.1/90"), "::ffc0:0:0/90");
}

TEST(cidr_text, ipv4_in_ipv6_is_printed_as_it_was_written) {
  EXPECT_EQ(block("::ffff:10.0.0.1/104"), "::ffff:10.0.0.0/104");
  EXPECT_EQ(block("::ffff:192.0.2.7"), "::ffff:192.0.2.7/128");
  EXPECT_EQ(block("::ffff:0:0/96"), "::ffff:0.0.0.0/96");
}

TEST(cidr_text, everything_else_is_refused) {
  for (auto text : {"",
                    "/",
                    "/8",
                    "10.0.0.0/",
                    "10.0.0.0/33",
                    "::/129",
                    "10.0/8",
                    "10.0.0/8",
                    "010.0.0.0/8",
                    "10.0.0.0/8x",
                    "example.org",
                    "localhost",
                    "10.0.0.0/8/8",
                    "10.0.0.0/-1",
                    "*",
                    "10.0.0.0/8 ",
                    "[::1]",
                    "[::1]/128",
                    "fe80::1%eth0",
                    "10.0.0.0/255.0.0.0"}) {
    EXPECT_FALSE(ip_network::parse(text)) << text;
    EXPECT_THAT(block(text), HasSubstr(text)) << text;
  }
  EXPECT_FALSE(ip_network::parse(std::string_view{"10.0.0.0\0/8", 11}));
  EXPECT_EQ(block("x"),
            "\"x\" is not an address block: expected ADDR or ADDR/BITS, e.g. "
            "10.0.0.0/8, 192.0.2.7 or fc00::/7");
}

TEST(cidr_text, what_is_printed_reads_back_the_same) {
  std::mt19937_64 random{7};
  for (int i = 0; i < 10'000; ++i) {
    auto any = random_network(random);
    auto again = ip_network::parse(any.to_string());
    ASSERT_TRUE(again) << any.to_string();
    EXPECT_EQ(*again, any) << any.to_string();
  }
}

TEST(ip_address, is_loopback_in_127_and_as_one_of_v6) {
  for (auto text :
       {"127.0.0.0", "127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(ip_address::parse(text)->is_loopback()) << text;
  for (auto text : {"126.255.255.255", "128.0.0.0", "0.0.0.0", "::", "::2",
                    "1::1", "::127.0.0.1", "::ffff:126.0.0.1"})
    EXPECT_FALSE(ip_address::parse(text)->is_loopback()) << text;
}

TEST(ip_address, of_a_loopback_host_may_be_called_localhost) {
  for (auto host : {"127.0.0.1", "::1", "localhost", "LocalHost"})
    EXPECT_TRUE(is_loopback_host(host)) << host;
  for (auto host : {"", "192.0.2.1", "::", "0.0.0.0", "[::1]", "localhost.x",
                    "x.localhost", "127.1", "localhost:80"})
    EXPECT_FALSE(is_loopback_host(host)) << host;
}

TEST(ip_network, contains_what_begins_with_its_prefix) {
  EXPECT_TRUE(contains("10.128.0.0/9", "10.200.0.1"));
  EXPECT_FALSE(contains("10.128.0.0/9", "10.127.0.1"));
  EXPECT_TRUE(contains("1.2.3.4", "1.2.3.4"));
  EXPECT_FALSE(contains("1.2.3.4", "1.2.3.5"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(ip_network, takes_ipv4_in_ipv6_for_ipv4) {
  EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_TRUE(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
  EXPECT_FALSE(contains("::ffff:10.0.0.0/104", "11.1.2.3"));
}

TEST(ip_network, does_not_mix_ipv4_and_ipv6) {
  EXPECT_TRUE(contains("0.0.0.0/0", "9.9.9.9"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
  EXPECT_TRUE(contains("::/0", "::1"));
  EXPECT_FALSE(contains("::/0", "9.9.9.9"));
}

} // namespace herald
