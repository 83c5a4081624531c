#include "http/process.hpp"

#include "config/units.hpp"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include <unistd.h>

namespace herald {

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void keep_files_private() {
  umask(S_IRWXG | S_IRWXO);
}

void tell_service_manager(std::string_view state) {
  auto* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  auto size = path == nullptr ? 0 : std::strlen(path);
  if (size == 0 || size >= sizeof(to.sun_path))
    return;
  std::memcpy(to.sun_path, path, size);
  if (path[0] == '@') // An abstract name.
    to.sun_path[0] = '\0';
  auto fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return;
  auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  static_cast<void>(sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                           reinterpret_cast<sockaddr*>(&to), length));
  close(fd);
}

std::optional<milliseconds> watchdog_interval() {
  constexpr uint64_t day_us = 86'400'000'000;
  auto* pid = std::getenv("WATCHDOG_PID");
  auto* period = std::getenv("WATCHDOG_USEC");
  if (period == nullptr || (pid != nullptr && std::to_string(getpid()) != pid))
    return std::nullopt;
  auto us = parse_count(period, 1, day_us);
  if (!us)
    return std::nullopt;
  // Twice as often as it has to be heard.
  return milliseconds{std::max<uint64_t>(*us / 2000, 1)};
}

signal_wait::signal_wait() : is_at_terminal_(isatty(STDIN_FILENO) == 1) {
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  // What is ignored (nohup) would not be waited for either.
  std::signal(SIGHUP, SIG_DFL);
  std::signal(SIGPIPE, SIG_IGN);
}

int signal_wait::wait() {
  int number = 0;
  sigwait(&set_, &number);
  return number == SIGHUP && is_at_terminal_ ? SIGTERM : number;
}

int signal_wait::wait_for(milliseconds timeout) {
  timespec time{timeout.count() / 1000, timeout.count() % 1000 * 1'000'000};
  auto number = sigtimedwait(&set_, nullptr, &time);
  if (number < 0)
    return 0;
  return number == SIGHUP && is_at_terminal_ ? SIGTERM : number;
}

int signal_wait::wait_for_end() {
  auto number = wait();
  while (number == SIGHUP)
    number = wait();
  return number;
}

void signal_wait::let_through() {
  sigdelset(&set_, SIGHUP);
  pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
}

} // namespace herald
