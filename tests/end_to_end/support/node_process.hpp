#pragma once

#include "tests/end_to_end/support/child_process.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace herald::end_to_end {

/// A node: the real program on a port of 127.0.0.1 that the system chooses at
/// the first start, with a store that lives as long as this object. Later
/// starts use the same port and store. Not thread-safe.
class node_process {
public:
  /// Does not start it. `args` are added to `herald serve`. The store is below
  /// `data`, or below a temporary folder if that is empty.
  explicit node_process(std::vector<std::string> args = {},
                        std::filesystem::path data = {});

  /// Starts it and waits until it is ready. Throws `std::runtime_error` with
  /// what it said if it does not get ready.
  void start();

  /// Ends it at once, as a power switch would.
  void kill();

  /// Asks it to stop and waits; its exit code.
  std::optional<int> terminate();

  void signal(int number) { child_->signal(number); }

  std::optional<int> wait(std::chrono::milliseconds limit = patience) {
    return child_->wait(limit);
  }

  uint16_t port() const { return port_; }

  /// `path` on this node, absolute.
  std::string url(const std::string& path = "") const;

  const std::filesystem::path& data() const { return data_; }

  /// What it wrote to standard error since its last start.
  std::string complaints() const { return child_->complaints(); }

  /// The command that runs a node on `data`.
  static std::vector<std::string> command(const std::filesystem::path& data,
                                          const std::vector<std::string>& args,
                                          uint16_t port = 0);

private:
  bool try_start();

  temp_folder folder_;
  std::vector<std::string> args_;
  std::filesystem::path data_;
  uint16_t port_ = 0;
  std::unique_ptr<child_process> child_;
};

} // namespace herald::end_to_end
