// Whom a node calls: addresses and ports, judged as they are connected to. A
// callback that may not be called is no mistake at the door (202); its attempts
// fail as `policy`.
#include "tests/end_to_end/support/call_outcomes.hpp"

using namespace herald::end_to_end;
using ::testing::HasSubstr;

namespace {

/// Nobody means them who allows addresses by the word or by the thousand.
const std::vector<std::string> closed_hosts{
  "0.0.0.0",         "0.1.2.3",        "[::]",      "224.0.0.1",
  "239.255.255.250", "[ff02::1]",      "240.0.0.1", "255.255.255.255",
  "169.254.1.1",     "[fe80::1]",      "[100::1]",  "169.254.169.254",
  "168.63.129.16",   "[fd00:ec2::254]"};

/// 127.0.0.1 within addresses of IPv6.
const std::vector<std::string> carried_hosts{"[::ffff:127.0.0.1]",
                                             "[::127.0.0.1]",
                                             "[::ffff:0:127.0.0.1]",
                                             "[64:ff9b::7f00:1]",
                                             "[64:ff9b:1::7f00:1]",
                                             "[64:ff9b:1:7f00:0:100::]",
                                             "[2002:7f00:1::1]",
                                             "[2001:0:7f00:1::]",
                                             "[2001:0:53aa:64c:0:0:80ff:fffe]",
                                             "[2001:db8::5efe:7f00:1]",
                                             "[2001:db8::200:5efe:7f00:1]"};

class called_addresses : public call_outcomes {
public:
  /// Subscribes a callback at each of the hosts, sends them an event and holds
  /// that none of them was called.
  void expect_none_called(const std::vector<std::string>& hosts,
                          const std::string& port = "80") {
    for (auto& host : hosts)
      join_unverified("a", url_at(host, port));
    publish("a", "x");
    for (auto& host : hosts)
      EXPECT_EQ(first_error("a", url_at(host, port)), "policy") << host;
  }

  static std::string url_at(const std::string& host, const std::string& port) {
    return "http://" + host + ":" + port + "/";
  }
};

std::string port_text(const receiver& of) {
  return std::to_string(of.port());
}

} // namespace

// -- addresses ----------------------------------------------------------------

TEST_F(called_addresses, some_are_never_called_whatever_is_allowed) {
  start_unverified({"--callbacks-allow", "0.0.0.0/0,::/0", "--callbacks-deny",
                    "127.0.0.0/8,::1"});
  expect_none_called(closed_hosts);
}

TEST_F(called_addresses, no_word_opens_them) {
  start_unverified({"--callbacks-allow", "public,private,loopback"});
  expect_none_called(closed_hosts);
}

// Linux connects 0.0.0.0 and :: to loopback.
TEST_F(called_addresses, an_unspecified_one_is_no_way_to_loopback) {
  start_unverified({"--callbacks-allow", "0.0.0.0/0,::/0", "--callbacks-deny",
                    "127.0.0.0/8,::1"});
  receiver to;
  expect_none_called({"127.0.0.1", "0.0.0.0", "[::]", "[::ffff:0.0.0.0]",
                      "[::ffff:127.0.0.1]", "localhost"},
                     port_text(to));
  EXPECT_EQ(to.connections(), 0U);
}

TEST_F(called_addresses, a_block_within_a_closed_range_opens_itself) {
  start_unverified({"--callbacks-allow", "0.0.0.0/32,127.0.0.0/8"});
  receiver to;
  auto callback = url_at("0.0.0.0", port_text(to));
  join_unverified("a", callback);
  publish("a", "x");
  EXPECT_TRUE(to.wait_for_deliveries(1));
  expect_none_called({"0.0.0.1", "169.254.1.1", "[::]"});
}

TEST_F(called_addresses, what_ipv6_carries_is_judged_too) {
  start_unverified({"--callbacks-allow", "0.0.0.0/0,::/0", "--callbacks-deny",
                    "127.0.0.0/8,::1"});
  expect_none_called(carried_hosts);
}

TEST_F(called_addresses, a_closed_one_is_not_opened_by_what_carries_it) {
  start_unverified({"--callbacks-allow", "0.0.0.0/0,::/0"});
  expect_none_called({"[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]",
                      "[2002:a9fe:a9fe::1]", "[::ffff:0.0.0.0]",
                      "[64:ff9b::a83f:8110]"});
}

TEST_F(called_addresses, a_word_means_what_it_says_and_no_more) {
  start_unverified({"--callbacks-allow", "private"});
  receiver to;
  expect_none_called({"127.0.0.1", "localhost", "198.51.100.1"}, port_text(to));
  start_unverified({"--callbacks-allow", "loopback"});
  expect_none_called(
    {"10.0.0.1", "192.168.1.1", "[fc00::1]", "198.51.100.1", "100.64.0.1"});
  join_unverified("b", to.url());
  publish("b", "x");
  EXPECT_TRUE(to.wait_for_deliveries(1));
}

TEST_F(called_addresses, a_wrong_word_is_told_with_those_that_there_are) {
  for (auto* wrong : {"Public", "everything", "10.0.0.0/33", "example.org"}) {
    auto shown
      = run({HERALD_BINARY, "config", "show", "--callbacks-allow", wrong});
    EXPECT_EQ(shown.code, 2) << wrong;
    EXPECT_THAT(shown.complaints, HasSubstr("--callbacks-allow"));
    for (auto* word : {"public", "loopback", "private"})
      EXPECT_THAT(shown.complaints, HasSubstr(word)) << wrong;
  }
}

// The same rule for what is fetched.
TEST_F(called_addresses, topics_are_judged_like_callbacks) {
  start({"--callbacks-deny", "127.0.0.2/32"});
  receiver site{"127.0.0.2"};
  receiver to;
  subscribe(site.url("/feed"), to.url());
  hub_form("hub.mode=publish&hub.url=" + percent_encode(site.url("/feed")));
  EXPECT_TRUE(eventually([&] {
    return node().complaints().find("why=policy") != std::string::npos;
  }));
  EXPECT_EQ(site.connections(), 0U);
}

// -- ports --------------------------------------------------------------------

TEST_F(called_addresses, ports_of_other_protocols_are_not_called) {
  start_unverified();
  const auto ports = {"1",    "22",   "25",   "110",  "143",  "587",  "993",
                      "1023", "2049", "5060", "6000", "6667", "10080"};
  for (auto* port : ports)
    join_unverified("a", url_at("127.0.0.1", port));
  publish("a", "x");
  for (auto* port : ports)
    EXPECT_EQ(first_error("a", url_at("127.0.0.1", port)), "policy") << port;
}

TEST_F(called_addresses, the_ports_that_are_said_are_called_and_no_others) {
  receiver good;
  receiver bad;
  start_unverified({"--callbacks-ports", "80," + port_text(good)});
  join_unverified("a", good.url());
  join_unverified("a", bad.url());
  publish("a", "x");
  EXPECT_TRUE(good.wait_for_deliveries(1));
  EXPECT_EQ(first_error("a", bad.url()), "policy");
  EXPECT_EQ(bad.connections(), 0U);
}

TEST_F(called_addresses, a_port_may_be_one_of_a_range) {
  start_unverified({"--callbacks-ports", "1024-65535"});
  receiver to;
  join_unverified("a", to.url());
  publish("a", "x");
  EXPECT_TRUE(to.wait_for_deliveries(1));
}

TEST_F(called_addresses, a_verification_goes_no_further_than_a_delivery) {
  receiver to;
  start({"--callbacks-ports", "80"});
  expect_accepted(hub("subscribe", "a", to.url()));
  EXPECT_TRUE(
    wait_for_metric("herald_verifications_total{outcome=\"refused\"}", 1));
  EXPECT_EQ(state_of("a", to.url()), "");
  EXPECT_EQ(to.connections(), 0U);
}

TEST_F(called_addresses, a_denial_goes_no_further_either) {
  receiver to;
  start({"--callbacks-deny", "127.0.0.0/8", "--topics-allow", "allowed.*"});
  expect_accepted(hub("subscribe", "forbidden", to.url()));
  EXPECT_TRUE(
    wait_for_metric("herald_verifications_total{outcome=\"denied\"}", 1));
  stop();
  EXPECT_EQ(to.connections(), 0U);
}
