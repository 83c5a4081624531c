// docs/conformance.md and the tests must name each other.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fs = std::filesystem;

namespace {

/// What the ids of rows begin with, and how many rows there are.
const std::map<std::string, int> rows_of_kind{{"websub_", 66},
                                              {"intergov_", 45}};

std::string read(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

/// The words between `begin` and the next `end`.
std::vector<std::string> words(std::string_view text, size_t begin, char end) {
  std::vector<std::string> result;
  auto stop = std::min(text.find(end, begin), text.size());
  for (auto i = begin; i < stop;) {
    auto first = i;
    while (i < stop && is_word(text[i]))
      ++i;
    if (i > first)
      result.emplace_back(text.substr(first, i - first));
    else
      ++i;
  }
  return result;
}

/// The names of the tests that begin with TEST, TEST_F or TEST_P in a source.
void add_tests(const std::string& source, std::set<std::string>& to) {
  for (auto at = source.find("\nTEST"); at != std::string::npos;
       at = source.find("\nTEST", at + 1)) {
    auto all = words(source, at + 1, ')');
    if (all.size() == 3)
      to.insert(all[2]);
  }
}

std::set<std::string> all_tests() {
  std::set<std::string> result;
  auto root = fs::path{HERALD_SOURCE_DIR} / "tests";
  for (auto& file : fs::recursive_directory_iterator(root))
    if (file.path().extension() == ".cpp")
      add_tests(read(file.path()), result);
  return result;
}

/// `websub_05_only_forms` is of row `websub_05`; others are of none. A number
/// that is spelt otherwise makes a row that the page cannot have.
std::string row_of(const std::string& test) {
  for (auto& [kind, count] : rows_of_kind) {
    if (!test.starts_with(kind))
      continue;
    auto end = test.find('_', kind.size());
    auto number = test.substr(kind.size(), end - kind.size());
    if (end == std::string::npos || number.empty()
        || number.find_first_not_of("0123456789") != std::string::npos)
      return "";
    return kind + number;
  }
  return "";
}

/// The tests of each row of the page: what stands in backticks in the last
/// cell of a line that begins with the row's id.
std::map<std::string, std::set<std::string>> page() {
  std::map<std::string, std::set<std::string>> result;
  std::ifstream in{fs::path{HERALD_SOURCE_DIR} / "docs/conformance.md"};
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("| websub_") && !line.starts_with("| intergov_"))
      continue;
    auto id = words(line, 2, '|').at(0);
    auto cell = line.find_last_of('|', line.find_last_of('|') - 1);
    auto names = words(line, cell + 1, '|');
    EXPECT_FALSE(result.contains(id)) << id << " stands there twice";
    EXPECT_FALSE(names.empty()) << id << " names no test";
    result[id].insert(names.begin(), names.end());
  }
  return result;
}

/// What stands in backticks behind `begin` of a page, up to the next heading.
std::vector<std::string> names_behind(const std::string& file,
                                      std::string_view begin) {
  auto text = read(fs::path{HERALD_SOURCE_DIR} / file);
  auto from = text.find(begin);
  EXPECT_NE(from, std::string::npos) << file << " lacks " << begin;
  auto part = text.substr(from + begin.size());
  part.resize(std::min(part.find("\n## "), part.size()));
  std::vector<std::string> result;
  for (auto i = part.find('`'); i != std::string::npos; i = part.find('`', i)) {
    auto end = part.find('`', i + 1);
    result.push_back(part.substr(i + 1, end - i - 1));
    i = end + 1;
  }
  return result;
}

void expect_tests(const std::vector<std::string>& names) {
  EXPECT_GT(names.size(), 5u);
  auto tests = all_tests();
  for (auto& name : names)
    EXPECT_TRUE(tests.contains(name)) << "there is no test " << name;
}

/// Numbers have two digits.
std::string row_id(const std::string& kind, int number) {
  return kind + std::to_string(100 + number).substr(1);
}

} // namespace

TEST(conformance, every_test_that_the_page_names_exists) {
  auto tests = all_tests();
  for (auto& [row, names] : page())
    for (auto& name : names)
      EXPECT_TRUE(tests.contains(name)) << row << " names " << name;
}

TEST(conformance, every_test_of_a_row_stands_in_it) {
  auto rows = page();
  for (auto& name : all_tests())
    if (auto row = row_of(name); !row.empty()) {
      EXPECT_TRUE(rows[row].contains(name)) << row << " lacks " << name;
    }
}

TEST(conformance, every_row_is_covered) {
  auto rows = page();
  for (auto& [kind, count] : rows_of_kind)
    for (int i = 1; i <= count; ++i)
      EXPECT_TRUE(rows.contains(row_id(kind, i))) << row_id(kind, i);
}

TEST(conformance, the_page_has_no_other_rows) {
  std::set<std::string> known;
  for (auto& [kind, count] : rows_of_kind)
    for (int i = 1; i <= count; ++i)
      known.insert(row_id(kind, i));
  for (auto& [row, names] : page())
    EXPECT_TRUE(known.contains(row)) << row;
}

/// The tests of a row are named after it; others may be named besides.
TEST(conformance, every_row_of_intergov_has_a_test_of_its_own) {
  for (auto& [row, names] : page())
    if (row.starts_with("intergov_")) {
      EXPECT_TRUE(std::any_of(names.begin(), names.end(),
                              [&](auto& name) { return row_of(name) == row; }))
        << row;
    }
}

TEST(conformance, every_test_of_the_framing_of_messages_exists) {
  expect_tests(names_behind("docs/conformance.md", "\nHeld by "));
}

TEST(conformance, every_test_that_the_security_page_names_exists) {
  expect_tests(names_behind("docs/security.md", "\n| rule | test |\n"));
}
