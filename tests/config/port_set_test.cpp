#include "config/errc.hpp"
#include "config/port_set.hpp"

#include <gmock/gmock.h>

#include <initializer_list>
#include <random>
#include <set>

namespace herald {

namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using port_list = std::initializer_list<uint16_t>;

port_set ports_of(const std::vector<std::string>& words) {
  port_set result;
  for (auto& word : words)
    EXPECT_FALSE(result.add(word)) << word;
  return result;
}

} // namespace

TEST(port_set, is_empty_at_first) {
  port_set none;
  EXPECT_THAT(none.words(), IsEmpty());
  for (auto port : port_list{0, 1, 80, 65535})
    EXPECT_FALSE(none.contains(port)) << port;
}

TEST(port_set, holds_single_ports_and_ranges_with_both_their_ends) {
  auto some = ports_of({"443", "8000-8999"});
  for (auto port : port_list{443, 8000, 8500, 8999})
    EXPECT_TRUE(some.contains(port)) << port;
  for (auto port : port_list{0, 442, 444, 7999, 9000, 65535})
    EXPECT_FALSE(some.contains(port)) << port;
  auto all = ports_of({"1-65535"});
  EXPECT_TRUE(all.contains(1));
  EXPECT_TRUE(all.contains(65535));
  EXPECT_FALSE(all.contains(0));
}

TEST(port_set, is_said_in_ascending_ranges) {
  EXPECT_THAT(ports_of({"8080", "80", "443"}).words(),
              ElementsAre("80", "443", "8080"));
  EXPECT_THAT(ports_of({"9000-9010", "1-2"}).words(),
              ElementsAre("1-2", "9000-9010"));
  EXPECT_THAT(ports_of({"7-7"}).words(), ElementsAre("7"));
}

TEST(port_set, joins_what_overlaps_or_touches) {
  EXPECT_THAT(ports_of({"1-10", "11-20"}).words(), ElementsAre("1-20"));
  EXPECT_THAT(ports_of({"11-20", "1-10"}).words(), ElementsAre("1-20"));
  EXPECT_THAT(ports_of({"1-10", "12-20"}).words(),
              ElementsAre("1-10", "12-20"));
  EXPECT_THAT(ports_of({"1-10", "12-20", "11"}).words(), ElementsAre("1-20"));
  EXPECT_THAT(ports_of({"1-10", "5-20"}).words(), ElementsAre("1-20"));
  EXPECT_THAT(ports_of({"5-6", "1-10"}).words(), ElementsAre("1-10"));
  EXPECT_THAT(ports_of({"80", "80"}).words(), ElementsAre("80"));
  EXPECT_THAT(ports_of({"65534", "65535"}).words(), ElementsAre("65534-65535"));
}

TEST(port_set, refuses_everything_else_and_stays_as_it_is) {
  auto some = ports_of({"443"});
  for (auto text :
       {"", "0", "65536", "-1", "1-", "-", "8-7", "0-5", "1-65536", "http",
        "80 ", " 80", "+80", "0x50", "80-90-100", "80,443", "80:90", "*"}) {
    auto err = some.add(text);
    EXPECT_EQ(code_of(err), errc::invalid) << text;
    EXPECT_THAT(describe(err), AllOf(HasSubstr("\"" + std::string{text} + "\""),
                                     HasSubstr("443 or 8000-8999")));
    EXPECT_EQ(some, ports_of({"443"})) << text;
  }
}

TEST(port_set, usually_holds_what_http_is_spoken_on) {
  auto usual = port_set::usual();
  for (auto port : port_list{80, 443, 1024, 3000, 5000, 8000, 8080, 8443, 9000,
                             49152, 65535})
    EXPECT_TRUE(usual.contains(port)) << port;
  for (auto port :
       port_list{0, 1, 22, 25, 79, 81, 110, 143, 442, 444, 465, 993, 1023})
    EXPECT_FALSE(usual.contains(port)) << port;
}

// https://fetch.spec.whatwg.org/#port-blocking
TEST(port_set, usually_leaves_out_the_bad_ports_of_the_fetch_standard) {
  auto usual = port_set::usual();
  for (auto port :
       port_list{1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000,
                 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080})
    EXPECT_FALSE(usual.contains(port)) << port;
  for (auto port : port_list{1718, 1721, 1722, 1724, 2048, 2050, 5059, 5062,
                             5999, 6001, 6664, 6670, 6678, 6680, 10079, 10081})
    EXPECT_TRUE(usual.contains(port)) << port;
}

TEST(port_set, is_read_back_from_its_words) {
  EXPECT_EQ(ports_of(port_set::usual().words()), port_set::usual());
  EXPECT_NE(ports_of({"80"}), ports_of({"81"}));
  EXPECT_EQ(ports_of({"1-2", "3"}), ports_of({"3", "2", "1"}));
}

TEST(port_set, holds_what_was_added_and_nothing_else) {
  std::mt19937 random{7};
  for (int round = 0; round < 50; ++round) {
    port_set aut;
    std::set<uint16_t> expected;
    for (int i = 0; i < 20; ++i) {
      auto from = static_cast<uint16_t>(1 + random() % 100);
      auto to = static_cast<uint16_t>(from + random() % 5);
      EXPECT_FALSE(aut.add(std::to_string(from) + "-" + std::to_string(to)));
      for (auto port = from; port <= to; ++port)
        expected.insert(port);
    }
    for (uint16_t port = 0; port < 120; ++port)
      ASSERT_EQ(aut.contains(port), expected.contains(port)) << port;
    EXPECT_EQ(ports_of(aut.words()), aut);
  }
}

} // namespace herald
