#include "tests/layering/source_tree.hpp"

#include <algorithm>
#include <fstream>
#include <string_view>

namespace herald::layering {

namespace fs = std::filesystem;

fs::path root() {
  return HERALD_SOURCE_DIR;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> result;
  std::ifstream in{root() / path};
  for (std::string line; std::getline(in, line);)
    result.push_back(std::move(line));
  return result;
}

source_file read_source(const std::string& path) {
  source_file result;
  result.path = path;
  for (auto& line : lines_of(path)) {
    ++result.lines;
    std::string_view rest{line};
    if (!rest.starts_with("#include "))
      continue;
    auto target = rest.substr(10, rest.find_first_of("\">", 10) - 10);
    (rest[9] == '<' ? result.library_includes : result.own_includes)
      .emplace_back(target);
  }
  return result;
}

std::vector<source_file>
sources_below(const std::vector<std::string>& folders) {
  std::vector<source_file> result;
  for (auto& folder : folders)
    for (auto i = fs::recursive_directory_iterator{root() / folder};
         i != fs::recursive_directory_iterator{}; ++i) {
      auto& file = i->path();
      if (file.filename() == "node_modules")
        i.disable_recursion_pending();
      else if (file.extension() == ".hpp" || file.extension() == ".cpp")
        result.push_back(read_source(fs::relative(file, root()).string()));
    }
  std::sort(result.begin(), result.end(),
            [](auto& x, auto& y) { return x.path < y.path; });
  return result;
}

} // namespace herald::layering
