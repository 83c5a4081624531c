#include "storage/model.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

namespace herald {

namespace {

const std::string callback = "http://example.com/hook";

} // namespace

// Stored rows are found by this number.
TEST(model, the_id_of_a_subscription_is_stable) {
  EXPECT_EQ(make_subscription_id("un.cefact", false, callback).to_string(),
            "a58446a7f10a10ced1a10e4452cf8e7d");
  EXPECT_EQ(make_subscription_id("http://e.com/", true, callback).to_string(),
            "38e339b81cdd82da4159cdb38b97674e");
}

TEST(model, ids_read_back_what_they_print) {
  auto id = make_subscription_id("a", false, callback);
  EXPECT_EQ(subscription_id::parse(id.to_string()), id);
  EXPECT_EQ(subscription_id::parse(""), std::nullopt);
  EXPECT_EQ(subscription_id::parse(std::string(32, 'g')), std::nullopt);
  EXPECT_EQ(subscription_id::parse(std::string(32, 'A')), std::nullopt);
  EXPECT_EQ(subscription_id::parse(std::string(31, '0')), std::nullopt);
  EXPECT_EQ(subscription_id::parse(std::string(34, '0')), std::nullopt);
}

TEST(model, layers_of_one_callback_meet_in_one_partition) {
  std::set<partition_id> partitions;
  std::set<subscription_id> ids;
  for (auto topic : {"*", "un", "un.cefact", "un.cefact.trade"}) {
    auto id = make_subscription_id(topic, false, callback);
    ids.insert(id);
    partitions.insert(id.partition(4096));
  }
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_EQ(partitions.size(), 1u);
}

TEST(model, subscribers_of_a_url_spread_over_the_partitions) {
  std::map<partition_id, int> uses;
  for (int i = 0; i < 16000; ++i)
    ++uses[make_subscription_id("http://e.com/", true,
                                callback + std::to_string(i))
             .partition(16)];
  ASSERT_EQ(uses.size(), 16u);
  for (auto [partition, count] : uses)
    EXPECT_NEAR(count, 1000, 200) << partition;
}

TEST(model, topic_and_callback_do_not_run_into_each_other) {
  EXPECT_NE(make_subscription_id("ab", true, "c"),
            make_subscription_id("a", true, "bc"));
}

TEST(model, hashes_of_jobs_differ_by_every_member) {
  std::hash<job_key> hash;
  job_key key{make_subscription_id("a", false, callback), 1, 7};
  auto other_seq = key;
  other_seq.seq = 8;
  auto other_log = key;
  other_log.log = 2;
  EXPECT_NE(hash(key), hash(other_seq));
  EXPECT_NE(hash(key), hash(other_log));
}

TEST(model, hops_are_a_decimal_number) {
  EXPECT_EQ(parse_hops("0"), 0u);
  EXPECT_EQ(parse_hops("3"), 3u);
  EXPECT_EQ(parse_hops("007"), 7u);
  EXPECT_EQ(parse_hops("8"), max_hops);
}

TEST(model, hops_that_are_too_many_are_one_more_than_may_be) {
  for (auto text :
       {"9", "10", "4294967295", "4294967296", "99999999999999999999999999"})
    EXPECT_EQ(parse_hops(text), max_hops + 1) << text;
}

// What somebody has put there may come from afar, but may still pass.
TEST(model, hops_that_are_no_number_are_as_many_as_may_be) {
  for (auto text : {"", " ", "-1", "+1", "1.0", "1 ", " 1", "0x1", "x", "1,2"})
    EXPECT_EQ(parse_hops(text), max_hops) << text;
}

TEST(model, failures_have_names) {
  std::set<std::string_view> names;
  for (uint8_t i = 0; i <= static_cast<uint8_t>(failure::damaged); ++i)
    names.insert(to_string(static_cast<failure>(i)));
  EXPECT_EQ(names.size(), 10u);
  EXPECT_FALSE(names.contains("unknown"));
}

} // namespace herald
