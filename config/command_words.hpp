#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// The words of a command line, sorted by CLI11, and only that: checking what
/// they say is the caller's, so that flags, environment and file fail alike.
/// Pure functions, any thread.

/// A flag that a command accepts. `-h` and `--help` are always accepted.
struct command_flag {
  std::string name;  ///< With its dashes.
  std::string value; ///< What people read for its value; empty: takes none.
  std::string group; ///< The heading in the help.
  std::string help;
};

struct sorted_words {
  bool help = false; ///< Help was asked for; nothing else is set.
  /// Not empty: this flag lacks its value, or has one and takes none; nothing
  /// else is set.
  std::string wrong;
  /// By name, the values in their order. `--flag=` gives an empty one.
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  /// By name, those that take no value and were given: whether they are on.
  std::map<std::string, bool, std::less<>> switches;
  /// All else, in its order: words, and flags that nobody declared.
  std::vector<std::string> rest;
};

sorted_words sort_words(std::span<const std::string> args,
                        std::span<const command_flag> flags);

/// The help on flags by group, their meanings in a column of their own.
std::string help_on(std::span<const command_flag> flags, size_t column);

} // namespace herald
