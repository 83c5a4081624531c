#include "storage/bytes.hpp"
#include "storage/keys.hpp"
#include "tests/storage/rocksdb/faulty_files.hpp"
#include "tests/storage/rocksdb/rocksdb_test.hpp"

#include <algorithm>
#include <atomic>

namespace herald {

namespace {

using strings = std::vector<std::string>;
using kind = file_faults::kind;

// A store on files that fail, on a device that has the space it is said to.
class rocksdb_faults : public rocksdb_test {
protected:
  rocksdb_faults() {
    options.env = env.get();
    options.free_bytes = [this] { return free.load(); };
  }

  // The environment must outlive the store.
  ~rocksdb_faults() override {
    faults->on_append = faults->on_sync = kind::none;
    st.reset();
  }

  std::atomic<uint64_t> free = 1ULL << 40;
  std::shared_ptr<file_faults> faults = std::make_shared<file_faults>();
  std::unique_ptr<rocksdb::Env> env
    = rocksdb::NewCompositeEnv(std::make_shared<faulty_files>(faults));
};

using rocksdb_corruption = rocksdb_test;

errc code(const caf::expected<std::vector<append_result>>& result) {
  return result ? errc{} : code_of(result.error());
}

} // namespace

// -- no space -----------------------------------------------------------------

TEST_F(rocksdb_faults, a_device_without_space_is_full_until_there_is_some) {
  open();
  ASSERT_TRUE(append("a"));
  faults->on_append = kind::no_space;
  auto refused = append("b");
  ASSERT_EQ(code(refused), errc::full);
  EXPECT_TRUE(mentions(refused.error(), options.path));
  EXPECT_TRUE(mentions(refused.error(), "free some"));
  EXPECT_EQ(code(append("b")), errc::full);
  EXPECT_EQ(ids(), strings{"a"});
  EXPECT_EQ(code_of(put(make_subscription("a"))), errc::full);
  faults->on_append = kind::none;
  auto after = append("c");
  ASSERT_TRUE(after) << describe(after.error());
  EXPECT_GT(after->at(0).seq, 1u);
  EXPECT_EQ(ids(), (strings{"a", "c"}));
  open();
  EXPECT_EQ(ids(), (strings{"a", "c"}));
  EXPECT_TRUE(append("d"));
}

TEST_F(rocksdb_faults, a_stalled_store_waits_for_space_before_it_goes_on) {
  open();
  faults->on_append = kind::no_space;
  EXPECT_EQ(code(append("a")), errc::full);
  faults->on_append = kind::none;
  free = 0;
  EXPECT_EQ(code(append("a")), errc::full);
  auto owned = st->acquire("n", 1, std::chrono::seconds{1}, {});
  EXPECT_EQ(code_of(owned.error()), errc::full);
  free = 1ULL << 40;
  EXPECT_TRUE(append("a"));
}

TEST_F(rocksdb_faults, near_the_end_of_space_only_new_data_is_refused) {
  open();
  ASSERT_TRUE(append("a"));
  ASSERT_TRUE(append("b"));
  auto own = st->acquire("n", 1, std::chrono::seconds{1}, {})->at(0);
  free = options.reserve - 1;
  EXPECT_EQ(code(append("c")), errc::full);
  EXPECT_EQ(code_of(put(make_subscription("a"))), errc::full);
  EXPECT_EQ(ids(), (strings{"a", "b"}));
  commit_batch batch;
  batch.advance = {{0, 1}};
  EXPECT_FALSE(st->commit(own, batch));
  EXPECT_EQ(*st->trim(0, 1, 10), 1u);
  EXPECT_EQ(ids(), strings{"b"});
  free = options.reserve;
  EXPECT_TRUE(append("c"));
}

TEST_F(rocksdb_faults, a_failed_sync_leaves_each_event_at_most_once) {
  open();
  ASSERT_TRUE(append("a"));
  faults->on_sync = kind::no_space;
  EXPECT_EQ(code(append("b")), errc::full);
  faults->on_sync = kind::none;
  auto again = append("b");
  ASSERT_TRUE(again) << describe(again.error());
  open();
  EXPECT_EQ(ids(), (strings{"a", "b"}));
  EXPECT_EQ(*st->lookup(0, "b"), std::optional{again->at(0).seq});
}

// -- a device that breaks -----------------------------------------------------

TEST_F(rocksdb_faults, an_append_of_unknown_outcome_may_be_repeated) {
  open();
  ASSERT_TRUE(append("a"));
  faults->on_sync = kind::broken;
  EXPECT_EQ(code(append("b")), errc::unavailable);
  faults->on_sync = kind::none;
  open();
  // The bytes were in the file: the first append did land.
  auto again = append("b");
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->at(0).duplicate);
  EXPECT_EQ(again->at(0).seq, 2u);
  EXPECT_EQ(ids(), (strings{"a", "b"}));
}

TEST_F(rocksdb_faults, a_store_that_broke_refuses_writes_and_still_reads) {
  open();
  ASSERT_TRUE(append("a"));
  faults->on_sync = kind::broken;
  EXPECT_EQ(code(append("b")), errc::unavailable);
  faults->on_sync = kind::none;
  EXPECT_EQ(code(append("c")), errc::unavailable);
  EXPECT_EQ(code_of(st->flush()), errc::unavailable);
  EXPECT_EQ(ids(), strings{"a"});
}

TEST_F(rocksdb_faults, a_flush_without_space_is_full_and_recovers) {
  open();
  faults->on_append = kind::no_space;
  EXPECT_EQ(code(append("a")), errc::full);
  EXPECT_EQ(code_of(st->flush()), errc::full);
  faults->on_append = kind::none;
  EXPECT_FALSE(st->flush());
  EXPECT_TRUE(append("a"));
}

TEST_F(rocksdb_faults, commits_reach_the_device_with_the_next_flush) {
  open();
  auto own = st->acquire("n", 1, std::chrono::seconds{1}, {})->at(0);
  auto before = faults->syncs.load();
  commit_batch batch;
  batch.advance = {{0, 9}};
  EXPECT_FALSE(st->commit(own, batch));
  EXPECT_EQ(faults->syncs, before);
  EXPECT_FALSE(st->flush());
  EXPECT_EQ(faults->syncs, before + 1);
  ASSERT_TRUE(append("a"));
  EXPECT_EQ(faults->syncs, before + 2);
  EXPECT_FALSE(put(make_subscription("a")));
  EXPECT_EQ(faults->syncs, before + 3);
}

TEST_F(rocksdb_faults, a_failed_write_uses_up_its_sequences) {
  open();
  ASSERT_TRUE(append("a"));
  faults->on_append = kind::no_space;
  EXPECT_EQ(code(append("b")), errc::full);
  faults->on_append = kind::none;
  EXPECT_EQ(append("c")->at(0).seq, 3u);
  EXPECT_EQ(st->heads()->at(0).head, 3u);
}

TEST_F(rocksdb_faults, a_change_that_failed_is_not_remembered_as_made) {
  open();
  auto one = make_subscription("a");
  ASSERT_FALSE(put(one));
  faults->on_append = kind::no_space;
  auto never = make_subscription("b");
  EXPECT_EQ(code_of(put(one)), errc::full);
  EXPECT_EQ(code_of(put(never)), errc::full);
  faults->on_append = kind::none;
  std::vector<subscription_change> next{{one, false, 1}, {never, false, 0}};
  auto result = st->change(next);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_TRUE(result->at(0)) << "its revision is still the first";
  EXPECT_TRUE(result->at(1)) << "there was no row";
  st.reset();
  for (auto family : {"subscriptions", "topics", "revisions"})
    EXPECT_EQ(count_rows(family), 2) << family;
}

TEST_F(rocksdb_faults, a_failed_commit_moves_no_cursor) {
  open();
  auto own = st->acquire("n", 1, std::chrono::seconds{1}, {})->at(0);
  faults->on_append = kind::no_space;
  commit_batch batch;
  batch.advance = {{0, 9}};
  EXPECT_EQ(code_of(st->commit(own, batch)), errc::full);
  EXPECT_EQ(st->cursors(own)->at(0).at, 0u);
  faults->on_append = kind::none;
  EXPECT_FALSE(st->commit(own, batch));
  EXPECT_EQ(st->cursors(own)->at(0).at, 9u);
}

// -- damaged records ----------------------------------------------------------

TEST_F(rocksdb_corruption, a_damaged_event_hides_only_itself) {
  open();
  append("a");
  append("b");
  append("c");
  overwrite("events", keys::event(0, 2), "\x01garbage");
  open();
  EXPECT_EQ(ids(), (strings{"a", "c"}));
  ASSERT_FALSE(warnings.empty());
  for (auto part : {"column family events", "backup"})
    EXPECT_NE(warnings[0].find(part), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find(to_hex(keys::event(0, 2))), std::string::npos);
  auto found = *st->bodies(0, std::vector<sequence>{1, 2, 3}, 10'000);
  EXPECT_FALSE(found[0]->damaged);
  EXPECT_TRUE(found[1]->damaged);
  EXPECT_EQ(found[1]->seq, 2u);
  EXPECT_FALSE(found[2]->damaged);
  EXPECT_EQ(*st->trim(0, 2, 10), 2u);
  EXPECT_EQ(ids(), strings{"c"});
}

TEST_F(rocksdb_corruption, a_cut_body_hides_only_itself) {
  open();
  append("a");
  append("b");
  overwrite("bodies", keys::event(0, 1), "\x01short");
  open();
  auto found = *st->bodies(0, std::vector<sequence>{1, 2}, 10'000);
  EXPECT_TRUE(found[0]->damaged);
  EXPECT_FALSE(found[1]->damaged);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("column family bodies"), std::string::npos);
}

TEST_F(rocksdb_corruption, damage_in_a_row_of_many_hides_only_itself) {
  open();
  std::vector<sequence> all;
  for (sequence seq = 1; seq <= 9; ++seq) {
    append("e" + std::to_string(seq));
    all.push_back(seq);
  }
  overwrite("events", keys::event(0, 3), "\x01garbage");
  overwrite("bodies", keys::event(0, 6), "\x01short");
  open();
  auto found = *st->bodies(0, all, 100'000);
  ASSERT_EQ(found.size(), 9u);
  for (auto seq : all)
    EXPECT_EQ(found[seq - 1]->damaged, seq == 3 || seq == 6) << seq;
  EXPECT_EQ(warnings.size(), 2u);
}

TEST_F(rocksdb_corruption, device_damage_in_a_row_of_many_hides_only_itself) {
  open();
  std::vector<sequence> all;
  for (sequence seq = 1; seq <= 9; ++seq) {
    auto one = make_event("e" + std::to_string(seq));
    one.body = std::string(16'384, seq == 5 ? 'y' : 'x');
    ASSERT_TRUE(st->append(0, {&one, 1}));
    all.push_back(seq);
  }
  st.reset();
  with_database([&](rocksdb::DB& db, const families& each) {
    EXPECT_TRUE(db.Flush({}, each.at("bodies")).ok());
  });
  ASSERT_TRUE(damage_file_with(std::string(64, 'y')));
  open();
  auto found = *st->bodies(0, all, 1'000'000);
  ASSERT_EQ(found.size(), 9u);
  for (auto seq : all) {
    EXPECT_EQ(found[seq - 1]->damaged, seq == 5) << seq;
    EXPECT_EQ(found[seq - 1]->body.size(), seq == 5 ? 0u : 16'384u) << seq;
  }
  EXPECT_EQ(warnings.size(), 1u);
}

TEST_F(rocksdb_corruption, what_the_device_damaged_hides_only_itself) {
  open();
  auto large = make_event("a");
  large.body = std::string(16'384, 'y');
  ASSERT_TRUE(st->append(0, {&large, 1}));
  append("b");
  st.reset();
  with_database([&](rocksdb::DB& db, const families& all) {
    EXPECT_TRUE(db.Flush({}, all.at("bodies")).ok());
  });
  ASSERT_TRUE(damage_file_with(std::string(64, 'y')));
  open();
  auto found = *st->bodies(0, std::vector<sequence>{1, 2}, 100'000);
  EXPECT_TRUE(found[0]->damaged);
  EXPECT_FALSE(found[1]->damaged);
  EXPECT_EQ(found[1]->body, make_event("b").body);
  EXPECT_EQ(warnings.size(), 1u);
}

TEST_F(rocksdb_corruption, a_record_of_a_later_version_is_incompatible) {
  open();
  append("a");
  overwrite("events", keys::event(0, 1), "\x02");
  open();
  auto err = st->read(0, 0, 10).error();
  EXPECT_EQ(code_of(err), errc::incompatible) << describe(err);
}

TEST_F(rocksdb_corruption, a_damaged_subscription_hides_only_itself) {
  open();
  auto bad = make_subscription("b");
  for (auto topic : {"a", "b", "c"})
    ASSERT_FALSE(put(make_subscription(topic)));
  overwrite("subscriptions", keys::placed(0, bad.id), "\x01junk");
  open();
  strings found;
  auto page = *st->find({}, "", 10);
  for (const auto& one : page.items)
    found.push_back(one.topic_key);
  EXPECT_EQ(found, (strings{"a", "c"}));
  EXPECT_EQ(st->changes(0, 0, 10)->size(), 2u);
  EXPECT_EQ(st->snapshot(0, {}, 2)->size(), 2u);
  ASSERT_FALSE(warnings.empty());
  EXPECT_NE(warnings[0].find(bad.id.to_string()), std::string::npos);
  EXPECT_EQ(code_of(st->get(bad.id).error()), errc::corrupt);
}

TEST_F(rocksdb_corruption, a_damaged_subscription_can_be_put_again_or_dropped) {
  open();
  auto bad = make_subscription("b");
  ASSERT_FALSE(put(bad));
  overwrite("subscriptions", keys::placed(0, bad.id), "");
  open();
  subscription_change guarded{bad, false, 1};
  auto result = st->change({&guarded, 1});
  EXPECT_EQ(code_of(result->at(0).error()), errc::corrupt);
  EXPECT_FALSE(put(bad));
  EXPECT_EQ(st->find({}, "", 10)->items.size(), 1u);
  EXPECT_EQ(st->changes(0, 0, 10)->size(), 1u);
  overwrite("subscriptions", keys::placed(0, bad.id), "");
  open();
  subscription_change drop{bad, true, std::nullopt};
  EXPECT_TRUE(st->change({&drop, 1})->at(0));
  EXPECT_FALSE(*st->get(bad.id));
  EXPECT_TRUE(st->find({}, "", 10)->items.empty());
}

} // namespace herald
