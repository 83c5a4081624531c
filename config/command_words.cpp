#include "config/command_words.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace herald {

namespace {

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

/// CLI11 finds the flags and takes exactly one word for each value.
void declare(CLI::App& app, sorted_words& into, const command_flag& flag) {
  if (flag.value.empty()) {
    app.add_flag(flag.name, into.switches[flag.name], flag.help)
      ->group(flag.group);
    return;
  }
  app.add_option(flag.name, into.values[flag.name], flag.help)
    ->type_size(1)
    ->expected(1)
    ->allow_extra_args(false)
    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
    ->type_name(flag.value)
    ->group(flag.group);
}

void declare_all(CLI::App& app, sorted_words& into,
                 std::span<const command_flag> flags) {
  app.set_help_flag("-h,--help", "Show this text.");
  app.allow_extras();
  for (auto& flag : flags)
    declare(app, into, flag);
}

/// CLI11 says `--data: 1 required DIR missing` for a flag at the very end.
std::string named_in(std::string message) {
  message.resize(std::min(message.find(':'), message.size()));
  return message;
}

} // namespace

sorted_words sort_words(std::span<const std::string> args,
                        std::span<const command_flag> flags) {
  CLI::App app;
  sorted_words result;
  declare_all(app, result, flags);
  auto reversed = split_empty_values(args);
  std::reverse(reversed.begin(), reversed.end()); // CLI11 takes from the back.
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return {true, {}, {}, {}, {}};
  } catch (const CLI::ParseError& err) {
    return {false, named_in(err.what()), {}, {}, {}};
  }
  std::erase_if(result.switches,
                [&](auto& each) { return app.count(each.first) == 0; });
  result.rest = app.remaining();
  return result;
}

std::string help_on(std::span<const command_flag> flags, size_t column) {
  CLI::App app;
  sorted_words unused;
  declare_all(app, unused, flags);
  auto format = std::make_shared<CLI::Formatter>();
  format->column_width(column);
  app.formatter(format);
  auto result = app.help();
  // CLI11 writes its own first lines; the caller's name the command.
  result.erase(0, std::min(result.find("\nOptions:"), result.size()));
  return result;
}

} // namespace herald
