// The map in ARCHITECTURE.md says which wing may include which; the tree obeys.
#include "tests/layering/source_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace herald::layering;

namespace {

/// A row of the map. A wing is a folder without the wings in it, or one pair of
/// files in such a folder.
struct wing {
  std::string name;                     ///< `http/api`, `actors/node`
  std::string cell;                     ///< What it may include, as written.
  std::vector<std::string> may_include; ///< Wings, or single pairs of files.
};

/// What stands in backticks.
std::vector<std::string> in_backticks(std::string_view text) {
  std::vector<std::string> result;
  for (auto open = text.find('`'); open != text.npos;) {
    auto close = text.find('`', open + 1);
    if (close == text.npos)
      break;
    result.emplace_back(text.substr(open + 1, close - open - 1));
    open = text.find('`', close + 1);
  }
  return result;
}

std::string trimmed(std::string_view text) {
  auto first = text.find_first_not_of(' ');
  auto last = text.find_last_not_of(' ');
  return first == text.npos ? ""
                            : std::string{text.substr(first, last - first + 1)};
}

std::vector<wing> read_map() {
  std::vector<wing> result;
  auto page = lines_of("ARCHITECTURE.md");
  auto line = std::find(page.begin(), page.end(), "<!-- wings: begin -->");
  for (; line != page.end() && *line != "<!-- wings: end -->"; ++line) {
    if (!line->starts_with("| `"))
      continue;
    auto cell = line->rfind('|', line->size() - 2);
    wing row;
    row.name = in_backticks(*line).at(0);
    row.cell = trimmed(
      std::string_view{*line}.substr(cell + 1, line->size() - cell - 2));
    row.may_include = in_backticks(row.cell);
    result.push_back(std::move(row));
  }
  return result;
}

const std::vector<wing>& map() {
  static const auto rows = read_map();
  return rows;
}

const wing* find_wing(std::string_view name) {
  auto is_it = [name](const wing& row) { return row.name == name; };
  auto found = std::find_if(map().begin(), map().end(), is_it);
  return found == map().end() ? nullptr : &*found;
}

std::string folder_of(const std::string& file) {
  auto slash = file.rfind('/');
  return slash == file.npos ? "" : file.substr(0, slash);
}

std::string without_extension(const std::string& file) {
  return file.substr(0, file.find('.'));
}

/// The row of a file: its own if it has one, else that of its folder; or null.
const wing* wing_of(const std::string& file) {
  auto own = find_wing(without_extension(file));
  return own ? own : find_wing(folder_of(file));
}

/// True if `allowed`, of a row, covers the header `target`.
bool covers(const std::string& allowed, const std::string& target) {
  auto home = wing_of(target);
  return allowed == without_extension(target)
         || (home && home->name == allowed);
}

/// Files of the wings; tests may include all of them.
std::vector<source_file> files_of_wings() {
  auto files = sources_below({"config", "storage", "actors", "http", "bench"});
  files.push_back(read_source("main.cpp"));
  return files;
}

/// The pages at the top, in docs/ and beside the sources.
std::vector<std::string> documents() {
  std::vector<std::string> result{"bench/README.md"};
  for (auto* folder : {".", "docs"})
    for (auto& file : std::filesystem::directory_iterator{root() / folder})
      if (file.path().extension() == ".md")
        result.push_back(
          std::filesystem::relative(file.path(), root()).string());
  for (auto& row : map())
    if (std::filesystem::exists(root() / row.name / "README.md"))
      result.push_back(row.name + "/README.md");
  return result;
}

bool is_folder(const std::string& path) {
  return std::filesystem::is_directory(root() / path);
}

} // namespace

TEST(layering, every_file_is_in_a_wing_of_the_map) {
  ASSERT_GT(map().size(), 20U);
  for (auto& file : files_of_wings())
    EXPECT_TRUE(wing_of(file.path)) << file.path;
}

TEST(layering, every_wing_of_the_map_is_there) {
  for (auto& row : map())
    EXPECT_TRUE(is_folder(row.name)
                || std::filesystem::exists(root() / (row.name + ".cpp")))
      << row.name;
}

TEST(layering, wings_include_what_the_map_allows) {
  for (auto& file : files_of_wings()) {
    ASSERT_TRUE(wing_of(file.path)) << file.path;
    auto& from = *wing_of(file.path);
    for (auto& target : file.own_includes) {
      auto may = wing_of(target) == &from
                 || std::any_of(
                   from.may_include.begin(), from.may_include.end(),
                   [&](auto& allowed) { return covers(allowed, target); });
      EXPECT_TRUE(may) << file.path << " includes " << target << ", but "
                       << from.name << " may include: " << from.cell;
    }
  }
}

TEST(layering, arrows_point_one_way) {
  std::set<std::string> above;
  for (auto& row : map()) {
    for (auto& allowed : row.may_include)
      EXPECT_TRUE(above.contains(allowed) || above.contains(folder_of(allowed)))
        << row.name << " names " << allowed << ", which is not above it";
    above.insert(row.name);
  }
}

TEST(layering, no_arrow_of_the_map_is_idle) {
  std::map<const wing*, std::set<std::string>> used;
  for (auto& file : files_of_wings()) {
    auto from = wing_of(file.path);
    ASSERT_TRUE(from) << file.path;
    for (auto& target : file.own_includes)
      for (auto& allowed : from->may_include)
        if (covers(allowed, target))
          used[from].insert(allowed);
  }
  for (auto& row : map())
    for (auto& allowed : row.may_include)
      EXPECT_TRUE(used[&row].contains(allowed))
        << row.name << " does not include " << allowed << " any more";
}

TEST(layering, every_wing_tells_on_one_screen_what_it_is) {
  for (auto& row : map()) {
    if (!is_folder(row.name))
      continue;
    auto page = lines_of(row.name + "/README.md");
    auto line = "May include: " + row.cell;
    EXPECT_TRUE(std::find(page.begin(), page.end(), line) != page.end())
      << row.name << "/README.md lacks the line " << line;
    // That of bench/ is the manual of the benchmarks, too.
    if (row.name != "bench") {
      EXPECT_LE(page.size(), 30U) << row.name;
    }
  }
}

TEST(layering, documents_name_files_that_are_there) {
  std::set<std::string> known;
  for (auto& file :
       sources_below({"config", "storage", "actors", "http", "bench", "tests"}))
    known.insert("/" + file.path);
  for (auto& page : documents())
    for (auto& line : lines_of(page))
      for (auto& word : in_backticks(line)) {
        auto is_source = word.ends_with(".cpp") || word.ends_with(".hpp");
        if (word.ends_with(".md")) {
          EXPECT_TRUE(std::filesystem::exists(root() / word)
                      || std::filesystem::exists(root() / "docs" / word))
            << page << " names " << word;
        }
        if (!is_source || word.starts_with(".") || word.find('*') != word.npos
            || word == "json_fwd.hpp")
          continue;
        EXPECT_TRUE(
          std::any_of(known.begin(), known.end(),
                      [&](auto& file) { return file.ends_with("/" + word); }))
          << page << " names " << word;
      }
}

TEST(layering, no_folder_holds_more_than_45_sources) {
  std::map<std::string, int> count;
  for (auto& file :
       sources_below({"config", "storage", "actors", "http", "bench", "tests"}))
    ++count[folder_of(file.path)];
  for (auto& [folder, files] : count)
    EXPECT_LE(files, 45) << folder;
}

TEST(layering, tests_mirror_the_wings) {
  for (auto& file : sources_below(
         {"tests/config", "tests/storage", "tests/actors", "tests/http"})) {
    auto mirrored = folder_of(file.path).substr(std::string{"tests/"}.size());
    EXPECT_TRUE(is_folder(mirrored)) << file.path;
  }
}

// -- libraries ----------------------------------------------------------------

TEST(layering, rocksdb_is_named_in_its_wing_only) {
  for (auto& file : files_of_wings())
    for (auto& target : file.library_includes)
      if (target.starts_with("rocksdb/")) {
        EXPECT_EQ(folder_of(file.path), "storage/rocksdb")
          << file.path << " includes " << target;
      }
}

TEST(layering, beast_and_json_are_in_no_header) {
  for (auto& file : files_of_wings())
    for (auto& target : file.library_includes) {
      if (target.starts_with("boost/beast")) {
        EXPECT_TRUE(file.path.starts_with("http/")) << file.path;
        EXPECT_FALSE(file.is_header()) << file.path << " includes " << target;
      }
      if (target == "nlohmann/json.hpp") {
        EXPECT_FALSE(file.is_header()) << file.path << " includes " << target;
      }
    }
}

TEST(layering, nobody_includes_all_of_caf) {
  for (auto& file : files_of_wings())
    for (auto& target : file.library_includes)
      EXPECT_NE(target, "caf/all.hpp") << file.path;
}
