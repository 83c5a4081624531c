#include "storage/memory/memory_store.hpp"

#include <gtest/gtest.h>

namespace herald {

namespace {

class memory_store_test : public testing::Test {
protected:
  caf::expected<std::vector<append_result>> append(const std::string& id) {
    event what;
    what.id = id;
    return st->append(0, {&what, 1});
  }

  // Makes one call fail, once.
  void fail_at(const std::string& call, fault_at when) {
    disk->fault
      = [call, when, left = 1](std::string_view name, fault_at at) mutable {
          if (name != call || at != when || left-- <= 0)
            return caf::error{};
          return fail(errc::unavailable, "as the test wants it");
        };
  }

  ownership own() {
    return st->acquire("n", 1, std::chrono::seconds{1}, {})->at(0);
  }

  void advance(sequence to) {
    commit_batch batch;
    batch.advance = {{0, to}};
    EXPECT_FALSE(st->commit(own(), batch));
  }

  sequence cursor() { return st->cursors(own())->at(0).at; }

  std::shared_ptr<memory_disk> disk
    = std::make_shared<memory_disk>(store_shape{1, 1});
  std::unique_ptr<store> st = make_memory_store(disk);
};

} // namespace

TEST_F(memory_store_test, a_fault_before_a_call_lets_nothing_happen) {
  fail_at("append", fault_at::before);
  auto failed = append("a");
  ASSERT_FALSE(failed);
  EXPECT_EQ(code_of(failed.error()), errc::unavailable);
  EXPECT_FALSE(append("a")->at(0).duplicate);
}

TEST_F(memory_store_test, a_fault_after_a_call_hides_what_happened) {
  fail_at("append", fault_at::after);
  auto failed = append("a");
  ASSERT_FALSE(failed);
  EXPECT_EQ(code_of(failed.error()), errc::unavailable);
  EXPECT_TRUE(append("a")->at(0).duplicate);
}

TEST_F(memory_store_test, the_disk_outlives_its_stores) {
  ASSERT_TRUE(append("a"));
  st = make_memory_store(disk);
  EXPECT_EQ(st->read(0, 0, 10)->size(), 1u);
  EXPECT_EQ(disk->logs[0].bounds.head, 1u);
}

TEST_F(memory_store_test, a_power_cut_loses_commits_since_the_last_fsync) {
  disk->tracks_power_cuts = true;
  advance(3);
  EXPECT_FALSE(st->flush());
  advance(5);
  disk->sync();
  commit_batch batch;
  batch.advance = {{0, 9}};
  auto owner = own();
  EXPECT_FALSE(st->commit(owner, batch));
  EXPECT_EQ(st->cursors(owner)->at(0).at, 9u);
  disk->cut_power();
  EXPECT_EQ(cursor(), 5u);
}

TEST_F(memory_store_test, an_append_fsyncs_the_commits_before_it) {
  disk->tracks_power_cuts = true;
  advance(3);
  ASSERT_TRUE(append("a"));
  disk->cut_power();
  EXPECT_EQ(cursor(), 3u);
  EXPECT_EQ(st->read(0, 0, 10)->size(), 1u);
}

TEST(memory_store, makes_its_own_disk) {
  auto st = make_memory_store(store_shape{3, 5});
  EXPECT_EQ(st->shape().logs, 3u);
  EXPECT_EQ(st->heads()->size(), 3u);
}

} // namespace herald
