#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace herald::bench {

/// A started program. Killed by the destructor if it still runs, and when the
/// driver dies.
class child_process {
public:
  /// Starts `argv[0]` (searched in PATH) with stdout and stderr appended to
  /// the file `output`.
  child_process(const std::vector<std::string>& argv,
                const std::filesystem::path& output);
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  pid_t pid() const { return pid_; }

  bool running();
  void signal(int number) const;

  /// The exit code (128 + signal number if a signal ended it), or nothing if
  /// it still runs after `seconds`.
  std::optional<int> wait(double seconds);

private:
  pid_t pid_;
  std::optional<int> code_;
};

/// Whether PATH holds the program.
bool is_installed(const std::string& program);

/// A new folder, removed with all it holds by the destructor.
class temp_folder {
public:
  /// Below `parent`; if that is empty, below the first of the system's
  /// temporary folder, /var/tmp and the current one that is on a disk.
  explicit temp_folder(const std::filesystem::path& parent);
  ~temp_folder();
  temp_folder(const temp_folder&) = delete;
  temp_folder& operator=(const temp_folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// Whether the folder lives in memory: an fsync there costs nothing, so what
/// is measured on it says little.
bool is_in_memory(const std::filesystem::path& folder);

/// The whole file as text; empty if it cannot be read.
std::string read_text(const std::filesystem::path& file);

} // namespace herald::bench
