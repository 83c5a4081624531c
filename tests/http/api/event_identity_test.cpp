#include "http/api/event_identity.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

using namespace herald;

// Stored events are found by these ids. Each is the beginning of
// sha256("3:key0:3:a.b1:k") and so on, worked out by another program.
TEST(an_event_identity, never_changes) {
  EXPECT_EQ(keyed_event_id("", "a.b", "k"), "dd9f595d6e8579ac92cc62fa7ef79fa1");
  EXPECT_EQ(keyed_event_id("", "http://t/f", "\xc3\xa4 1"),
            "9a66277b46c67a0c86637f38d3ec8cbf");
  EXPECT_EQ(keyed_event_id("", "", ""), "35d78d2fa3736aae78c9facf003ac9a0");
  EXPECT_EQ(keyed_line_id("", "a.b", "k", "0"),
            "5728a7d7f50b50c5386d8e927f85c6ae");
  EXPECT_EQ(cloud_event_id("", "a.b", "/s", "1"),
            "1d409d32258329edafae39057b688985");
}

TEST(an_event_identity, of_a_tenant_never_changes) {
  EXPECT_EQ(keyed_event_id("acme", "a.b", "k"),
            "d2c9071ae806d2739d3bc4e54e89e2e5");
  EXPECT_EQ(keyed_line_id("acme", "a.b", "k", "12"),
            "d850e64d549883debd653d74e30d070b");
  EXPECT_EQ(cloud_event_id("acme", "a.b", "/s", "1"),
            "bfc5e134dc449fa7710e6480fb92d0a1");
}

TEST(an_event_identity, has_32_hex_digits) {
  for (auto& id : {keyed_event_id("", "a", std::string(256, 'k')),
                   keyed_line_id("", "a", "k", "9999"),
                   cloud_event_id("t", std::string(2048, 'a'), "s", "i")}) {
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  }
}

TEST(an_event_identity, depends_on_each_part) {
  std::set<std::string> seen;
  for (auto* tenant : {"", "acme"})
    for (auto* topic : {"a", "b"})
      for (auto* name : {"1", "2"}) {
        EXPECT_TRUE(seen.insert(keyed_event_id(tenant, topic, name)).second);
        for (auto* other : {"0", "1"}) {
          EXPECT_TRUE(
            seen.insert(keyed_line_id(tenant, topic, name, other)).second);
          EXPECT_TRUE(
            seen.insert(cloud_event_id(tenant, topic, name, other)).second);
        }
      }
  EXPECT_EQ(seen.size(), 40U);
}

TEST(an_event_identity, keeps_parts_that_meet_apart) {
  EXPECT_NE(keyed_event_id("", "a.b", "ck"), keyed_event_id("", "a.bc", "k"));
  EXPECT_NE(keyed_event_id("a", "b", "k"), keyed_event_id("", "ab", "k"));
  EXPECT_NE(keyed_event_id("", "a1:k", ""), keyed_event_id("", "a", "k"));
  EXPECT_NE(keyed_line_id("", "a", "k1", "2"),
            keyed_line_id("", "a", "k", "12"));
  EXPECT_NE(cloud_event_id("", "t", "/ab", "c"),
            cloud_event_id("", "t", "/a", "bc"));
  EXPECT_NE(cloud_event_id("", "t", "/s", "1"),
            cloud_event_id("", "t", "1", "/s"));
}

TEST(an_event_identity, is_none_of_another_kind) {
  EXPECT_NE(keyed_line_id("", "t", "a", "b"),
            cloud_event_id("", "t", "a", "b"));
  EXPECT_NE(keyed_event_id("", "t", "a"), keyed_line_id("", "t", "a", ""));
  EXPECT_NE(keyed_event_id("", "t\n0", "a"), keyed_line_id("", "t", "a", "0"));
}
