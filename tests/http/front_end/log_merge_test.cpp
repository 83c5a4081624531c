#include "http/front_end/log_merge.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace herald;

namespace {

std::vector<event_meta> metas(log_id log,
                              std::vector<std::pair<sequence, unix_ms>> what) {
  std::vector<event_meta> result;
  for (auto [seq, at] : what) {
    auto& meta = result.emplace_back();
    meta.log = log;
    meta.seq = seq;
    meta.accepted_at = at;
  }
  return result;
}

/// `LOG:SEQ` of all that come before a log is wanted.
std::string taken(log_merge& from) {
  std::string result;
  while (!from.wanted()) {
    auto next = from.next();
    if (!next)
      break;
    result += std::to_string(next->log) + ':' + std::to_string(next->seq) + ' ';
  }
  return result;
}

} // namespace

TEST(log_merge, takes_the_oldest_first) {
  log_merge aut{{0, 0}, {9, 9}};
  EXPECT_EQ(aut.wanted(), log_id{0});
  aut.add(0, metas(0, {{1, 10}, {2, 30}, {9, 50}}));
  EXPECT_EQ(aut.wanted(), log_id{1});
  aut.add(1, metas(1, {{3, 20}, {4, 30}}));
  EXPECT_EQ(taken(aut), "0:1 1:3 0:2 1:4 ");
  EXPECT_EQ(aut.wanted(), log_id{1}) << "what it has may come before 0:9";
  aut.add(1, {});
  EXPECT_EQ(taken(aut), "0:9 ");
  EXPECT_TRUE(aut.at_end());
}

TEST(log_merge, stands_behind_what_it_passed_on) {
  log_merge aut{{5, 7}, {8, 8}};
  EXPECT_EQ(aut.position(1), 7u);
  aut.add(0, metas(0, {{6, 1}, {8, 3}}));
  aut.add(1, metas(1, {{8, 2}}));
  EXPECT_EQ(aut.next()->seq, 6u);
  EXPECT_EQ(aut.positions(), (log_positions{6, 7}));
  EXPECT_FALSE(aut.at_end());
  EXPECT_EQ(taken(aut), "1:8 0:8 ");
  EXPECT_EQ(aut.positions(), (log_positions{8, 8}));
}

TEST(log_merge, wants_no_log_that_it_stands_at_the_head_of) {
  log_merge aut{{8, 9}, {8, 3}};
  EXPECT_EQ(aut.wanted(), std::nullopt);
  EXPECT_FALSE(aut.next());
  EXPECT_TRUE(aut.at_end());
  EXPECT_EQ(aut.positions(), (log_positions{8, 9})) << "never back";
}

TEST(log_merge, passes_a_head_that_cannot_be_read) {
  log_merge aut{{2}, {5}};
  aut.add(0, metas(0, {{3, 1}}));
  EXPECT_EQ(taken(aut), "0:3 ");
  EXPECT_EQ(aut.wanted(), log_id{0});
  aut.add(0, {});
  EXPECT_TRUE(aut.at_end());
  EXPECT_EQ(aut.positions(), (log_positions{5}));
}

TEST(log_merge, takes_what_came_after_the_heads_were_read) {
  log_merge aut{{0}, {1}};
  aut.add(0, metas(0, {{1, 1}, {2, 2}}));
  EXPECT_EQ(taken(aut), "0:1 0:2 ");
  EXPECT_TRUE(aut.at_end());
}

TEST(log_cursor, is_read_back) {
  for (auto& at : {log_positions{0}, log_positions{1, 255, 0},
                   log_positions{UINT64_MAX, 7}}) {
    EXPECT_EQ(parse_cursor(format_cursor(at), at.size()), at);
    EXPECT_EQ(format_cursor(at).find_first_not_of("0123456789abcdef."),
              std::string::npos)
      << "nothing that a URL would have to escape";
  }
}

TEST(log_cursor, is_nothing_else) {
  for (auto* text : {"", "1", "1.", "1.0.", "1.0.0", "2.0", "1.g", "1.-1",
                     "1. 0", "1.0x", "1.10000000000000000", "10", ".0", "1..0"})
    EXPECT_FALSE(parse_cursor(text, 1)) << text;
  EXPECT_TRUE(parse_cursor("1.0", 1));
}
