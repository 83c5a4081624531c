#include "tests/storage/rocksdb/rocksdb_test.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include <unistd.h>

namespace herald {

namespace {

using rocksdb_open = rocksdb_test;

constexpr uid_t nobody = 65534;

// Root may do anything: as root, the calls within are made as somebody else.
class as_nobody {
public:
  as_nobody() { done_ = ::geteuid() == 0 && ::seteuid(nobody) == 0; }
  ~as_nobody() {
    if (done_) {
      EXPECT_EQ(::seteuid(0), 0);
    }
  }
  as_nobody(const as_nobody&) = delete;
  as_nobody& operator=(const as_nobody&) = delete;

private:
  bool done_ = false;
};

std::string current_manifest(const std::string& path) {
  std::ifstream in{path + "/CURRENT"};
  std::string name;
  std::getline(in, name);
  return path + "/" + name;
}

} // namespace

TEST_F(rocksdb_open, the_stored_shape_wins) {
  options.shape = {2, 8};
  open();
  options.shape = {1, 16};
  open();
  EXPECT_EQ(st->shape().logs, 2u);
  EXPECT_EQ(st->shape().partitions, 8u);
}

TEST_F(rocksdb_open, a_senseless_shape_is_invalid) {
  options.shape = {0, 16};
  EXPECT_EQ(code_of(open_error()), errc::invalid);
  options.shape = {1, 1'000'000};
  EXPECT_EQ(code_of(open_error()), errc::invalid);
}

TEST_F(rocksdb_open, a_second_opening_is_busy_and_says_what_to_do) {
  open();
  auto err = open_error();
  EXPECT_EQ(code_of(err), errc::busy) << describe(err);
  EXPECT_TRUE(mentions(err, "another herald uses " + options.path));
  EXPECT_TRUE(mentions(err, "--data"));
  EXPECT_TRUE(append("still works"));
}

TEST_F(rocksdb_open, an_unknown_format_version_is_incompatible) {
  open();
  overwrite("default", "format", std::string{"\x02\0\0\0\x01", 5});
  auto err = open_error();
  EXPECT_EQ(code_of(err), errc::incompatible);
  EXPECT_TRUE(mentions(err, "version 2")) << describe(err);
  EXPECT_TRUE(mentions(err, options.path));
}

TEST_F(rocksdb_open, an_unknown_column_family_is_incompatible) {
  open();
  st.reset();
  with_database([](rocksdb::DB& db, const families&) {
    rocksdb::ColumnFamilyHandle* handle = nullptr;
    EXPECT_TRUE(db.CreateColumnFamily({}, "tomorrow", &handle).ok());
    db.DestroyColumnFamilyHandle(handle);
  });
  auto err = open_error();
  EXPECT_EQ(code_of(err), errc::incompatible);
  EXPECT_TRUE(mentions(err, "tomorrow")) << describe(err);
}

TEST_F(rocksdb_open, a_database_of_somebody_else_is_incompatible) {
  with_database([](rocksdb::DB& db, const families&) {
    EXPECT_TRUE(db.Put({}, "their", "data").ok());
  });
  EXPECT_EQ(code_of(open_error()), errc::incompatible);
}

TEST_F(rocksdb_open, a_damaged_format_record_is_corrupt) {
  open();
  overwrite("default", "format", "\x01zz");
  auto err = open_error();
  EXPECT_EQ(code_of(err), errc::corrupt);
  EXPECT_TRUE(mentions(err, "666f726d6174")) << describe(err);
}

TEST_F(rocksdb_open, a_damaged_manifest_is_corrupt_and_says_what_to_do) {
  open();
  append("a");
  st.reset();
  std::ofstream{current_manifest(options.path)} << std::string(5000, 'z');
  auto err = open_error();
  EXPECT_EQ(code_of(err), errc::corrupt) << describe(err);
  EXPECT_TRUE(mentions(err, "backup"));
}

TEST_F(rocksdb_open, a_folder_that_cannot_be_made_is_a_permission) {
  ASSERT_EQ(::chmod(folder.path().c_str(), 0500), 0);
  {
    as_nobody guard;
    auto err = open_error();
    EXPECT_EQ(code_of(err), errc::permission) << describe(err);
    EXPECT_TRUE(mentions(err, options.path));
  }
  ::chmod(folder.path().c_str(), 0700);
}

TEST_F(rocksdb_open, a_store_that_may_not_be_written_is_a_permission) {
  open();
  st.reset();
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(options.path.c_str(), 0555), 0);
  {
    as_nobody guard;
    auto err = open_error();
    EXPECT_EQ(code_of(err), errc::permission) << describe(err);
  }
  ::chmod(options.path.c_str(), 0755);
}

TEST_F(rocksdb_open, a_file_in_place_of_the_folder_is_an_error) {
  std::ofstream{options.path} << "not a folder";
  auto err = open_error();
  EXPECT_EQ(code_of(err), errc::invalid);
  EXPECT_TRUE(mentions(err, options.path)) << describe(err);
}

TEST_F(rocksdb_open, deletions_are_forgotten_but_revisions_never_go_back) {
  open();
  auto one = make_subscription("a");
  auto other = make_subscription("b");
  EXPECT_FALSE(put(one));
  EXPECT_FALSE(put(other));
  std::vector<subscription_change> drops{{one, true, {}}, {other, true, {}}};
  EXPECT_TRUE(st->change(drops));
  EXPECT_EQ(st->changes(0, 0, 10)->size(), 2u);
  open();
  EXPECT_EQ(st->changes(0, 0, 10)->size(), 1u);
  EXPECT_FALSE(put(one));
  EXPECT_EQ((*st->get(one.id))->revision, 5u);
}

TEST_F(rocksdb_open, a_subscription_has_one_row_of_each_kind) {
  open();
  auto one = make_subscription("a");
  for (int i = 0; i < 3; ++i)
    EXPECT_FALSE(put(one));
  st.reset();
  for (auto family : {"subscriptions", "topics", "revisions"})
    EXPECT_EQ(count_rows(family), 1) << family;
}

TEST_F(rocksdb_open, a_trimmed_event_leaves_no_row_behind) {
  open();
  for (auto id : {"a", "b", "c"})
    ASSERT_TRUE(append(id));
  EXPECT_EQ(*st->trim(0, 2, 10), 2u);
  st.reset();
  for (auto family : {"events", "bodies", "ids"})
    EXPECT_EQ(count_rows(family), 1) << family;
}

TEST_F(rocksdb_open, what_was_written_lately_is_known_until_it_is_pushed_out) {
  open();
  auto change = [this](const subscription& what, uint64_t expected) {
    subscription_change one{what, false, expected};
    auto result = st->change({&one, 1});
    return result ? result->front() : result.error();
  };
  std::vector<subscription> all;
  for (int i = 0; i < 9000; ++i)
    all.push_back(make_subscription("s" + std::to_string(i)));
  std::vector<subscription_change> puts;
  for (auto& each : all)
    puts.push_back({each, false, 0});
  ASSERT_TRUE(st->change(puts));
  for (size_t i : {0u, 500u, 8999u}) {
    EXPECT_EQ(code_of(change(all[i], 0).error()), errc::conflict) << i;
    EXPECT_EQ(code_of(change(all[i], i + 2).error()), errc::conflict) << i;
    EXPECT_TRUE(change(all[i], i + 1)) << i;
  }
  subscription_change drop{all[8999], true, 9003};
  ASSERT_TRUE(st->change({&drop, 1}));
  EXPECT_EQ(code_of(change(all[8999], 9003).error()), errc::conflict);
  EXPECT_TRUE(change(all[8999], 0));
  st.reset();
  for (auto family : {"subscriptions", "topics"})
    EXPECT_EQ(count_rows(family), 9000) << family;
}

TEST_F(rocksdb_open, at_rest_memory_is_given_back_and_nothing_is_lost) {
  uint64_t free = UINT64_MAX;
  options.free_bytes = [&free] { return free; };
  open();
  // A flush begins with a new write-ahead log.
  auto log = [this] {
    std::string result;
    for (auto& file : std::filesystem::directory_iterator{options.path})
      if (file.path().extension() == ".log")
        result = std::max(result, file.path().filename().string());
    return result;
  };
  auto one = make_subscription("a");
  EXPECT_FALSE(put(one));
  auto before = log();
  EXPECT_FALSE(st->rest());
  EXPECT_TRUE(st->rest());
  EXPECT_EQ(log(), before) << "too little to be worth a file";
  for (int i = 0; i < 4; ++i)
    ASSERT_TRUE(append("e" + std::to_string(i), std::string(300'000, 'x')));
  EXPECT_FALSE(put(one));
  EXPECT_FALSE(st->rest());
  EXPECT_EQ(log(), before) << "something was written since the last time";
  free = 0;
  EXPECT_TRUE(st->rest());
  EXPECT_EQ(log(), before) << "no space";
  free = UINT64_MAX;
  EXPECT_TRUE(st->rest());
  EXPECT_GT(log(), before);
  EXPECT_FALSE(put(one));
  EXPECT_EQ((*st->get(one.id))->revision, 3u);
  EXPECT_EQ(st->read(0, 0, 10)->size(), 4u);
  open();
  EXPECT_EQ((*st->get(one.id))->revision, 3u);
  EXPECT_EQ(st->read(0, 0, 10)->size(), 4u);
}

} // namespace herald
