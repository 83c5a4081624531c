#include "actors/spreader/pending_commit.hpp"
#include "tests/actors/engine_values.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace herald::test {

namespace {

job_key key_of(uint8_t letter, sequence seq, log_id log = 0) {
  return {id_of(letter), log, seq};
}

/// The rows of a partition, changed as the store's contract says.
struct rows {
  std::map<job_key, job> jobs;
  std::map<std::pair<subscription_id, log_id>, sequence> lags;

  void apply(const commit_batch& batch) {
    for (auto& each : batch.put)
      jobs[each.key] = each;
    for (auto& key : batch.drop)
      jobs.erase(key);
    for (auto& each : batch.lagging)
      lags[{each.sub, each.log}] = each.after;
    for (auto& key : batch.unlag)
      lags.erase(key);
  }

  bool operator==(const rows&) const = default;
};

} // namespace

TEST(pending_commit, starts_empty) {
  pending_commit aut;
  EXPECT_TRUE(aut.empty());
  EXPECT_TRUE(aut.batch().empty());
}

TEST(pending_commit, job_that_came_and_went_costs_one_delete) {
  pending_commit aut;
  aut.put({key_of('a', 1), 1, 100});
  aut.drop(key_of('a', 1));
  auto batch = aut.batch();
  EXPECT_TRUE(batch.put.empty());
  EXPECT_EQ(batch.drop, std::vector{key_of('a', 1)});
  EXPECT_EQ(aut.size(), 1u);
}

TEST(pending_commit, later_put_replaces_an_earlier_one_and_a_drop) {
  pending_commit aut;
  aut.drop(key_of('a', 1));
  aut.put({key_of('a', 1), 1, 100});
  aut.put({key_of('a', 1), 2, 200});
  auto batch = aut.batch();
  EXPECT_EQ(batch.put, (std::vector<job>{{key_of('a', 1), 2, 200}}));
  EXPECT_TRUE(batch.drop.empty());
}

TEST(pending_commit, lag_and_unlag_of_one_log_replace_each_other) {
  pending_commit aut;
  aut.lagging({id_of('a'), 0, 5});
  aut.unlag(id_of('a'), 0);
  aut.unlag(id_of('b'), 0);
  aut.lagging({id_of('b'), 0, 6});
  aut.lagging({id_of('b'), 1, 7});
  auto batch = aut.batch();
  EXPECT_EQ(batch.lagging,
            (std::vector<lag>{{id_of('b'), 0, 6}, {id_of('b'), 1, 7}}));
  ASSERT_EQ(batch.unlag.size(), 1u);
  EXPECT_EQ(batch.unlag[0].first, id_of('a'));
}

TEST(pending_commit, keeps_every_attempt_and_death_in_order) {
  pending_commit aut;
  attempt_record first{key_of('a', 1), 1, 10, 5, 503, failure::status, "no"};
  auto second = first;
  second.attempt = 2;
  dead_letter letter{key_of('a', 1), 1, 2, 20, failure::status, 503};
  aut.attempted(first);
  aut.attempted(second);
  aut.died(letter);
  auto batch = aut.batch();
  EXPECT_EQ(batch.attempts, (std::vector{first, second}));
  EXPECT_EQ(batch.dead, std::vector{letter});
  EXPECT_EQ(aut.size(), 3u);
}

TEST(pending_commit, tells_the_changes_of_one_subscriber_in_order) {
  pending_commit aut;
  aut.put({key_of('b', 9), 1, 1});
  aut.drop(key_of('b', 3));
  aut.put({key_of('b', 1, 1), 1, 1});
  aut.put({key_of('a', 2), 1, 1});
  aut.put({key_of('c', 2), 1, 1});
  std::vector<std::pair<job_key, bool>> seen;
  aut.each_change(id_of('b'), [&](const job_key& key, const auto& row) {
    seen.emplace_back(key, row.has_value());
  });
  EXPECT_EQ(seen,
            (std::vector<std::pair<job_key, bool>>{{key_of('b', 3), false},
                                                   {key_of('b', 9), true},
                                                   {key_of('b', 1, 1), true}}));
}

TEST(pending_commit, tells_every_row_to_be_written) {
  pending_commit aut;
  aut.put({key_of('a', 1), 1, 1});
  aut.drop(key_of('a', 2));
  aut.put({key_of('b', 3), 1, 1});
  std::vector<job_key> seen;
  aut.each_put([&](const job& row) { seen.push_back(row.key); });
  EXPECT_EQ(seen, (std::vector{key_of('a', 1), key_of('b', 3)}));
}

TEST(pending_commit, one_who_ended_leaves_only_deletes) {
  pending_commit aut;
  for (uint8_t letter : {'a', 'b', 'c'}) {
    aut.put({key_of(letter, 1), 1, 1});
    aut.drop(key_of(letter, 2));
    aut.lagging({id_of(letter), 0, 5});
    aut.failing({id_of(letter), 1});
    aut.unlag(id_of(letter), 1);
  }
  aut.forget(id_of('b'));
  auto batch = aut.batch();
  for (auto& row : batch.put)
    EXPECT_NE(row.key.sub, id_of('b'));
  for (auto& row : batch.lagging)
    EXPECT_NE(row.sub, id_of('b'));
  EXPECT_EQ(batch.put.size(), 2u);
  EXPECT_EQ(batch.lagging.size(), 2u);
  EXPECT_EQ(batch.drop.size(), 4u);
  EXPECT_EQ(batch.unlag.size(), 4u);
  EXPECT_EQ(batch.failing.size(), 2u);
  EXPECT_EQ(batch.recovered, std::vector{id_of('b')});
}

TEST(pending_commit, a_letter_that_came_and_went_costs_one_delete) {
  pending_commit aut;
  dead_letter letter;
  letter.key = key_of('a', 1);
  letter.up_to = 1;
  aut.died(letter);
  aut.undead(letter.key);
  EXPECT_TRUE(aut.batch().dead.empty());
  EXPECT_EQ(aut.batch().undead, std::vector{letter.key});
  aut.died(letter);
  EXPECT_EQ(aut.batch().dead, std::vector{letter});
  EXPECT_TRUE(aut.batch().undead.empty());
}

TEST(pending_commit, the_last_word_on_a_condition_counts) {
  pending_commit aut;
  aut.failing({id_of('a'), 1});
  aut.recovered(id_of('a'));
  EXPECT_EQ(aut.batch().recovered, std::vector{id_of('a')});
  aut.failing({id_of('a'), 2});
  EXPECT_EQ(aut.batch().failing, (std::vector<condition>{{id_of('a'), 2}}));
  EXPECT_EQ(aut.size(), 1u);
}

/// Whatever was said in whatever order, one batch does the same to the rows as
/// each change by itself, and no key is in it twice.
TEST(pending_commit, one_batch_does_what_the_single_changes_would) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 rng{seed};
    rows stepwise;
    for (uint8_t letter = 'a'; letter < 'd'; ++letter) {
      stepwise.jobs[key_of(letter, 2)] = {key_of(letter, 2), 7, 7};
      stepwise.lags[{id_of(letter), 1}] = 7;
    }
    auto at_once = stepwise;
    pending_commit aut;
    for (int i = 0; i < 40; ++i) {
      auto letter = static_cast<uint8_t>('a' + rng() % 3);
      auto log = static_cast<log_id>(rng() % 2);
      auto key = key_of(letter, 1 + rng() % 3, log);
      job row{key, uint32_t(rng() % 9), unix_ms(rng() % 100)};
      commit_batch single;
      switch (rng() % 4) {
        case 0:
          aut.put(row);
          single.put = {row};
          break;
        case 1:
          aut.drop(key);
          single.drop = {key};
          break;
        case 2:
          aut.lagging({key.sub, log, row.attempt});
          single.lagging = {{key.sub, log, row.attempt}};
          break;
        default:
          aut.unlag(key.sub, log);
          single.unlag = {{key.sub, log}};
      }
      stepwise.apply(single);
    }
    auto batch = aut.batch();
    ASSERT_EQ(batch.put.size() + batch.drop.size() + batch.lagging.size()
                + batch.unlag.size(),
              aut.size());
    std::set<job_key> keys;
    for (auto& row : batch.put)
      ASSERT_TRUE(keys.insert(row.key).second);
    for (auto& key : batch.drop)
      ASSERT_TRUE(keys.insert(key).second);
    at_once.apply(batch);
    ASSERT_EQ(at_once, stepwise);
  }
}

} // namespace herald::test
