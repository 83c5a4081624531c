#include "tests/end_to_end/support/child_process.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

namespace herald::end_to_end {

namespace {

using clock = std::chrono::steady_clock;

/// Waits until `fd` can be read; false at `deadline`.
bool wait_readable(int fd, clock::time_point deadline) {
  auto left
    = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
  auto limit = std::max<std::chrono::milliseconds::rep>(left.count(), 0);
  pollfd what{fd, POLLIN, 0};
  return ::poll(&what, 1, static_cast<int>(limit)) > 0;
}

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error{error, std::generic_category(), what};
}

std::vector<char*> pointers(std::vector<std::string>& from) {
  std::vector<char*> result;
  for (auto& x : from)
    result.push_back(x.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment(const std::vector<std::string>& extra) {
  std::vector<std::string> result;
  for (auto x = ::environ; *x != nullptr; ++x)
    // The node's own settings must come from the test alone.
    if (!std::string_view{*x}.starts_with("HERALD_"))
      result.emplace_back(*x);
  result.insert(result.end(), extra.begin(), extra.end());
  return result;
}

/// What the child gets as its streams; ours is a file, a pipe and nothing.
class streams {
public:
  streams(int output, const std::string& complaints) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, 1);
    posix_spawn_file_actions_addopen(&actions_, 2, complaints.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
  }

  ~streams() { posix_spawn_file_actions_destroy(&actions_); }

  const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
  posix_spawn_file_actions_t actions_{};
};

} // namespace

temp_folder::temp_folder() {
  auto name
    = (std::filesystem::temp_directory_path() / "herald-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    fail(errno, "mkdtemp");
  path_ = name;
}

temp_folder::~temp_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

child_process::child_process(const std::vector<std::string>& argv,
                             const std::vector<std::string>& extra) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    fail(errno, "pipe2");
  output_ = ends[0];
  streams given{ends[1], folder_.path() / "stderr"};
  auto words = argv;
  auto variables = environment(extra);
  auto error
    = ::posix_spawnp(&pid_, words[0].c_str(), given.get(), nullptr,
                     pointers(words).data(), pointers(variables).data());
  ::close(ends[1]);
  if (error != 0)
    fail(error, words[0].c_str());
  // The header of glibc 2.36 declares pidfd_open for C only.
  pid_fd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

child_process::~child_process() {
  signal(SIGKILL);
  wait();
  ::close(output_);
  ::close(pid_fd_);
}

bool child_process::read_some(clock::time_point deadline) {
  if (!wait_readable(output_, deadline))
    return false;
  char buffer[4096];
  auto n = ::read(output_, buffer, sizeof(buffer));
  if (n <= 0)
    return false;
  unread_.append(buffer, static_cast<size_t>(n));
  return true;
}

std::optional<std::string> child_process::read_line() {
  auto deadline = clock::now() + patience;
  size_t end;
  while ((end = unread_.find('\n')) == std::string::npos)
    if (!read_some(deadline))
      return std::nullopt;
  auto result = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return result;
}

std::string child_process::read_rest(std::chrono::milliseconds limit) {
  auto deadline = clock::now() + limit;
  while (read_some(deadline))
    continue;
  return std::exchange(unread_, {});
}

std::string child_process::complaints() const {
  return read_text(folder_.path() / "stderr");
}

void child_process::signal(int number) const {
  if (!code_)
    ::kill(pid_, number);
}

std::optional<int> child_process::wait(std::chrono::milliseconds limit) {
  if (code_ || !wait_readable(pid_fd_, clock::now() + limit))
    return code_;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return code_;
}

run_result run(const std::vector<std::string>& argv,
               std::chrono::milliseconds limit,
               const std::vector<std::string>& extra) {
  child_process child{argv, extra};
  auto output = child.read_rest(limit);
  auto code = child.wait(std::min<std::chrono::milliseconds>(limit, patience));
  return {code, std::move(output), child.complaints()};
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace herald::end_to_end
