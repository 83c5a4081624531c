// How large a file, a function and a class may be. Universal Ctags counts.
#include "tests/layering/source_tree.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

using namespace herald::layering;

namespace {

constexpr size_t max_file_lines = 400;
constexpr size_t max_function_lines = 60;
constexpr size_t max_class_members = 30;
constexpr size_t max_class_methods = 60;

/// A class that is larger than it should be.
struct large_class {
  size_t members;
  size_t methods;
  const char* reason;
};

/// This list only shrinks: a class that has become smaller gets its new
/// numbers, and goes when it is within the limits.
const std::map<std::string, large_class> known_large_classes{
  {"herald::spreader_state",
   {43, 155,
    "several owners of state in one; they become classes of their own"}},
  {"herald::registry_state",
   {45, 81, "its waiting lists are one state machine that has no class yet"}},
  {"herald::rocksdb_store",
   {14, 94, "34 are the contract; the rest belongs to logs and partitions"}},
};

std::vector<source_file> all_sources() {
  auto files
    = sources_below({"config", "storage", "actors", "http", "bench", "tests"});
  files.push_back(read_source("main.cpp"));
  return files;
}

/// A definition or declaration that ctags found.
struct tag {
  std::string kind; ///< `function`, `prototype`, `member`, `class`, `struct`
  std::string file;
  size_t first_line = 0;
  size_t last_line = 0; ///< 0: ctags does not say.
  std::string scope;    ///< `herald::server`
  std::string name;

  std::string full_name() const {
    return scope.empty() ? name : scope + "::" + name;
  }

  bool holds(const tag& other) const {
    return other.file == file && other.first_line >= first_line
           && other.first_line <= last_line && other.scope == full_name();
  }
};

tag parse_tag(const std::string& line) {
  std::istringstream in{line};
  std::array<std::string, 6> cells;
  for (auto& cell : cells)
    std::getline(in, cell, '\t');
  return {cells[0],
          cells[1],
          std::strtoul(cells[2].c_str(), nullptr, 10),
          std::strtoul(cells[3].c_str(), nullptr, 10),
          cells[4],
          cells[5]};
}

std::vector<tag> read_tags() {
  auto command = "cd '" + root().string()
                 + "' && ctags -x --c++-kinds=+p --_xformat="
                   "'%K\t%F\t%n\t%{end}\t%s\t%N'";
  for (auto& file : all_sources())
    command += " '" + file.path + "'";
  std::unique_ptr<FILE, int (*)(FILE*)> out{popen(command.c_str(), "r"),
                                            pclose};
  std::vector<tag> result;
  std::array<char, 4096> line{};
  while (out && std::fgets(line.data(), line.size(), out.get())) {
    std::string text{line.data()};
    text.erase(text.find_last_not_of('\n') + 1);
    result.push_back(parse_tag(text));
  }
  return result;
}

const std::vector<tag>& tags() {
  static const auto all = read_tags();
  return all;
}

struct class_size {
  size_t members = 0;
  size_t methods = 0;

  /// Structs of plain data may be as long as what they describe.
  bool is_too_large() const {
    return methods > max_class_methods
           || (methods > 0 && members > max_class_members);
  }
};

/// By name. What a class declares counts, wherever it is defined.
std::map<std::string, class_size> class_sizes() {
  std::map<std::string, std::vector<const tag*>> by_scope;
  for (auto& x : tags())
    by_scope[x.scope].push_back(&x);
  std::map<std::string, class_size> result;
  for (auto& x : tags()) {
    if (x.kind != "class" && x.kind != "struct")
      continue;
    auto& size = result[x.full_name()];
    for (auto part : by_scope[x.full_name()])
      if (x.holds(*part)) {
        size.members += part->kind == "member";
        size.methods += part->kind == "prototype" || part->kind == "function";
      }
  }
  return result;
}

} // namespace

TEST(limits, ctags_sees_the_sources) {
  ASSERT_GT(tags().size(), 5000U)
    << "this needs universal-ctags, which ./test installs";
}

TEST(limits, no_file_is_longer_than_400_lines) {
  for (auto& file : all_sources())
    EXPECT_LE(file.lines, max_file_lines) << file.path;
}

TEST(limits, no_function_is_longer_than_60_lines) {
  for (auto& x : tags())
    if (x.kind == "function" && x.last_line > 0) {
      EXPECT_LE(x.last_line - x.first_line + 1, max_function_lines)
        << x.file << ":" << x.first_line << " " << x.full_name();
    }
}

TEST(limits, no_class_has_more_than_30_members_or_60_methods) {
  for (auto& [name, size] : class_sizes()) {
    auto known = known_large_classes.find(name);
    if (known == known_large_classes.end()) {
      EXPECT_FALSE(size.is_too_large())
        << name << " has " << size.members << " members, " << size.methods
        << " methods";
      continue;
    }
    EXPECT_LE(size.members, known->second.members) << name;
    EXPECT_LE(size.methods, known->second.methods) << name;
  }
}

TEST(limits, the_list_of_large_classes_only_shrinks) {
  auto sizes = class_sizes();
  for (auto& [name, known] : known_large_classes) {
    auto& size = sizes[name];
    EXPECT_TRUE(size.is_too_large()) << name << " can go from the list";
    EXPECT_GE(size.members, known.members) << name << ": lower the number";
    EXPECT_GE(size.methods, known.methods) << name << ": lower the number";
  }
}
