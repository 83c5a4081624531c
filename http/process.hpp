#pragma once

#include <csignal>

namespace herald {

/// What a process that serves until it is told to stop asks of the system. Both
/// are of the whole process and belong at its start, on the main thread.

/// Every connection is a file descriptor: takes as many as the system allows.
/// What the system refuses stays as it was.
void raise_file_limit();

/// Makes SIGTERM and SIGINT answers of `wait`, and ignores SIGPIPE.
///
/// Make it before any thread: threads started later inherit the mask.
class signal_wait {
public:
  signal_wait();

  /// Blocks until one of the two signals comes; its number.
  int wait();

  /// From here on a signal has its default effect: the process ends at once.
  void let_through();

private:
  sigset_t set_{};
};

} // namespace herald
