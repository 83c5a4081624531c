#include "bench/process/child_process.hpp"

#include "bench/process/clock.hpp"
#include "bench/process/interrupt.hpp"
#include "bench/process/net.hpp"

#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace herald::bench {

namespace {

[[noreturn]] void become(const std::vector<std::string>& argv,
                         const fs::path& output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto fd = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(fd, STDOUT_FILENO);
  ::dup2(fd, STDERR_FILENO);
  ::close(fd);
  std::signal(SIGPIPE, SIG_DFL);
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (const auto& argument : argv)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  std::_Exit(127);
}

int exit_code(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

fs::path folder_on_disk() {
  for (const auto& folder : {fs::temp_directory_path(), fs::path{"/var/tmp"}})
    if (fs::is_directory(folder) && !is_in_memory(folder))
      return folder;
  return fs::current_path();
}

} // namespace

child_process::child_process(const std::vector<std::string>& argv,
                             const fs::path& output)
  : pid_{check(::fork(), "fork")} {
  if (pid_ == 0)
    become(argv, output);
}

child_process::~child_process() {
  if (!running())
    return;
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool child_process::running() {
  int status = 0;
  if (!code_ && ::waitpid(pid_, &status, WNOHANG) == pid_)
    code_ = exit_code(status);
  return !code_;
}

void child_process::signal(int number) const {
  ::kill(pid_, number);
}

std::optional<int> child_process::wait(double seconds) {
  auto deadline = monotonic_ns() + seconds_to_ns(seconds);
  while (running() && monotonic_ns() < deadline)
    pause_ms(2);
  return code_;
}

bool is_installed(const std::string& program) {
  const auto* path = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe)
  std::istringstream folders{path == nullptr ? "" : path};
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((fs::path{folder} / program).c_str(), X_OK) == 0)
      return true;
  return false;
}

temp_folder::temp_folder(const fs::path& parent) {
  auto base = parent.empty() ? folder_on_disk() : parent;
  fs::create_directories(base);
  auto name = (base / "herald-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    check(-1, "mkdtemp");
  path_ = name;
}

temp_folder::~temp_folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

bool is_in_memory(const fs::path& folder) {
  struct statfs facts {};
  check(::statfs(folder.c_str(), &facts), "statfs");
  return facts.f_type == TMPFS_MAGIC;
}

std::string read_text(const fs::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace herald::bench
