#include "http/client/own_addresses.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace herald;

namespace {

target own_target(const std::string& url) {
  auto result = parse_target(url);
  EXPECT_TRUE(result) << url;
  return result ? *result : target{};
}

bool leads_home(const own_addresses& aut, const std::string& peer,
                uint16_t port, const std::string& local) {
  auto there = ip_address::parse(peer);
  auto here = ip_address::parse(local);
  EXPECT_TRUE(there && here) << peer << ' ' << local;
  return aut.listens_at(there.value_or(ip_address{}), port,
                        here.value_or(ip_address{}));
}

own_addresses listening_on(const std::vector<endpoint>& all) {
  return {all, {}};
}

bool is_own_url(const std::string& base_url, const std::string& url) {
  return own_addresses{{}, base_url}.is_base_url(own_target(url));
}

} // namespace

TEST(own_addresses, are_none_of_a_node_that_may_call_itself) {
  own_addresses none;
  EXPECT_FALSE(leads_home(none, "127.0.0.1", 8080, "127.0.0.1"));
  EXPECT_FALSE(none.is_base_url(own_target("http://127.0.0.1:8080/")));
}

TEST(own_addresses, are_those_that_it_listens_on_with_their_ports) {
  auto aut = listening_on({{"192.0.2.1", 80}, {"::1", 8080}});
  EXPECT_TRUE(leads_home(aut, "192.0.2.1", 80, "192.0.2.1"));
  EXPECT_TRUE(leads_home(aut, "192.0.2.1", 80, "198.51.100.1"));
  EXPECT_TRUE(leads_home(aut, "::ffff:192.0.2.1", 80, "192.0.2.1"));
  EXPECT_TRUE(leads_home(aut, "::1", 8080, "::1"));
  EXPECT_FALSE(leads_home(aut, "192.0.2.1", 8080, "192.0.2.1"));
  EXPECT_FALSE(leads_home(aut, "::1", 80, "::1"));
  EXPECT_FALSE(leads_home(aut, "192.0.2.2", 80, "192.0.2.2"));
  EXPECT_FALSE(leads_home(aut, "127.0.0.1", 8080, "127.0.0.1"));
}

TEST(own_addresses, of_all_addresses_are_those_at_both_ends) {
  auto aut = listening_on({{"0.0.0.0", 8080}});
  EXPECT_TRUE(leads_home(aut, "192.0.2.1", 8080, "192.0.2.1"));
  EXPECT_FALSE(leads_home(aut, "192.0.2.1", 8080, "192.0.2.2"));
  EXPECT_FALSE(leads_home(aut, "192.0.2.1", 80, "192.0.2.1"));
}

TEST(own_addresses, of_all_addresses_are_over_loopback_too) {
  auto aut = listening_on({{"0.0.0.0", 8080}});
  EXPECT_TRUE(leads_home(aut, "127.0.0.1", 8080, "127.0.0.1"));
  EXPECT_TRUE(leads_home(aut, "127.0.0.2", 8080, "127.0.0.1"));
  EXPECT_FALSE(leads_home(aut, "127.0.0.1", 8081, "127.0.0.1"));
}

TEST(own_addresses, of_all_addresses_are_of_one_family) {
  auto v4 = listening_on({{"0.0.0.0", 8080}});
  EXPECT_FALSE(leads_home(v4, "::1", 8080, "::1"));
  EXPECT_FALSE(leads_home(v4, "2001:db8::1", 8080, "2001:db8::1"));
  auto v6 = listening_on({{"::", 8080}});
  EXPECT_TRUE(leads_home(v6, "::1", 8080, "::1"));
  EXPECT_TRUE(leads_home(v6, "2001:db8::1", 8080, "2001:db8::1"));
  EXPECT_FALSE(leads_home(v6, "2001:db8::1", 8080, "2001:db8::2"));
  EXPECT_FALSE(leads_home(v6, "127.0.0.1", 8080, "127.0.0.1"));
  EXPECT_FALSE(leads_home(v6, "192.0.2.1", 8080, "192.0.2.1"));
}

TEST(own_addresses, have_the_host_and_the_port_of_the_base_url) {
  auto base = "https://Hub.example.org/hubs/one";
  EXPECT_TRUE(is_own_url(base, "https://hub.example.org/other"));
  EXPECT_TRUE(is_own_url(base, "https://HUB.EXAMPLE.ORG:443/?x"));
  EXPECT_TRUE(is_own_url(base, "https://hub.example.org./"));
  EXPECT_FALSE(is_own_url(base, "https://hub.example.org:444/"));
  EXPECT_FALSE(is_own_url(base, "https://example.org/"));
  EXPECT_FALSE(is_own_url(base, "https://xhub.example.org/"));
  EXPECT_FALSE(is_own_url(base, "https://hub.example.org.example/"));
}

TEST(own_addresses, are_the_base_urls_whatever_the_scheme) {
  EXPECT_TRUE(is_own_url("https://hub.example", "http://hub.example:443/"));
  EXPECT_FALSE(is_own_url("https://hub.example", "http://hub.example/"));
  EXPECT_TRUE(is_own_url("http://hub.example:81", "https://hub.example:81/"));
  EXPECT_TRUE(is_own_url("http://[::1]:8080", "http://[::1]:8080/a"));
  EXPECT_TRUE(is_own_url("http://[::1]:8080", "http://[0:0::0:1]:8080/a"));
  EXPECT_TRUE(is_own_url("http://[0:0:0::1]:8080", "http://[::1]:8080/a"));
  EXPECT_FALSE(is_own_url("http://[::1]:8080", "http://127.0.0.1:8080/a"));
}

TEST(own_addresses, are_no_base_url_where_there_is_none) {
  EXPECT_FALSE(is_own_url("", "http://hub.example/"));
}
