#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fs = std::filesystem;

namespace {

// A folder may include itself and the folders named here, nothing else.
const std::map<std::string, std::set<std::string>> may_include{
  {"config", {}},
  {"storage", {"config"}},
  {"actors", {"config", "storage"}},
  {"http", {"config", "storage", "actors"}},
};

struct include_line {
  fs::path file;
  std::string target;
  bool system = false;
};

std::vector<include_line> includes_below(const std::string& folder) {
  std::vector<include_line> result;
  auto root = fs::path(HERALD_SOURCE_DIR) / folder;
  for (const auto& file : fs::recursive_directory_iterator(root)) {
    if (file.path().extension() != ".hpp" && file.path().extension() != ".cpp")
      continue;
    std::ifstream in{file.path()};
    for (std::string line; std::getline(in, line);)
      if (line.starts_with("#include \"") || line.starts_with("#include <"))
        result.push_back({file.path(), line.substr(10, line.size() - 11),
                          line[9] == '<'});
  }
  return result;
}

bool is_header(const fs::path& file) {
  return file.extension() == ".hpp";
}

} // namespace

TEST(layering, arrows_point_one_way) {
  for (const auto& [folder, allowed] : may_include)
    for (const auto& [file, target, system] : includes_below(folder)) {
      if (system)
        continue;
      auto other = target.substr(0, target.find('/'));
      EXPECT_TRUE(other == folder || allowed.contains(other))
        << file << " includes " << target;
    }
}

TEST(layering, rocksdb_is_named_in_storage_sources_only) {
  for (const auto& [folder, allowed] : may_include)
    for (const auto& [file, target, system] : includes_below(folder))
      if (target.starts_with("rocksdb/")) {
        EXPECT_TRUE(folder == "storage"
                    && file.parent_path().filename() == "rocksdb")
          << file << " includes " << target;
      }
}

TEST(layering, beast_and_json_are_in_no_header) {
  for (const auto& [folder, allowed] : may_include)
    for (const auto& [file, target, system] : includes_below(folder)) {
      if (target.starts_with("boost/beast")) {
        EXPECT_EQ(folder, "http") << file;
        EXPECT_FALSE(is_header(file)) << file << " includes " << target;
      }
      if (target == "nlohmann/json.hpp") {
        EXPECT_FALSE(is_header(file)) << file << " includes " << target;
      }
    }
}

TEST(layering, nobody_includes_all_of_caf) {
  for (const auto& [folder, allowed] : may_include)
    for (const auto& [file, target, system] : includes_below(folder))
      EXPECT_NE(target, "caf/all.hpp") << file;
}
