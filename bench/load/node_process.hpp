#pragma once

#include "bench/process/child_process.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace herald::bench {

/// A `herald serve` on a free port of 127.0.0.1.
class node_process {
public:
  struct stopped {
    int exit_code = 0; ///< 137 if it had to be killed.
    double seconds = 0;
  };

  /// Starts `binary` and waits until its `/readyz` answers 200. Store and log
  /// live in `folder`, and a later node goes on with them. It trusts the
  /// authorities in the file `trusted` instead of the system's, if one is
  /// named. Throws `std::runtime_error` with the end of the log if the node
  /// ends or is not ready within 30 s.
  node_process(const std::filesystem::path& binary,
               const std::filesystem::path& folder,
               const std::vector<std::string>& extra_arguments,
               const std::filesystem::path& trusted = {});

  pid_t pid() const { return process_.pid(); }
  uint16_t port() const { return port_; }

  /// SIGTERM; SIGKILL after 30 s.
  stopped stop();

  /// The last lines of what the node printed.
  std::string log_tail() const;

private:
  void await_ready();

  uint16_t port_;
  std::filesystem::path log_;
  child_process process_;
};

} // namespace herald::bench
