#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace herald::layering {

/// A source of the repository, as far as the tests of its structure read it.
struct source_file {
  std::string path;                          ///< From the repository's folder.
  std::vector<std::string> own_includes;     ///< `#include "..."`
  std::vector<std::string> library_includes; ///< `#include <...>`
  size_t lines = 0;

  bool is_header() const { return path.ends_with(".hpp"); }
};

/// The repository's folder.
std::filesystem::path root();

/// The lines of a file of the repository; none if it is not there.
std::vector<std::string> lines_of(const std::string& path);

/// Reads one file.
source_file read_source(const std::string& path);

/// All .hpp and .cpp in and below the folders, in the order of their paths.
/// What others wrote (`node_modules`) is left out.
std::vector<source_file> sources_below(const std::vector<std::string>& folders);

} // namespace herald::layering
