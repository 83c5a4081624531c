// The folder of the store holds secrets in the clear: nobody else on the
// machine may look into it, and it is nobody else's.
#include "tests/end_to_end/support/websub.hpp"

#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include <unistd.h>

using namespace herald::end_to_end;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace fs = std::filesystem;

namespace {

constexpr uid_t nobody = 65534;

unsigned rights_of(const fs::path& file) {
  struct stat seen {};
  return ::lstat(file.c_str(), &seen) == 0 ? seen.st_mode & 0777U : 0U;
}

/// The folder is 0700, and each of its files 0600.
void expect_private(const fs::path& folder) {
  EXPECT_EQ(rights_of(folder), 0700U) << folder;
  size_t count = 0;
  for (auto& file : fs::directory_iterator{folder}) {
    // The store may drop a file at any time.
    auto rights = rights_of(file);
    if (rights != 0) {
      EXPECT_EQ(rights, 0600U) << file;
    }
    ++count;
  }
  EXPECT_GT(count, 3U) << "a store has files";
}

void open_to_all(const fs::path& folder) {
  ::chmod(folder.c_str(), 0755);
  for (auto& file : fs::directory_iterator{folder})
    ::chmod(file.path().c_str(), 0644);
}

/// The command line that runs the words after `umask MASK`.
std::vector<std::string> with_umask(const std::string& mask,
                                    std::vector<std::string> words) {
  words.insert(words.begin(),
               {"sh", "-c", "umask " + mask + "; exec \"$0\" \"$@\""});
  return words;
}

/// The command line that runs the words without the rights of root.
std::vector<std::string> as_nobody(std::vector<std::string> words) {
  words.insert(words.begin(), {"setpriv", "--reuid", "65534", "--regid",
                               "65534", "--clear-groups"});
  return words;
}

bool can_be_nobody() {
  return ::geteuid() == 0
         && run(as_nobody({HERALD_BINARY, "serve", "--help"})).code == 0;
}

uint16_t port_in(const std::string& ready_line) {
  auto colon = ready_line.rfind(':');
  return static_cast<uint16_t>(std::stoul(ready_line.substr(colon + 1)));
}

void expect_refused_start(const run_result& how,
                          const std::vector<std::string>& words) {
  ASSERT_TRUE(how.code.has_value());
  EXPECT_NE(*how.code, 0);
  EXPECT_THAT(how.output, Not(HasSubstr("ready")));
  for (auto& word : words)
    EXPECT_THAT(how.complaints, HasSubstr(word));
}

class data_folder : public websub {
public:
  void TearDown() override { fs::permissions(parent(), fs::perms::owner_all); }

  const fs::path& parent() const { return folder_.path(); }
  fs::path data() const { return folder_.path() / "data"; }

  run_result start_and_end() { return run(node_process::command(data(), {})); }

private:
  temp_folder folder_;
};

} // namespace

TEST_F(data_folder, is_private_whatever_the_umask) {
  for (auto* mask : {"000", "022", "077"}) {
    auto folder = parent() / mask;
    child_process node{with_umask(mask, node_process::command(folder, {}))};
    auto line = node.read_line().value_or("");
    ASSERT_THAT(line, StartsWith("herald ready on ")) << node.complaints();
    expect_private(folder);
    receiver to;
    auto port = port_in(line);
    post_form(port, "/hub",
              {{"hub.mode", "subscribe"},
               {"hub.topic", "a"},
               {"hub.callback", to.url()},
               {"hub.secret", "S3CRET-4711"}});
    ASSERT_TRUE(to.wait_for_challenges(1));
    expect_private(folder);
    node.signal(SIGTERM);
    EXPECT_EQ(node.wait(), 0);
    expect_private(folder);
  }
}

TEST_F(data_folder, is_tightened_where_it_was_open) {
  start(quick_retries, data());
  receiver to;
  subscribe("a", to.url(), {{"hub.secret", "S3CRET-4711"}});
  stop();
  open_to_all(data());
  node().start();
  expect_private(data());
  EXPECT_EQ(state_of("a", to.url()), "active") << "and it is the same store";
}

TEST_F(data_folder, may_be_there_and_empty) {
  fs::create_directory(data());
  ::chmod(data().c_str(), 0775);
  start(quick_retries, data());
  expect_private(data());
}

TEST_F(data_folder, is_refused_where_it_holds_other_things) {
  fs::create_directory(data());
  ::chmod(data().c_str(), 0755);
  std::ofstream{data() / "notes.txt"} << "mine";
  ::chmod((data() / "notes.txt").c_str(), 0644);
  expect_refused_start(start_and_end(), {data().string(), "notes.txt"});
  EXPECT_EQ(read_text(data() / "notes.txt"), "mine");
  EXPECT_EQ(rights_of(data() / "notes.txt"), 0644U);
  EXPECT_EQ(rights_of(data()), 0755U) << "nothing of others is touched";
  auto all = fs::directory_iterator{data()};
  EXPECT_EQ(std::distance(begin(all), end(all)), 1);
}

TEST_F(data_folder, is_refused_where_it_is_the_home_of_others) {
  for (auto* name : {"documents", "LICENSE", "log", "data.txt", "sst"}) {
    fs::remove_all(data());
    fs::create_directories(data() / name);
    expect_refused_start(start_and_end(), {name});
  }
}

TEST_F(data_folder, may_hold_what_volumes_and_tools_leave_there) {
  fs::create_directories(data() / "lost+found");
  std::ofstream{data() / ".keep"} << "";
  fs::create_directory(data() / ".snapshot");
  start(quick_retries, data());
  EXPECT_EQ(get("/readyz").status(), 200);
}

TEST_F(data_folder, is_refused_where_it_is_no_folder) {
  std::ofstream{data()} << "a file";
  expect_refused_start(start_and_end(), {data().string()});
}

// -- whose it is --------------------------------------------------------------

TEST_F(data_folder, is_refused_where_another_user_owns_it) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can give a folder away";
  fs::create_directory(data());
  ASSERT_EQ(::chown(data().c_str(), nobody, nobody), 0);
  expect_refused_start(start_and_end(), {data().string(), "user"});
}

TEST_F(data_folder, is_refused_where_others_may_write) {
  if (!can_be_nobody())
    GTEST_SKIP() << "needs root, and a program that others may run";
  ::chmod(parent().c_str(), 0755);
  fs::create_directory(data());
  ::chmod(data().c_str(), 0777);
  auto how = run(as_nobody(node_process::command(data(), {})));
  expect_refused_start(how, {data().string(), "write"});
}

// A mounted volume: it is root's, and our group's to write.
TEST_F(data_folder, of_a_volume_gets_a_folder_for_the_store) {
  if (!can_be_nobody())
    GTEST_SKIP() << "needs root, and a program that others may run";
  ::chmod(parent().c_str(), 0755);
  fs::create_directory(data());
  ASSERT_EQ(::chown(data().c_str(), 0, nobody), 0);
  ::chmod(data().c_str(), 02775);
  for (int i = 0; i < 2; ++i) {
    child_process node{as_nobody(node_process::command(data(), {}))};
    auto line = node.read_line().value_or("");
    ASSERT_THAT(line, StartsWith("herald ready on ")) << node.complaints();
    expect_private(data() / "store");
    EXPECT_EQ(rights_of(data()), 0775U) << "it is not ours to change";
    node.signal(SIGTERM);
    EXPECT_EQ(node.wait(), 0);
  }
}
