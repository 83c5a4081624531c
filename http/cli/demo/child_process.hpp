#pragma once

#include <caf/expected.hpp>
#include <sys/types.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace herald {

/// `herald ARGS…` as a child of this process: the same binary, its stdout read
/// through a pipe, its stderr added to a file. It is in a process group of its
/// own, so Ctrl-C reaches only the parent; it dies with its parent, whatever
/// way that goes; it sees no HERALD_ variables. One thread, which must be the
/// one that lives longest: the kernel ties the child to it.
class child_process {
public:
  /// Errors: `unavailable`, naming what the system refused.
  static caf::expected<std::unique_ptr<child_process>>
  start(const std::vector<std::string>& args, const std::string& stderr_path);

  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// Kills it if it still runs.
  ~child_process();

  pid_t pid() const { return pid_; }

  /// To wait on with poll; -1 when the child has closed it.
  int output() const { return output_; }

  /// The whole lines that can be read now, without waiting.
  std::vector<std::string> read_lines();

  /// Does nothing if it has ended.
  void send(int signal_number) const;

  /// Waits for its end; false if it still runs after `timeout`.
  bool join(std::chrono::milliseconds timeout);

private:
  child_process(pid_t pid, int output) : pid_(pid), output_(output) {
    // nop
  }

  pid_t pid_;
  int output_;
  bool ended_ = false;
  std::string partial_;
};

/// The other half, in the child: `args` are PARENT and the command to run.
/// Returns its exit status.
int run_as_child(std::span<const std::string> args);

/// The hidden word that leads to `run_as_child`: `herald demo --child …`.
inline constexpr const char* child_flag = "--child";

} // namespace herald
