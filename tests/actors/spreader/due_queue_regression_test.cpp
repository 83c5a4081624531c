#include "actors/spreader/due_queue.hpp"

#include <gtest/gtest.h>

namespace herald::test {

namespace {

job due_at(unix_ms due, uint8_t letter) {
  job result;
  result.key.sub.bytes.fill(letter);
  result.key.seq = 1;
  result.due = due;
  return result;
}

} // namespace

/// It read the same rows over and over, and none of the others.
TEST(due_queue_once, gets_past_a_time_with_more_subscribers_than_it_holds) {
  const std::vector<job> stored{due_at(5, 1), due_at(5, 2), due_at(5, 3),
                                due_at(5, 4), due_at(6, 5)};
  due_queue aut{2};
  std::set<subscription_id> woken;
  for (int reads = 0; reads < 4 && aut.wants_scan(10); ++reads) {
    auto from = aut.position();
    std::vector<job> rows;
    for (auto& row : stored)
      if (!from || due_position{row.due, row.key} > *from)
        rows.push_back(row);
    aut.scanned(rows, true, 10);
    while (auto id = aut.pop(10))
      woken.insert(*id);
  }
  EXPECT_EQ(woken.size(), stored.size());
  EXPECT_FALSE(aut.wants_scan(10));
}

} // namespace herald::test
