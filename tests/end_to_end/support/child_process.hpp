#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace herald::end_to_end {

/// How long a test waits for what must happen; generous, because it is only
/// reached by a failure.
inline constexpr auto patience = std::chrono::seconds{30};

/// A new folder below the system's temporary one, removed by the destructor.
class temp_folder {
public:
  temp_folder();
  ~temp_folder();
  temp_folder(const temp_folder&) = delete;
  temp_folder& operator=(const temp_folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// A started program; killed by the destructor if it still runs. Its standard
/// output is read by line, its standard error is kept. Not thread-safe.
class child_process {
public:
  /// Starts `argv[0]`, searched in PATH, with this environment and `extra`
  /// (`NAME=VALUE`). Throws `std::system_error`.
  explicit child_process(const std::vector<std::string>& argv,
                         const std::vector<std::string>& extra = {});
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// The next line of its standard output, without the line's end; nothing at
  /// the end of the output or after `patience`.
  std::optional<std::string> read_line();

  /// All that is left of its standard output, until it is closed or `limit`
  /// has passed.
  std::string read_rest(std::chrono::milliseconds limit = patience);

  /// What it wrote to standard error so far.
  std::string complaints() const;

  void signal(int number) const;

  /// The exit code (128 + number if a signal ended it), or nothing if it still
  /// runs after `limit`.
  std::optional<int> wait(std::chrono::milliseconds limit = patience);

private:
  /// False at the end of the output or at `deadline`.
  bool read_some(std::chrono::steady_clock::time_point deadline);

  temp_folder folder_;
  pid_t pid_ = -1;
  int pid_fd_ = -1;
  int output_ = -1;
  std::string unread_;
  std::optional<int> code_;
};

/// How a program ended that was run to its end.
struct run_result {
  std::optional<int> code; ///< Nothing if it had to be killed.
  std::string output;
  std::string complaints;
};

/// `extra` is added to its environment (`NAME=VALUE`).
run_result run(const std::vector<std::string>& argv,
               std::chrono::milliseconds limit = patience,
               const std::vector<std::string>& extra = {});

/// The whole file; empty if it cannot be read.
std::string read_text(const std::filesystem::path& file);

} // namespace herald::end_to_end
