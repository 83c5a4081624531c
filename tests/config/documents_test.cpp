// The documents that list options are compared with the options themselves.

#include "config/errc.hpp"
#include "config/load.hpp"
#include "config/options.hpp"
#include "config/toml.hpp"
#include "config/version.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

namespace herald {

namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

std::string read_file(const std::string& name) {
  std::ifstream in{std::string{HERALD_SOURCE_DIR} + "/" + name};
  EXPECT_TRUE(in.good()) << name;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

/// Takes the comment off `#key = value` and `#[table]`; prose has a blank.
std::string uncommented(const std::string& text) {
  std::string result;
  for (auto& line : lines_of(text)) {
    auto setting = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    result += (setting ? line.substr(1) : line) + "\n";
  }
  return result;
}

/// The cells of a row `| a | b |` of a table in Markdown.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> result;
  for (size_t from = 2; from < line.size();) {
    auto end = std::min(line.find(" |", from), line.size());
    result.push_back(line.substr(from, end - from));
    from = end + 3;
  }
  return result;
}

/// What the manual says of an option.
struct documented {
  std::string by_default;
  std::string meaning;
};

/// The table of options in the manual, by flag.
std::map<std::string, documented> documented_options() {
  std::map<std::string, documented> result;
  for (auto& line : lines_of(read_file("docs/configuration.md"))) {
    auto cells = cells_of(line);
    if (line.starts_with("| `--") && cells.size() > 3)
      result[cells[0].substr(3, cells[0].size() - 4)] = {cells[1], cells[3]};
  }
  return result;
}

/// The flags that have an item in the man page, in its order. There `-` is
/// written `\-`.
std::vector<std::string> man_page_flags() {
  std::vector<std::string> result;
  auto page = read_file("packaging/herald.1");
  page.erase(0, page.find(".SH CONFIGURATION"));
  page.erase(page.find(".SH FILES"));
  std::erase(page, '\\');
  for (auto& line : lines_of(page))
    if (line.starts_with(".BI --"))
      result.push_back(line.substr(6, line.find(' ', 6) - 6));
  return result;
}

auto has_line(std::string text) {
  return HasSubstr(text.append("\n"));
}

std::vector<std::string> all_flags() {
  std::vector<std::string> result{"config"};
  for (auto& option : all_options())
    result.emplace_back(option.flag);
  return result;
}

} // namespace

TEST(documents, the_manual_lists_every_option_with_its_default) {
  auto manual = documented_options();
  for (auto& option : all_options()) {
    auto& [by_default, meaning] = manual[std::string{option.flag}];
    EXPECT_EQ(by_default, default_text(option)) << option.flag;
    EXPECT_EQ(meaning, option.meaning) << option.flag;
  }
  EXPECT_EQ(manual["config"].by_default, "none");
  EXPECT_EQ(manual.size(), all_flags().size());
}

TEST(documents, the_man_page_lists_every_option_in_order) {
  EXPECT_THAT(man_page_flags(), ElementsAreArray(all_flags()));
}

TEST(documents, the_man_page_names_every_command) {
  auto page = read_file("packaging/herald.1");
  for (auto command :
       {"serve", "demo", "receive", "publish", "subscribe", "unsubscribe",
        "subscriptions", "events", "dead", "replay", "status", "config"})
    EXPECT_THAT(page, HasSubstr(std::string{"\n.SS "} + command)) << command;
}

TEST(documents, the_example_file_sets_nothing_as_it_comes) {
  auto entries = parse_toml(read_file("packaging/herald.toml"), "example");
  ASSERT_TRUE(entries) << describe(entries.error());
  EXPECT_TRUE(entries->empty());
}

TEST(documents, the_example_file_shows_every_key_at_its_default) {
  auto text = uncommented(read_file("packaging/herald.toml"));
  auto entries = parse_toml(text, "example");
  ASSERT_TRUE(entries) << describe(entries.error());
  for (auto& option : all_options()) {
    auto same = [&](auto& x) { return x.key == file_key(option.flag); };
    auto entry = std::find_if(entries->begin(), entries->end(), same);
    ASSERT_NE(entry, entries->end()) << option.flag;
    auto text_of_default = option.print(config{});
    if (text_of_default.empty())
      continue; // Left open; the value is an example.
    config values;
    EXPECT_FALSE(option.read(values, entry->values)) << option.flag;
    EXPECT_EQ(option.print(values), text_of_default) << option.flag;
  }
  EXPECT_EQ(entries->size(), all_options().size());
}

TEST(documents, the_example_file_is_valid_when_uncommented) {
  auto path = testing::TempDir() + "/herald_example.toml";
  std::ofstream{path} << uncommented(read_file("packaging/herald.toml"));
  auto loaded = load_config_file(path);
  std::remove(path.c_str());
  EXPECT_TRUE(loaded) << describe(loaded.error());
}

TEST(documents, help_has_every_option_with_default_and_environment_name) {
  auto help = serve_help();
  for (auto& option : all_options()) {
    EXPECT_THAT(help, HasSubstr(flag_name(option.flag).append(" ")));
    EXPECT_THAT(help, has_line(std::string{option.meaning}));
    EXPECT_THAT(help,
                has_line(std::string{"Default: "} + default_text(option)));
    EXPECT_THAT(help, has_line(environment_name(option.flag)));
    EXPECT_THAT(help, has_line(std::string{option.group}.append(":")));
  }
  EXPECT_THAT(help, HasSubstr("Usage: herald serve [OPTIONS]\n"));
  EXPECT_THAT(help, HasSubstr("HERALD_CONFIG"));
}

TEST(documents, the_version_is_the_projects) {
  auto project = read_file("CMakeLists.txt");
  EXPECT_THAT(project,
              HasSubstr("VERSION " + std::string{version()} + " LANGUAGES"));
}

} // namespace herald
