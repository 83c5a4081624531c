#include "config/command_words.hpp"
#include "config/errc.hpp"
#include "config/layers.hpp"
#include "config/option_codecs.hpp"
#include "config/units.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr size_t help_column = 38;

/// Raw words per flag.
using raw_words = decltype(sorted_words::values);

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

std::vector<command_flag> declared_flags() {
  std::vector<command_flag> result{
    {flag_name(file_flag), "FILE", "Options", file_help}};
  for (auto& option : all_options())
    result.push_back({flag_name(option.flag), std::string{option.value},
                      std::string{option.group}, help_of(option)});
  return result;
}

std::vector<std::string> known_flags(std::span<const std::string_view> extra) {
  std::vector<std::string> result{flag_name(file_flag)};
  for (auto& option : all_options())
    result.push_back(flag_name(option.flag));
  result.insert(result.end(), extra.begin(), extra.end());
  return result;
}

/// A boolean may stand alone, which means true.
std::vector<std::string> with_values(std::span<const std::string> args) {
  std::vector<std::string> result{args.begin(), args.end()};
  for (size_t i = 0; i < result.size() && result[i] != "--"; ++i) {
    auto alone = i + 1 == result.size() || result[i + 1].starts_with('-');
    auto is_it = [&](const option_spec& option) {
      return option.value == bool_codec::name
             && flag_name(option.flag) == result[i];
    };
    if (alone && std::any_of(all_options().begin(), all_options().end(), is_it))
      result[i] += "=true";
  }
  return result;
}

caf::error lacks_value(const std::string& name) {
  auto option = find_option(
    std::string_view{name}.substr(std::min(name.size(), size_t{2})));
  auto value = option == nullptr ? "value" : option->value;
  return fail(errc::invalid,
              "flag " + name + ": needs a value: " + std::string{value});
}

caf::error unknown_flag(const std::string& word,
                        std::span<const std::string_view> extra) {
  auto name = word.substr(0, word.find('='));
  if (auto err = check_missing("flag ", name, flag_name))
    return err;
  auto known = known_flags(extra);
  return fail(errc::invalid, "flag " + name + ": unknown option"
                               + suggestion(name, known)
                               + "; accepted: " + enumerate(known));
}

caf::error bad_flag(std::string_view flag, const std::string& what) {
  return fail(errc::invalid, "flag " + flag_name(flag) + ": " + what);
}

/// What is left over: words, and flags that are not options.
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
  auto& names = words[flag_name(file_flag)];
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
    auto& given = words[flag_name(option.flag)];
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
  auto sorted = sort_words(with_values(args), declared_flags());
  flags_layer result;
  result.help = sorted.help;
  if (sorted.help)
    return result;
  if (!sorted.wrong.empty())
    return lacks_value(sorted.wrong);
  if (auto err = take_rest(result, sorted.rest, extra_flags))
    return err;
  if (auto err = take_settings(result, sorted.values))
    return err;
  return result;
}

std::string options_help(std::string_view usage, std::string_view description) {
  std::string result{description};
  result.append("\nUsage: ").append(usage).append("\n");
  return result + without_double_gaps(help_on(declared_flags(), help_column));
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
