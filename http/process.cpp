#include "http/process.hpp"

#include <sys/resource.h>

namespace herald {

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

signal_wait::signal_wait() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int signal_wait::wait() {
  int number = 0;
  sigwait(&set_, &number);
  return number;
}

void signal_wait::let_through() {
  pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
}

} // namespace herald
