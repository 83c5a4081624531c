#include "tests/storage/store_contract.hpp"

namespace herald {

/// Attempts and dead letters, which a partition's commits leave behind.
class history_contract : public store_contract {};

INSTANTIATE_TEST_SUITE_P(stores, history_contract, all_stores(), name_of_store);

TEST_P(history_contract, attempts_come_newest_first) {
  commit_batch batch;
  batch.attempts = {attempt(1, 1, 10), attempt(1, 1, 30, 3),
                    attempt(1, 1, 20, 2), attempt(2, 1, 99)};
  commit(own(), batch);
  auto items = st->attempts(sub(1), "", 10)->items;
  EXPECT_EQ(items, (std::vector{attempt(1, 1, 30, 3), attempt(1, 1, 20, 2),
                                attempt(1, 1, 10)}));
}

TEST_P(history_contract, history_comes_in_pages) {
  commit_batch batch;
  for (sequence i = 1; i <= 5; ++i) {
    batch.attempts.push_back(attempt(1, i, 10 + static_cast<unix_ms>(i)));
    batch.dead.push_back(dead(1, i, 10));
  }
  commit(own(), batch);
  auto first = *st->attempts(sub(1), "", 3);
  EXPECT_EQ(first.items.size(), 3u);
  auto second = *st->attempts(sub(1), first.next, 3);
  EXPECT_EQ(second.items.size(), 2u);
  EXPECT_EQ(second.items.back().key.seq, 1u);
  EXPECT_EQ(second.next, "");
  auto letters = *st->dead_letters(sub(1), "", 5);
  EXPECT_EQ(letters.items.front().key.seq, 5u);
  EXPECT_EQ(letters.next, "");
  EXPECT_EQ(code_of(st->attempts(sub(1), "no", 3).error()), errc::invalid);
}

TEST_P(history_contract, a_dead_range_keeps_both_ends) {
  commit_batch batch;
  batch.dead = {{key(1, 5), 500, 0, 77, failure::expired, 0}};
  commit(own(), batch);
  EXPECT_EQ(st->dead_letters(sub(1), "", 10)->items, batch.dead);
}

TEST_P(history_contract, drop_history_takes_what_is_older) {
  commit_batch batch;
  batch.attempts = {attempt(1, 1, 10), attempt(1, 2, 20), attempt(2, 1, 10)};
  batch.dead = {dead(1, 1, 19), dead(1, 2, 21)};
  commit(own(), batch);
  EXPECT_EQ(st->drop_history(20, 0, 2)->rows(), 2u);
  EXPECT_EQ(st->drop_history(20, 0, 2)->rows(), 1u);
  EXPECT_EQ(st->drop_history(20, 0, 2)->rows(), 0u);
  EXPECT_EQ(st->attempts(sub(1), "", 10)->items,
            (std::vector{attempt(1, 2, 20)}));
  EXPECT_TRUE(st->attempts(sub(2), "", 10)->items.empty());
  EXPECT_EQ(st->dead_letters(sub(1), "", 10)->items,
            (std::vector{dead(1, 2, 21)}));
}

TEST_P(history_contract, attempts_are_counted_in_the_order_of_their_time) {
  commit_batch batch;
  batch.attempts = {attempt(2, 1, 10), attempt(1, 1, 11), attempt(2, 2, 12),
                    attempt(1, 2, 30)};
  batch.dead = {dead(1, 1, 9)};
  commit(own(), batch);
  auto first = *st->count_attempts("", 30, 2);
  EXPECT_EQ(first.count, 2u);
  auto second = *st->count_attempts(first.last, 30, 2);
  EXPECT_EQ(second.count, 1u);
  auto third = *st->count_attempts(second.last, 30, 2);
  EXPECT_EQ(third.count, 0u);
  EXPECT_EQ(third.last, second.last);
  EXPECT_EQ(st->count_attempts(third.last, 31, 2)->count, 1u);
}

TEST_P(history_contract, drop_history_takes_the_oldest_attempts_in_excess) {
  commit_batch batch;
  batch.attempts = {attempt(1, 1, 12), attempt(2, 1, 10), attempt(2, 2, 11)};
  batch.dead = {dead(1, 1, 9)};
  commit(own(), batch);
  auto gone = *st->drop_history(0, 2, 100);
  EXPECT_EQ(gone.attempts, 2u);
  EXPECT_EQ(gone.letters, 0u);
  EXPECT_EQ(st->attempts(sub(1), "", 10)->items,
            (std::vector{attempt(1, 1, 12)}));
  EXPECT_TRUE(st->attempts(sub(2), "", 10)->items.empty());
  EXPECT_EQ(st->dead_letters(sub(1), "", 10)->items.size(), 1u);
  EXPECT_EQ(st->drop_history(0, 2, 0)->rows(), 0u);
}

TEST_P(history_contract, a_letter_goes_when_the_event_lives_again) {
  commit_batch batch;
  batch.dead = {dead(1, 1, 10), dead(1, 2, 10)};
  commit(own(), batch);
  commit_batch again;
  again.undead = {key(1, 1), key(1, 77)};
  commit(own(), again);
  EXPECT_EQ(st->dead_letters(sub(1), "", 10)->items,
            (std::vector{dead(1, 2, 10)}));
}

TEST_P(history_contract, an_event_that_died_again_keeps_its_newest_letter) {
  commit_batch batch;
  batch.dead = {dead(1, 1, 10)};
  commit(own(), batch);
  batch.dead = {dead(1, 1, 50)};
  commit(own(), batch);
  EXPECT_EQ(st->dead_letters(sub(1), "", 10)->items, batch.dead);
  EXPECT_TRUE(st->drop_history(20, 0, 9));
  EXPECT_EQ(st->dead_letters(sub(1), "", 10)->items, batch.dead);
  EXPECT_TRUE(st->drop_history(60, 0, 9));
  EXPECT_TRUE(st->dead_letters(sub(1), "", 10)->items.empty());
}

TEST_P(history_contract, the_letter_of_an_event_is_found_in_ranges_too) {
  commit_batch batch;
  dead_letter range{key(1, 5), 9, 0, 77, failure::expired, 0};
  batch.dead = {dead(1, 3, 10), range, dead(2, 20, 10)};
  commit(own(), batch);
  auto found = [&](sequence seq) { return *st->dead_letter_of(key(1, seq)); };
  EXPECT_EQ(found(3), dead(1, 3, 10));
  EXPECT_EQ(found(5), range);
  EXPECT_EQ(found(9), range);
  EXPECT_FALSE(found(4));
  EXPECT_FALSE(found(10));
  EXPECT_FALSE(found(20));
}

} // namespace herald
