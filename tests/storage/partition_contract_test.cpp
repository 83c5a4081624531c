#include "tests/storage/store_contract.hpp"

#include <algorithm>

namespace herald {

class partition_contract : public store_contract {
protected:
  static constexpr std::chrono::seconds ttl{10};

  cursor cursor_of(const ownership& owner, log_id log) {
    auto result = st->cursors(owner);
    EXPECT_TRUE(result) << describe(result.error());
    return result->at(log);
  }

  void put_jobs(const ownership& owner, const std::vector<job>& what) {
    commit_batch batch;
    batch.put = what;
    commit(owner, batch);
  }

  void drop_jobs(const ownership& owner, const std::vector<job_key>& what) {
    commit_batch batch;
    batch.drop = what;
    commit(owner, batch);
  }
};

INSTANTIATE_TEST_SUITE_P(stores, partition_contract, all_stores(),
                         name_of_store);

// -- ownership ----------------------------------------------------------------

TEST_P(partition_contract, acquire_gives_every_partition_once) {
  auto owned = *st->acquire("n", 99, ttl, {});
  ASSERT_EQ(owned.size(), 4u);
  for (partition_id i = 0; i < 4; ++i) {
    EXPECT_EQ(owned[i].partition, i);
    EXPECT_GT(owned[i].at, 0u);
  }
}

TEST_P(partition_contract, acquire_keeps_what_is_held_and_counts_it) {
  auto first = *st->acquire("n", 2, ttl, {});
  ASSERT_EQ(first.size(), 2u);
  auto all = *st->acquire("n", 3, ttl, first);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].at, first[0].at);
  EXPECT_EQ(all[1].at, first[1].at);
  EXPECT_EQ(all[2].partition, 2);
}

TEST_P(partition_contract, the_epoch_rises_at_each_acquire_even_reopened) {
  auto first = own();
  auto second = own();
  EXPECT_GT(second.at, first.at);
  reopen();
  EXPECT_GT(own().at, second.at);
}

TEST_P(partition_contract, an_older_owner_is_fenced_and_writes_nothing) {
  auto old = own();
  auto now = own();
  commit_batch batch;
  batch.advance = {{0, 5}};
  batch.put = {{key(1, 1), 0, 10}};
  EXPECT_EQ(code_of(st->commit(old, batch)), errc::fenced);
  EXPECT_EQ(code_of(st->forget(old, sub(1))), errc::fenced);
  EXPECT_EQ(code_of(st->cursors(old).error()), errc::fenced);
  EXPECT_EQ(code_of(st->due(old, 1, {}, 1).error()), errc::fenced);
  EXPECT_EQ(code_of(st->jobs_of(old, sub(1), {}, 1).error()), errc::fenced);
  EXPECT_EQ(code_of(st->lagging(old).error()), errc::fenced);
  EXPECT_EQ(cursor_of(now, 0).at, 0u);
  EXPECT_TRUE(due(now).empty());
}

TEST_P(partition_contract, nobody_owns_a_partition_that_was_never_acquired) {
  EXPECT_EQ(code_of(st->commit({0, 0}, {})), errc::fenced);
  EXPECT_EQ(code_of(st->commit({0, 1}, {})), errc::fenced);
}

TEST_P(partition_contract, renew_returns_what_is_still_ours) {
  auto old = *st->acquire("n", 2, ttl, {});
  auto now = *st->acquire("n", 1, ttl, {});
  auto kept = *st->renew(old, ttl);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].partition, 1);
  EXPECT_EQ(st->renew(now, ttl)->size(), 1u);
}

TEST_P(partition_contract, release_ends_the_right_to_write) {
  auto owned = *st->acquire("n", 4, ttl, {});
  EXPECT_FALSE(st->release({owned.data(), 1}));
  EXPECT_EQ(code_of(st->commit(owned[0], {})), errc::fenced);
  EXPECT_FALSE(st->commit(owned[1], {}));
  EXPECT_EQ(st->renew(owned, ttl)->size(), 3u);
}

TEST_P(partition_contract, a_partition_that_is_not_there_is_refused) {
  EXPECT_EQ(code_of(st->commit({4, 1}, {})), errc::invalid);
  EXPECT_EQ(code_of(st->cursors({4, 1}).error()), errc::invalid);
}

// -- cursors and atomicity ----------------------------------------------------

TEST_P(partition_contract, cursors_begin_at_zero_and_never_go_back) {
  auto owner = own();
  EXPECT_EQ(cursor_of(owner, 0).at, 0u);
  EXPECT_EQ(cursor_of(owner, 1).at, 0u);
  commit_batch batch;
  batch.advance = {{1, 9}};
  commit(owner, batch);
  batch.advance = {{1, 4}, {0, 3}};
  commit(owner, batch);
  EXPECT_EQ(cursor_of(owner, 1).at, 9u);
  EXPECT_EQ(cursor_of(owner, 0).at, 3u);
  reopen();
  EXPECT_EQ(cursor_of(own(), 1).at, 9u);
}

TEST_P(partition_contract, a_batch_with_a_bad_row_writes_nothing) {
  auto owner = own();
  commit_batch batch;
  batch.advance = {{0, 5}};
  batch.put = {{key(1, 1), 0, 10}};
  batch.lagging = {{sub(1), 9, 1}};
  EXPECT_EQ(code_of(st->commit(owner, batch)), errc::invalid);
  EXPECT_EQ(cursor_of(owner, 0).at, 0u);
  EXPECT_TRUE(due(owner).empty());
}

TEST_P(partition_contract, a_batch_is_all_there_after_reopening) {
  commit_batch batch;
  batch.advance = {{0, 5}};
  batch.put = {{key(1, 1), 2, 10}};
  batch.lagging = {{sub(2), 1, 44}};
  batch.attempts = {attempt(1, 1, 3)};
  batch.dead = {dead(1, 2, 4)};
  commit(own(), batch);
  reopen();
  auto owner = own();
  EXPECT_EQ(cursor_of(owner, 0).at, 5u);
  EXPECT_EQ(due(owner), batch.put);
  EXPECT_EQ(jobs_of(owner, 1), batch.put);
  EXPECT_EQ(*st->lagging(owner), batch.lagging);
  EXPECT_EQ(st->attempts(sub(1), "", 10)->items, batch.attempts);
  EXPECT_EQ(st->dead_letters(sub(1), "", 10)->items, batch.dead);
}

TEST_P(partition_contract, a_repeated_batch_changes_nothing_more) {
  auto owner = own();
  commit_batch batch;
  batch.advance = {{0, 5}};
  batch.put = {{key(1, 1), 2, 10}};
  batch.attempts = {attempt(1, 1, 3)};
  batch.dead = {dead(1, 2, 4)};
  commit(owner, batch);
  commit(owner, batch);
  EXPECT_EQ(due(owner).size(), 1u);
  EXPECT_EQ(st->attempts(sub(1), "", 10)->items.size(), 1u);
  EXPECT_EQ(st->dead_letters(sub(1), "", 10)->items.size(), 1u);
  batch = {};
  batch.drop = {key(1, 1)};
  commit(owner, batch);
  commit(owner, batch);
  EXPECT_TRUE(due(owner).empty());
}

TEST_P(partition_contract, an_empty_batch_is_a_success) {
  EXPECT_TRUE(commit_batch{}.empty());
  commit(own(), {});
}

// -- jobs ---------------------------------------------------------------------

TEST_P(partition_contract, due_is_ascending_by_time_then_key) {
  auto owner = own();
  std::vector<job> jobs{{key(2, 1), 0, 50},
                        {key(1, 9), 0, 50},
                        {key(1, 2), 0, 50},
                        {key(9, 1), 0, -7},
                        {key(3, 1, 1), 0, 60}};
  put_jobs(owner, jobs);
  std::sort(jobs.begin(), jobs.end(), [](const job& x, const job& y) {
    return std::pair{x.due, x.key} < std::pair{y.due, y.key};
  });
  EXPECT_EQ(due(owner), jobs);
}

TEST_P(partition_contract, due_stops_at_a_time_and_goes_on_after_a_position) {
  auto owner = own();
  put_jobs(owner, {{key(1, 1), 0, 10},
                   {key(1, 2), 0, 20},
                   {key(1, 3), 0, 20},
                   {key(1, 4), 0, 30}});
  EXPECT_EQ(due(owner, 9).size(), 0u);
  EXPECT_EQ(due(owner, 10).size(), 1u);
  EXPECT_EQ(due(owner, 29).size(), 3u);
  auto page = *st->due(owner, 100, std::nullopt, 2);
  ASSERT_EQ(page.size(), 2u);
  auto rest = *st->due(owner, 100, due_position{page[1].due, page[1].key}, 100);
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[0].key, key(1, 3));
  EXPECT_EQ(rest[1].key, key(1, 4));
}

TEST_P(partition_contract, a_replaced_job_has_one_due_time) {
  auto owner = own();
  put_jobs(owner, {{key(1, 1), 1, 100}});
  put_jobs(owner, {{key(1, 1), 2, 50}});
  EXPECT_EQ(due(owner), (std::vector<job>{{key(1, 1), 2, 50}}));
  put_jobs(owner, {{key(1, 1), 3, 200}});
  EXPECT_EQ(due(owner), (std::vector<job>{{key(1, 1), 3, 200}}));
  EXPECT_EQ(jobs_of(owner, 1), (std::vector<job>{{key(1, 1), 3, 200}}));
  reopen();
  auto again = own();
  put_jobs(again, {{key(1, 1), 4, 200}});
  EXPECT_EQ(due(again), (std::vector<job>{{key(1, 1), 4, 200}}));
}

TEST_P(partition_contract, the_last_of_a_job_put_twice_in_a_batch_counts) {
  auto owner = own();
  put_jobs(owner, {{key(1, 1), 1, 100}, {key(1, 1), 2, 50}});
  EXPECT_EQ(due(owner), (std::vector<job>{{key(1, 1), 2, 50}}));
}

TEST_P(partition_contract, a_dropped_job_is_gone_from_both_listings) {
  auto owner = own();
  put_jobs(owner, {{key(1, 1), 0, 10}, {key(1, 2), 0, 20}});
  drop_jobs(owner, {key(1, 1), key(7, 7)});
  EXPECT_EQ(due(owner), (std::vector<job>{{key(1, 2), 0, 20}}));
  EXPECT_EQ(jobs_of(owner, 1), (std::vector<job>{{key(1, 2), 0, 20}}));
}

TEST_P(partition_contract, jobs_of_goes_by_log_then_sequence) {
  auto owner = own();
  put_jobs(owner, {{key(1, 300), 0, 1},
                   {key(1, 2, 1), 0, 2},
                   {key(1, 5), 0, 3},
                   {key(2, 1), 0, 4}});
  auto jobs = jobs_of(owner, 1);
  ASSERT_EQ(jobs.size(), 3u);
  EXPECT_EQ(jobs[0].key, key(1, 5));
  EXPECT_EQ(jobs[1].key, key(1, 300));
  EXPECT_EQ(jobs[2].key, key(1, 2, 1));
  auto first = *st->jobs_of(owner, sub(1), std::nullopt, 1);
  ASSERT_EQ(first.size(), 1u);
  auto rest = *st->jobs_of(owner, sub(1), first[0].key, 10);
  EXPECT_EQ(rest.size(), 2u);
}

TEST_P(partition_contract, partitions_do_not_see_each_other) {
  auto all = *st->acquire("n", 4, ttl, {});
  auto foreign = sub(1);
  foreign.bytes[3] = 1;
  put_jobs(all[0], {{key(1, 1), 0, 10}});
  put_jobs(all[1], {{{foreign, 0, 1}, 0, 10}});
  EXPECT_EQ(due(all[0]).size(), 1u);
  EXPECT_EQ(due(all[1]).at(0).key.sub, foreign);
  commit_batch misplaced;
  misplaced.put = {{{foreign, 0, 2}, 0, 10}};
  EXPECT_EQ(code_of(st->commit(all[0], misplaced)), errc::invalid);
}

TEST_P(partition_contract, lag_rows_are_put_replaced_and_removed) {
  auto owner = own();
  commit_batch batch;
  batch.lagging = {{sub(1), 0, 5}, {sub(1), 1, 6}, {sub(2), 0, 7}};
  commit(owner, batch);
  EXPECT_EQ(*st->lagging(owner), batch.lagging);
  batch.lagging = {{sub(1), 0, 3}};
  batch.unlag = {{sub(2), 0}, {sub(9), 1}};
  commit(owner, batch);
  EXPECT_EQ(*st->lagging(owner),
            (std::vector<lag>{{sub(1), 0, 3}, {sub(1), 1, 6}}));
}

TEST_P(partition_contract, forget_removes_all_that_waits_for_a_subscription) {
  auto owner = own();
  commit_batch batch;
  batch.put = {{key(1, 1), 0, 10}, {key(1, 2, 1), 0, 20}, {key(2, 1), 0, 30}};
  batch.lagging = {{sub(1), 0, 5}, {sub(1), 1, 5}, {sub(2), 0, 5}};
  batch.attempts = {attempt(1, 1, 3)};
  commit(owner, batch);
  EXPECT_FALSE(st->forget(owner, sub(1)));
  EXPECT_EQ(due(owner), (std::vector<job>{{key(2, 1), 0, 30}}));
  EXPECT_TRUE(jobs_of(owner, 1).empty());
  EXPECT_EQ(*st->lagging(owner), (std::vector<lag>{{sub(2), 0, 5}}));
  EXPECT_EQ(st->attempts(sub(1), "", 10)->items.size(), 1u);
}

TEST_P(partition_contract, flush_is_a_success) {
  EXPECT_FALSE(st->flush());
}

// -- conditions ---------------------------------------------------------------

TEST_P(partition_contract, conditions_are_kept_until_recovery) {
  auto owner = own();
  commit_batch batch;
  batch.failing = {{sub(1), 3, 10, 20, 30, 1}, {sub(2), 1, 5, 5, 0, 0}};
  commit(owner, batch);
  EXPECT_EQ(*st->failing(owner), batch.failing);
  commit_batch next;
  next.failing = {{sub(1), 4, 10, 40, 60, 2}};
  next.recovered = {sub(2)};
  commit(owner, next);
  EXPECT_EQ(*st->failing(owner), next.failing);
  EXPECT_FALSE(st->forget(owner, sub(1)));
  EXPECT_TRUE(st->failing(owner)->empty());
}

TEST_P(partition_contract, a_lag_row_keeps_a_replay_that_was_asked_for) {
  auto owner = own();
  commit_batch batch;
  batch.lagging = {{sub(1), 0, 5, 50, 70}};
  commit(owner, batch);
  EXPECT_EQ(*st->lagging(owner), batch.lagging);
}

} // namespace herald
