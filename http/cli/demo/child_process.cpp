#include "http/cli/demo/child_process.hpp"

#include "config/errc.hpp"
#include "http/cli/command_line.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

namespace herald {

namespace {

using namespace std::chrono_literals;

constexpr const char* own_binary = "/proc/self/exe";
constexpr auto poll_interval = 5ms;

/// How the child begins: its files, its process group, no blocked signals.
class spawn_plan {
public:
  spawn_plan(int output, const std::string& stderr_path) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files_, STDERR_FILENO,
                                     stderr_path.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }

  spawn_plan(const spawn_plan&) = delete;
  spawn_plan& operator=(const spawn_plan&) = delete;

  ~spawn_plan() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }

  int run(pid_t& pid, char* const* args, char* const* variables) {
    return posix_spawn(&pid, own_binary, &files_, &attributes_, args,
                       variables);
  }

private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (auto& x : words)
    result.push_back(x.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> child_environment() {
  std::vector<std::string> result;
  for (auto** i = environ; *i != nullptr; ++i)
    if (!std::string_view{*i}.starts_with("HERALD_"))
      result.emplace_back(*i);
  return result;
}

caf::error system_refused(const char* what, int number) {
  return fail(errc::unavailable,
              std::string{"cannot "} + what + ": " + std::strerror(number));
}

} // namespace

caf::expected<std::unique_ptr<child_process>>
child_process::start(const std::vector<std::string>& args,
                     const std::string& stderr_path) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return system_refused("make a pipe", errno);
  std::vector<std::string> words{"herald", "demo", child_flag,
                                 std::to_string(::getpid())};
  words.insert(words.end(), args.begin(), args.end());
  auto variables = child_environment();
  pid_t pid = 0;
  auto status = spawn_plan{ends[1], stderr_path}.run(
    pid, pointers_to(words).data(), pointers_to(variables).data());
  ::close(ends[1]);
  if (status != 0) {
    ::close(ends[0]);
    return system_refused("start a process", status);
  }
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return std::unique_ptr<child_process>{new child_process(pid, ends[0])};
}

child_process::~child_process() {
  send(SIGKILL);
  join(1s);
  if (output_ >= 0)
    ::close(output_);
}

std::vector<std::string> child_process::read_lines() {
  std::vector<std::string> result;
  std::array<char, 4096> buffer{};
  auto length = output_ < 0 ? 0 : ::read(output_, buffer.data(), buffer.size());
  for (; length > 0; length = ::read(output_, buffer.data(), buffer.size()))
    partial_.append(buffer.data(), static_cast<size_t>(length));
  if (length == 0 && output_ >= 0) {
    ::close(output_);
    output_ = -1;
  }
  for (auto end = partial_.find('\n'); end != std::string::npos;
       end = partial_.find('\n')) {
    result.push_back(partial_.substr(0, end));
    partial_.erase(0, end + 1);
  }
  return result;
}

void child_process::send(int signal_number) const {
  if (!ended_)
    ::kill(pid_, signal_number);
}

bool child_process::join(std::chrono::milliseconds timeout) {
  auto until = std::chrono::steady_clock::now() + timeout;
  while (!ended_) {
    ended_ = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
    if (ended_ || std::chrono::steady_clock::now() >= until)
      break;
    std::this_thread::sleep_for(poll_interval);
  }
  return ended_;
}

int run_as_child(std::span<const std::string> args) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the line above.
  if (args.empty() || std::to_string(::getppid()) != args.front())
    return complain("--child is for the demo only", exit_usage);
  return run_command_line(args.subspan(1));
}

} // namespace herald
