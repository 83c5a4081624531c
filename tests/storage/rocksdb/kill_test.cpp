#include "tests/storage/store_contract.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <iostream>

#include <signal.h>
#include <spawn.h>
#include <unistd.h>

extern char** environ;

namespace herald {

namespace {

constexpr const char* folder_variable = "HERALD_TEST_KILL_FOLDER";

store_options options_in(const std::string& path) {
  store_options result;
  result.path = path;
  result.shape = {1, 1};
  return result;
}

event numbered(uint64_t number) {
  event result;
  result.id = "e" + std::to_string(number);
  result.topic = "a.b";
  result.body = std::string(1000, static_cast<char>('a' + number % 26));
  return result;
}

// Another run of this program, which executes one test until it is killed.
class child_process {
public:
  explicit child_process(const std::string& test) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::string self = "/proc/self/exe";
    auto filter = "--gtest_filter=" + test;
    std::string disabled = "--gtest_also_run_disabled_tests";
    std::array<char*, 4> arguments{self.data(), filter.data(), disabled.data(),
                                   nullptr};
    EXPECT_EQ(::posix_spawn(&id_, self.c_str(), &actions, nullptr,
                            arguments.data(), environ),
              0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    output_ = ::fdopen(ends[0], "r");
  }

  ~child_process() {
    kill();
    ::fclose(output_);
  }

  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  void kill() {
    if (id_ == 0)
      return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
    id_ = 0;
  }

  // The number in the next whole line that has one; nothing at the end.
  std::optional<uint64_t> next_number() {
    std::array<char, 256> line{};
    while (::fgets(line.data(), line.size(), output_)) {
      std::string text{line.data()};
      if (text.starts_with("done ") && text.ends_with('\n'))
        return std::stoull(text.substr(5));
    }
    return std::nullopt;
  }

private:
  pid_t id_ = 0;
  FILE* output_ = nullptr;
};

} // namespace

// Says "done N" once event N is appended and a commit says so.
TEST(kill_writer, DISABLED_until_killed) {
  const char* folder = std::getenv(folder_variable);
  if (!folder)
    GTEST_SKIP();
  auto st = open_rocksdb_store(options_in(folder));
  ASSERT_TRUE(st);
  auto own = (*st)->acquire("n", 1, std::chrono::seconds{1}, {})->at(0);
  for (uint64_t number = 1;; ++number) {
    auto what = numbered(number);
    ASSERT_TRUE((*st)->append(0, {&what, 1}));
    commit_batch batch;
    batch.advance = {{0, number}};
    batch.put = {{{{}, 0, number}, 1, static_cast<unix_ms>(number)}};
    ASSERT_FALSE((*st)->commit(own, batch));
    std::cout << "done " << number << std::endl;
  }
}

TEST(kill, whatever_was_acknowledged_is_there_afterwards) {
  temporary_folder folder;
  ::setenv(folder_variable, folder.path().c_str(), 1);
  uint64_t last = 0;
  {
    child_process child{"kill_writer.DISABLED_until_killed"};
    while (last < 500)
      last = child.next_number().value_or(500);
    child.kill();
    while (auto more = child.next_number())
      last = *more;
  }
  ::unsetenv(folder_variable);
  ASSERT_GE(last, 500u);
  auto st = open_rocksdb_store(options_in(folder.path()));
  ASSERT_TRUE(st) << describe(st.error());
  auto own = (*st)->acquire("n", 1, std::chrono::seconds{1}, {})->at(0);
  EXPECT_GE((*st)->cursors(own)->at(0).at, last);
  EXPECT_GE((*st)->due(own, 1 << 30, {}, 1 << 30)->size(), last);
  auto metas = *(*st)->read(0, 0, last);
  ASSERT_EQ(metas.size(), last);
  for (uint64_t number = 1; number <= last; ++number) {
    ASSERT_EQ(metas[number - 1].id, numbered(number).id);
    auto events = *(*st)->bodies(0, std::vector<sequence>{number}, 1);
    ASSERT_EQ(events.at(0)->body, numbered(number).body) << number;
  }
}

} // namespace herald
