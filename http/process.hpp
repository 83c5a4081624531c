#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <string_view>

namespace herald {

/// What a process that serves until it is told to stop asks of the system. All
/// of it is of the whole process and belongs at its start, on the main thread.

/// Every connection is a file descriptor: takes as many as the system allows.
/// What the system refuses stays as it was.
void raise_file_limit();

/// Keeps what this process writes from everybody else on the machine, whatever
/// umask it was started with.
void keep_files_private();

/// Tells systemd, if it started this process and wants to know, what has become
/// of it: `READY=1`, `STOPPING=1` and others (sd_notify(3)). What cannot be
/// told is lost. Any thread.
void tell_service_manager(std::string_view state);

/// How often systemd wants to hear `WATCHDOG=1`; nothing if it does not.
std::optional<std::chrono::milliseconds> watchdog_interval();

/// Makes SIGTERM, SIGINT and SIGHUP answers of `wait`, and ignores SIGPIPE.
/// SIGHUP is SIGTERM where stdin is a terminal, which has gone away then; else
/// it never ends the process.
///
/// Make it before any thread: threads started later inherit the mask.
class signal_wait {
public:
  signal_wait();

  /// Blocks until one of the signals comes; its number.
  int wait();

  /// The same for a while; 0 if none has come.
  int wait_for(std::chrono::milliseconds timeout);

  /// Blocks until SIGTERM or SIGINT comes; its number.
  int wait_for_end();

  /// From here on SIGTERM and SIGINT have their default effect: the process
  /// ends at once.
  void let_through();

private:
  sigset_t set_{};
  bool is_at_terminal_;
};

} // namespace herald
