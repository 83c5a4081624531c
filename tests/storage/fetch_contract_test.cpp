#include "tests/storage/store_contract.hpp"

#include <set>

namespace herald {

class fetch_contract : public store_contract {
protected:
  void note(const std::vector<ping>& what, log_id log = 0) {
    auto err = st->note_pings(log, what);
    EXPECT_FALSE(err) << describe(err);
  }

  void settle(const fetch_settlement& what, log_id log = 0) {
    auto err = st->settle_fetch(log, what);
    EXPECT_FALSE(err) << describe(err);
  }

  std::vector<std::string> topics(const std::string& after = {},
                                  size_t max = 100, log_id log = 0) {
    std::vector<std::string> result;
    auto found = *st->pings(log, after, max);
    for (auto& one : found)
      result.push_back(one.topic);
    return result;
  }
};

INSTANTIATE_TEST_SUITE_P(stores, fetch_contract, all_stores(), name_of_store);

using strings = std::vector<std::string>;

TEST_P(fetch_contract, pings_are_kept_once_per_topic_and_listed_by_topic) {
  note({{"http://b/", 1, 0, 2}, {"http://a/", 3, 0, 4}});
  note({{"http://b/", 5, 6, 7}});
  note({{"http://other/", 1, 0, 1}}, 1);
  reopen();
  EXPECT_EQ(*st->pings(0, "", 10), (std::vector<ping>{{"http://a/", 3, 0, 4},
                                                      {"http://b/", 5, 6, 7}}));
  EXPECT_EQ(topics("", 10, 1), strings{"http://other/"});
}

TEST_P(fetch_contract, pings_are_paged) {
  note({{"a", 0, 0, 0}, {"b", 0, 0, 0}, {"ba", 0, 0, 0}, {"c", 0, 0, 0}});
  EXPECT_EQ(topics("", 2), (strings{"a", "b"}));
  EXPECT_EQ(topics("b", 2), (strings{"ba", "c"}));
  EXPECT_TRUE(topics("c", 2).empty());
}

TEST_P(fetch_contract, a_settled_fetch_leaves_the_content_and_no_ping) {
  note({{"t", 1, 0, 1}, {"u", 1, 0, 1}});
  topic_content found{"t",   7, "\"e\"", "yesterday", std::string(32, 'd'),
                      "self"};
  settle({"t", found, false, {}});
  reopen();
  EXPECT_EQ(topics(), strings{"u"});
  EXPECT_EQ(**st->content(0, "t"), found);
  EXPECT_FALSE(*st->content(0, "u"));
  EXPECT_FALSE(*st->content(1, "t"));
}

TEST_P(fetch_contract, what_is_still_owed_stays_and_content_not_given_too) {
  note({{"t", 1, 0, 1}});
  topic_content found{"t", 1, "", "", "d", ""};
  settle({"t", found, false, ping{"t", 2, 3, 4}});
  settle({"t", {}, false, ping{"t", 5, 6, 7}});
  EXPECT_EQ(*st->pings(0, "", 10), (std::vector<ping>{{"t", 5, 6, 7}}));
  EXPECT_EQ(**st->content(0, "t"), found);
}

TEST_P(fetch_contract, a_topic_can_be_forgotten) {
  settle({"t", topic_content{"t", 1, "", "", "d", ""}, false, {}});
  settle({"t", {}, true, {}});
  settle({"never known", {}, true, {}});
  EXPECT_FALSE(*st->content(0, "t"));
}

TEST_P(fetch_contract, an_unknown_log_is_invalid) {
  EXPECT_EQ(code_of(st->note_pings(9, {})), errc::invalid);
  EXPECT_EQ(code_of(st->pings(9, "", 1).error()), errc::invalid);
  EXPECT_EQ(code_of(st->content(9, "t").error()), errc::invalid);
  EXPECT_EQ(code_of(st->settle_fetch(9, {})), errc::invalid);
}

} // namespace herald
