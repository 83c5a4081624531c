#include "config/errc.hpp"
#include "storage/rocksdb/folder.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace herald {

namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr uid_t somebody_else = 12345;
constexpr uid_t folder_nobody = 65534;

/// `--data` below a folder of the test's own; `data` is not there at first.
class a_data_folder : public testing::Test {
protected:
  a_data_folder() {
    auto pattern = (fs::path{testing::TempDir()} / "herald-XXXXXX").string();
    around = ::mkdtemp(pattern.data());
    data = around + "/data";
  }

  ~a_data_folder() override {
    std::error_code ignored;
    fs::remove_all(around, ignored);
  }

  static void set_mode(const std::string& path, mode_t mode) {
    EXPECT_EQ(::chmod(path.c_str(), mode), 0) << path;
  }

  static mode_t mode_of(const std::string& path) {
    struct stat what {};
    EXPECT_EQ(::stat(path.c_str(), &what), 0) << path;
    return what.st_mode & 07777U;
  }

  void make_data(mode_t mode = 0700) {
    fs::create_directory(data);
    set_mode(data, mode);
  }

  void put(const std::string& name, mode_t mode = 0644) {
    std::ofstream{data + "/" + name} << "x";
    set_mode(data + "/" + name, mode);
  }

  /// Where the store goes; fails if it may not go anywhere.
  std::string prepare() {
    auto result = prepare_folder(data);
    EXPECT_TRUE(result) << describe(result.error());
    return result ? *result : std::string{};
  }

  /// Of a folder that is not taken; its sentence names the folder.
  errc refusal() {
    auto result = prepare_folder(data);
    EXPECT_FALSE(result);
    if (result)
      return errc{};
    EXPECT_THAT(describe(result.error()), HasSubstr(data));
    why = describe(result.error());
    return code_of(result.error());
  }

  std::string around;
  std::string data;
  std::string why; ///< The sentence of the last refusal.
};

/// What root does as somebody else.
class folder_as_nobody {
public:
  folder_as_nobody() { EXPECT_EQ(::seteuid(folder_nobody), 0); }
  ~folder_as_nobody() { EXPECT_EQ(::seteuid(0), 0); }
  folder_as_nobody(const folder_as_nobody&) = delete;
  folder_as_nobody& operator=(const folder_as_nobody&) = delete;
};

/// Whatever the process that runs the tests has.
class folder_umask {
public:
  explicit folder_umask(mode_t mask) : before_(::umask(mask)) {
    // nop
  }
  ~folder_umask() { ::umask(before_); }
  folder_umask(const folder_umask&) = delete;
  folder_umask& operator=(const folder_umask&) = delete;

private:
  mode_t before_;
};

} // namespace

// -- making and tightening ----------------------------------------------------

TEST_F(a_data_folder, is_made_for_its_owner_only_whatever_the_umask) {
  for (mode_t mask : {0000U, 0022U, 0077U}) {
    folder_umask as{mask};
    fs::remove_all(data);
    EXPECT_EQ(prepare(), data);
    EXPECT_EQ(mode_of(data), 0700U) << mask;
  }
}

TEST_F(a_data_folder, is_made_with_its_parents) {
  folder_umask usual{0022};
  data = around + "/a/b/data";
  EXPECT_EQ(prepare(), data);
  EXPECT_EQ(mode_of(data), 0700U);
  EXPECT_EQ(mode_of(around + "/a/b"), 0755U);
}

TEST_F(a_data_folder, may_be_written_with_a_slash_at_its_end) {
  data += "/";
  EXPECT_EQ(prepare(), data);
  EXPECT_EQ(mode_of(data), 0700U);
}

TEST_F(a_data_folder, is_tightened) {
  for (mode_t mode : {0777U, 0755U, 0750U, 0701U, 01777U}) {
    make_data(mode);
    EXPECT_EQ(prepare(), data);
    EXPECT_EQ(mode_of(data) & 0777U, 0700U) << mode;
  }
}

TEST_F(a_data_folder, tightens_the_files_of_a_store_and_no_others) {
  make_data();
  for (auto name : {"CURRENT", "LOCK", "LOG", "LOG.old.1", "IDENTITY",
                    "MANIFEST-000001", "OPTIONS-000007", "000004.log",
                    "000009.sst", "000011.blob", "000001.dbtmp"})
    put(name);
  put("notes.txt");
  put(".hidden");
  prepare();
  for (auto name : {"CURRENT", "LOCK", "LOG", "LOG.old.1", "IDENTITY",
                    "MANIFEST-000001", "OPTIONS-000007", "000004.log",
                    "000009.sst", "000011.blob", "000001.dbtmp"})
    EXPECT_EQ(mode_of(data + "/" + name), 0600U) << name;
  EXPECT_EQ(mode_of(data + "/notes.txt"), 0644U);
  EXPECT_EQ(mode_of(data + "/.hidden"), 0644U);
}

TEST_F(a_data_folder, leaves_what_its_links_lead_to_as_it_is) {
  make_data();
  put("CURRENT");
  std::ofstream{around + "/elsewhere"} << "x";
  set_mode(around + "/elsewhere", 0644);
  fs::create_symlink(around + "/elsewhere", data + "/LOG");
  prepare();
  EXPECT_EQ(mode_of(around + "/elsewhere"), 0644U);
}

TEST_F(a_data_folder, may_be_prepared_again) {
  EXPECT_EQ(prepare(), data);
  put("CURRENT");
  EXPECT_EQ(prepare(), data);
  EXPECT_EQ(prepare(), data);
}

// -- what is in it ------------------------------------------------------------

TEST_F(a_data_folder, with_other_things_is_refused) {
  for (auto name : {"notes.txt", "store", "current", "Makefile", "x.sst.bak"}) {
    make_data();
    put(name);
    EXPECT_EQ(refusal(), errc::invalid) << name;
    EXPECT_THAT(why, AllOf(HasSubstr(name), HasSubstr("--data"))) << name;
    fs::remove_all(data);
  }
}

TEST_F(a_data_folder, with_other_things_stays_as_it_is) {
  make_data(0755);
  put("notes.txt");
  put("LOG");
  EXPECT_EQ(refusal(), errc::invalid);
  EXPECT_EQ(mode_of(data), 0755U);
  EXPECT_EQ(mode_of(data + "/LOG"), 0644U);
}

TEST_F(a_data_folder, may_hold_lost_and_found_and_names_with_a_dot) {
  make_data();
  fs::create_directory(data + "/lost+found");
  fs::create_directory(data + "/.snapshot");
  put(".gitkeep");
  EXPECT_EQ(prepare(), data);
}

TEST_F(a_data_folder, may_hold_what_is_left_of_a_store_that_was_killed) {
  make_data();
  for (auto name : {"LOCK", "LOG", "IDENTITY", "MANIFEST-000001",
                    "000001.dbtmp", "000004.log"})
    put(name);
  EXPECT_EQ(prepare(), data);
}

TEST_F(a_data_folder, with_a_store_may_hold_other_things) {
  make_data();
  put("CURRENT");
  put("notes.txt");
  fs::create_directory(data + "/backup");
  EXPECT_EQ(prepare(), data);
}

// -- what it is ---------------------------------------------------------------

TEST_F(a_data_folder, is_no_file) {
  std::ofstream{data} << "x";
  set_mode(data, 0644);
  EXPECT_EQ(refusal(), errc::invalid);
  EXPECT_THAT(why, AllOf(HasSubstr("no folder"), HasSubstr("--data")));
  EXPECT_EQ(mode_of(data), 0644U);
}

TEST_F(a_data_folder, is_not_made_below_a_file) {
  std::ofstream{around + "/file"} << "x";
  data = around + "/file/data";
  EXPECT_EQ(refusal(), errc::unavailable);
}

TEST_F(a_data_folder, may_be_behind_a_link) {
  fs::create_directory(around + "/real");
  set_mode(around + "/real", 0755);
  fs::create_directory_symlink(around + "/real", data);
  EXPECT_EQ(prepare(), data);
  EXPECT_EQ(mode_of(around + "/real"), 0700U);
}

// -- whose it is --------------------------------------------------------------

TEST_F(a_data_folder, of_another_user_is_refused) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can give a folder away";
  for (mode_t mode : {0700U, 0777U}) {
    make_data(mode);
    ASSERT_EQ(::chown(data.c_str(), somebody_else, somebody_else), 0);
    EXPECT_EQ(refusal(), errc::permission);
    EXPECT_THAT(why, AllOf(HasSubstr("another user"), HasSubstr("12345")));
    EXPECT_EQ(mode_of(data), mode);
    fs::remove_all(data);
  }
}

TEST_F(a_data_folder, of_root_that_everybody_writes_to_is_refused) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can make a folder of root's";
  set_mode(around, 0755);
  make_data(0777);
  folder_as_nobody as;
  EXPECT_EQ(refusal(), errc::permission);
  EXPECT_THAT(why, HasSubstr("everybody may write"));
}

// A volume that was mounted for us: only our group may write to it.
TEST_F(a_data_folder, of_root_for_our_group_gets_a_folder_within) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can make a folder of root's";
  set_mode(around, 0755);
  make_data(0775);
  ASSERT_EQ(::chown(data.c_str(), 0, ::getegid()), 0);
  fs::create_directory(data + "/lost+found");
  folder_as_nobody as;
  EXPECT_EQ(prepare(), data + "/store");
  EXPECT_EQ(mode_of(data + "/store"), 0700U);
  EXPECT_EQ(mode_of(data), 0775U);
  EXPECT_EQ(prepare(), data + "/store");
}

TEST_F(a_data_folder, of_root_keeps_the_store_that_is_in_it) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can make a folder of root's";
  set_mode(around, 0755);
  make_data(0775);
  put("CURRENT");
  folder_as_nobody as;
  EXPECT_EQ(prepare(), data);
}

TEST_F(a_data_folder, that_may_not_be_made_says_what_to_do) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs a folder of another user's";
  set_mode(around, 0755);
  folder_as_nobody as;
  EXPECT_EQ(refusal(), errc::permission);
  EXPECT_THAT(why, HasSubstr("let herald's user write there"));
}

} // namespace herald
