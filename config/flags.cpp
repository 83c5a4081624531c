#include "config/errc.hpp"
#include "config/layers.hpp"
#include "config/units.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>

namespace herald {

namespace {

constexpr size_t help_column = 38;

/// Raw words per flag, as CLI11 hands them over.
using raw_words = std::map<std::string_view, std::vector<std::string>>;

constexpr std::string_view file_flag = "config";

std::string help_of(const option_spec& option) {
  std::string result{option.meaning};
  result.append("\nDefault: ").append(default_text(option));
  result.append("\nEnvironment: ").append(environment_name(option.flag));
  return result;
}

constexpr const char* file_help
  = "TOML file with any of these options.\nDefault: none\n"
    "Environment: HERALD_CONFIG";

/// Checking is ours, so that flags, environment and file fail alike; CLI11
/// finds the flags and takes exactly one word for each.
void declare(CLI::App& app, raw_words& into, std::string_view flag,
             std::string_view group, std::string_view value,
             const std::string& help) {
  app.add_option(flag_name(flag), into[flag], help)
    ->type_size(1)
    ->expected(1)
    ->allow_extra_args(false)
    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
    ->type_name(std::string{value})
    ->group(std::string{group});
}

void declare_all(CLI::App& app, raw_words& into) {
  app.set_help_flag("-h,--help", "Show this text.");
  app.allow_extras();
  declare(app, into, file_flag, "Options", "FILE", file_help);
  for (auto& option : all_options())
    declare(app, into, option.flag, option.group, option.value,
            help_of(option));
}

/// CLI11 takes the next word for the value of `--flag=`; an own empty word
/// keeps the value empty.
std::vector<std::string> split_empty_values(std::span<const std::string> args) {
  std::vector<std::string> result;
  for (auto& arg : args) {
    auto equals = arg.find('=');
    auto empty = arg.starts_with("--") && equals == arg.size() - 1;
    result.push_back(empty ? arg.substr(0, equals) : arg);
    if (empty)
      result.emplace_back();
  }
  return result;
}

std::vector<std::string> known_flags(std::span<const std::string_view> extra) {
  std::vector<std::string> result{flag_name(file_flag)};
  for (auto& option : all_options())
    result.push_back(flag_name(option.flag));
  result.insert(result.end(), extra.begin(), extra.end());
  return result;
}

/// CLI11 says `--data: 1 required DIR missing` for a flag at the very end.
caf::error bad_command_line(std::string_view what) {
  std::string name{what.substr(0, what.find(':'))};
  auto option = find_option(name.substr(std::min(name.size(), size_t{2})));
  auto value = option == nullptr ? "value" : option->value;
  return fail(errc::invalid,
              "flag " + name + ": needs a value: " + std::string{value});
}

caf::error unknown_flag(const std::string& word,
                        std::span<const std::string_view> extra) {
  auto name = word.substr(0, word.find('='));
  auto known = known_flags(extra);
  return fail(errc::invalid, "flag " + name + ": unknown option"
                               + suggestion(name, known)
                               + "; accepted: " + enumerate(known));
}

caf::error bad_flag(std::string_view flag, const std::string& what) {
  return fail(errc::invalid, "flag " + flag_name(flag) + ": " + what);
}

/// What CLI11 left over: words, and flags that are not options.
caf::error take_rest(flags_layer& out, const std::vector<std::string>& left,
                     std::span<const std::string_view> extra) {
  auto flags = true;
  for (auto& word : left) {
    auto is_flag = flags && word.size() > 1 && word.front() == '-';
    if (is_flag && word == "--") {
      flags = false;
      continue;
    }
    if (is_flag && std::find(extra.begin(), extra.end(), word) == extra.end())
      return unknown_flag(word, extra);
    out.rest.push_back(word);
  }
  return caf::none;
}

/// `--data --threads 2` is a forgotten value, not a folder named `--threads`.
caf::error check_words(std::string_view flag, bool list,
                       const std::vector<std::string>& words) {
  for (auto& word : words)
    if (word.starts_with("--"))
      return bad_flag(flag, "needs a value before " + word);
  if (!list && words.size() > 1)
    return bad_flag(flag, "is given more than once, but takes one value");
  return caf::none;
}

setting to_setting(const option_spec& option,
                   const std::vector<std::string>& words) {
  setting result;
  result.source = option_source::flag;
  result.place = "flag " + flag_name(option.flag);
  if (!option.list)
    result.values = words;
  else
    for (auto& word : words)
      for (auto& part : split_list(word))
        result.values.push_back(std::move(part));
  return result;
}

caf::error take_file(flags_layer& out, raw_words& words) {
  auto& names = words[file_flag];
  if (auto err = check_words(file_flag, false, names))
    return err;
  if (!names.empty() && names.front().empty())
    return bad_flag(file_flag, "expected the path of a TOML file");
  if (!names.empty())
    out.file = names.front();
  return caf::none;
}

caf::error take_settings(flags_layer& out, raw_words& words) {
  for (auto& option : all_options()) {
    auto& given = words[option.flag];
    if (auto err = check_words(option.flag, option.list, given))
      return err;
    if (!given.empty())
      out.settings.emplace(option.flag, to_setting(option, given));
  }
  return take_file(out, words);
}

std::string without_double_gaps(std::string text) {
  constexpr std::string_view gap = "\n\n\n";
  for (auto i = text.find(gap); i != std::string::npos; i = text.find(gap))
    text.erase(i, 1);
  return text;
}

} // namespace

caf::expected<flags_layer>
read_flags(std::span<const std::string> args,
           std::span<const std::string_view> extra_flags) {
  CLI::App app;
  raw_words words;
  flags_layer result;
  declare_all(app, words);
  auto reversed = split_empty_values(args);
  std::reverse(reversed.begin(), reversed.end()); // CLI11 takes from the back.
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    result.help = true;
    return result;
  } catch (const CLI::ParseError& err) {
    return bad_command_line(err.what());
  }
  if (auto err = take_rest(result, app.remaining(), extra_flags))
    return err;
  if (auto err = take_settings(result, words))
    return err;
  return result;
}

std::string options_help(std::string_view usage, std::string_view description) {
  CLI::App app;
  raw_words words;
  declare_all(app, words);
  auto format = std::make_shared<CLI::Formatter>();
  format->column_width(help_column);
  app.formatter(format);
  auto text = app.help();
  // CLI11 writes its own first lines; ours name the command.
  text.erase(0, std::min(text.find("\nOptions:"), text.size()));
  std::string result{description};
  result.append("\nUsage: ").append(usage).append("\n");
  return result + without_double_gaps(std::move(text));
}

std::string serve_help() {
  return options_help("herald serve [OPTIONS]",
                      "Starts a node: WebSub hub and webhook sender.\n"
                      "Precedence: flag, then environment, then --config FILE, "
                      "then default.\n"
                      "Durations: 200ms 5s 2h 3d 1h30m. Sizes: 64KiB 1MiB. "
                      "Lists: repeat the flag or use commas.\n");
}

} // namespace herald
