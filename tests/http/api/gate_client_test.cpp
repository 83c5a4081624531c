#include "http/api/gate.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace herald;

namespace {

/// Who asks, in the eyes of a node behind proxies in 10.0.0.0/8.
class the_client : public testing::Test {
protected:
  static std::string client(const std::string& peer, std::vector<field> fields,
                            const std::string& trusted = "10.0.0.0/8") {
    http_request request{"GET", "/", std::move(fields), {}};
    request.peer = *ip_address::parse(peer);
    std::vector<ip_network> proxies;
    if (!trusted.empty())
      proxies.push_back(*ip_network::parse(trusted));
    return client_of(request, proxies);
  }

  static std::string forwarded(const std::string& text) {
    return client("10.0.0.1", {{"forwarded", text}});
  }

  static std::string forwarded_for(const std::string& text) {
    return client("10.0.0.1", {{"x-forwarded-for", text}});
  }
};

} // namespace

TEST_F(the_client, is_the_peer_where_there_is_no_proxy) {
  EXPECT_EQ(client("192.0.2.1", {}), "192.0.2.1");
  EXPECT_EQ(client("::ffff:192.0.2.1", {}), "192.0.2.1");
  EXPECT_EQ(client("10.0.0.1", {}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", {}, ""), "10.0.0.1");
}

TEST_F(the_client, is_a_whole_network_of_ipv6) {
  EXPECT_EQ(client("2001:db8:1:2:3:4:5:6", {}), "2001:db8:1:2::/64");
  EXPECT_EQ(client("2001:db8:1:2::7", {}), "2001:db8:1:2::/64");
  EXPECT_EQ(client("::1", {}), "::/64");
}

TEST_F(the_client, is_not_what_strangers_say) {
  EXPECT_EQ(client("192.0.2.1", {{"x-forwarded-for", "203.0.113.5"}}),
            "192.0.2.1");
  EXPECT_EQ(client("192.0.2.1", {{"forwarded", "for=203.0.113.5"}}),
            "192.0.2.1");
  EXPECT_EQ(client("10.0.0.1", {{"x-forwarded-for", "203.0.113.5"}}, ""),
            "10.0.0.1");
}

TEST_F(the_client, is_what_a_trusted_proxy_says_in_forwarded) {
  EXPECT_EQ(forwarded("for=203.0.113.5"), "203.0.113.5");
  EXPECT_EQ(forwarded("For=203.0.113.5;proto=https;by=10.0.0.1"),
            "203.0.113.5");
  EXPECT_EQ(forwarded("proto=https; FOR=203.0.113.5"), "203.0.113.5");
  EXPECT_EQ(forwarded("for=\"203.0.113.5:4711\""), "203.0.113.5");
  EXPECT_EQ(forwarded("for=\"[2001:db8:1:2:3::4]:81\""), "2001:db8:1:2::/64");
  EXPECT_EQ(forwarded("for=\"[2001:db8:1:2:3::4]\""), "2001:db8:1:2::/64");
  EXPECT_EQ(forwarded("for=\"203.0.113.5\""), "203.0.113.5");
}

TEST_F(the_client, is_what_a_trusted_proxy_says_in_x_forwarded_for) {
  EXPECT_EQ(forwarded_for("203.0.113.5"), "203.0.113.5");
  EXPECT_EQ(forwarded_for("203.0.113.5:4711"), "203.0.113.5");
  EXPECT_EQ(forwarded_for("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
  EXPECT_EQ(forwarded_for("[2001:db8:1:2:3::4]:81"), "2001:db8:1:2::/64");
  EXPECT_EQ(forwarded_for("::ffff:203.0.113.5"), "203.0.113.5");
}

// What the client wrote must not hide what the proxy wrote behind it.
TEST_F(the_client, cannot_write_over_the_proxys_words) {
  EXPECT_EQ(forwarded_for("6.6.6.6:\", 203.0.113.5"), "203.0.113.5");
  EXPECT_EQ(forwarded_for("\"6.6.6.6, 203.0.113.5"), "203.0.113.5");
  EXPECT_EQ(forwarded("for=6.6.6.6;x=\", for=203.0.113.5"), "203.0.113.5");
  // What is no address is none, whatever it begins with.
  EXPECT_EQ(forwarded_for("6.6.6.6:x"), "10.0.0.1");
  EXPECT_EQ(forwarded_for("[2001:db8::6]x"), "10.0.0.1");
  EXPECT_EQ(forwarded_for("[2001:db8::6"), "10.0.0.1");
}

// Whatever stands further to the left may be invented by the client.
TEST_F(the_client, is_the_first_from_the_right_that_is_no_proxy) {
  EXPECT_EQ(forwarded_for("1.1.1.1, 203.0.113.5"), "203.0.113.5");
  EXPECT_EQ(forwarded_for("1.1.1.1, 203.0.113.5, 10.0.0.2,10.0.0.3"),
            "203.0.113.5");
  EXPECT_EQ(forwarded("for=1.1.1.1, for=203.0.113.5;by=x, for=10.0.0.2"),
            "203.0.113.5");
}

TEST_F(the_client, is_the_farthest_proxy_if_there_are_only_proxies) {
  EXPECT_EQ(forwarded_for("10.0.0.3, 10.0.0.2"), "10.0.0.3");
  EXPECT_EQ(forwarded("for=10.0.0.3, for=10.0.0.2"), "10.0.0.3");
}

TEST_F(the_client, is_the_last_known_before_a_name_that_is_no_address) {
  EXPECT_EQ(forwarded("for=203.0.113.5, for=_hidden"), "10.0.0.1");
  EXPECT_EQ(forwarded("for=203.0.113.5, for=unknown, for=10.0.0.2"),
            "10.0.0.2");
  EXPECT_EQ(forwarded("for=203.0.113.5, proto=https"), "10.0.0.1");
  EXPECT_EQ(forwarded("for=\"_hidden:80\""), "10.0.0.1");
  EXPECT_EQ(forwarded("for="), "10.0.0.1");
  EXPECT_EQ(forwarded_for("203.0.113.5, unknown"), "10.0.0.1");
  EXPECT_EQ(forwarded_for("203.0.113.256"), "10.0.0.1");
}

TEST_F(the_client, is_that_of_forwarded_where_both_fields_are_there) {
  EXPECT_EQ(client("10.0.0.1", {{"x-forwarded-for", "1.1.1.1"},
                                {"forwarded", "for=203.0.113.5"}}),
            "203.0.113.5");
  EXPECT_EQ(client("10.0.0.1", {{"x-forwarded-for", "203.0.113.5"},
                                {"x-real-ip", "1.1.1.1"}}),
            "203.0.113.5");
}

TEST_F(the_client, is_found_in_several_lines_of_a_field) {
  EXPECT_EQ(client("10.0.0.1", {{"x-forwarded-for", "1.1.1.1"},
                                {"via", "1.1 x"},
                                {"x-forwarded-for", "203.0.113.5, 10.0.0.2"}}),
            "203.0.113.5");
  EXPECT_EQ(client("10.0.0.1", {{"forwarded", "for=203.0.113.5"},
                                {"forwarded", "for=10.0.0.2"}}),
            "203.0.113.5");
}

TEST_F(the_client, may_come_through_proxies_of_ipv6) {
  EXPECT_EQ(client("fd00::1", {{"forwarded", "for=\"[fd00::2]\""}}, "fd00::/8"),
            "fd00::/64");
  EXPECT_EQ(client("fd00::1",
                   {{"forwarded", "for=203.0.113.5, for=\"[fd00::2]:9\""}},
                   "fd00::/8"),
            "203.0.113.5");
}

TEST_F(the_client, is_noted_by_the_gate) {
  config settings;
  settings.base_url = "https://hub.example.org";
  settings.proxies.trusted = {*ip_network::parse("10.0.0.0/8")};
  http_request request{
    "GET",
    "/",
    {{"host", "localhost"}, {"x-forwarded-for", "203.0.113.5"}},
    {}};
  request.peer = *ip_address::parse("10.0.0.1");
  EXPECT_FALSE(pass_gate(request, {settings, settings.base_url}));
  EXPECT_EQ(request.client, "203.0.113.5");
}
