#include "http/cli/flags.hpp"

#include "config/command_words.hpp"
#include "config/errc.hpp"
#include "config/layers.hpp"
#include "config/units.hpp"
#include "storage/target.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

namespace herald {

namespace {

constexpr const char* default_node = "http://127.0.0.1:8080";
constexpr size_t help_column = 26;

caf::error bad_flag(const std::string& name, const std::string& what) {
  return fail(errc::invalid, "flag " + name + ": " + what);
}

std::string from_environment(const char* name) {
  auto* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

caf::error check_node(const std::string& text) {
  auto url = parse_base_url(text);
  return url ? caf::error{} : std::move(url.error());
}

} // namespace

flag_set::flag_set(std::string usage, std::string description)
  : usage_(std::move(usage)), description_(std::move(description)) {
  // nop
}

void flag_set::word(std::string name, std::string& into, bool needed) {
  words_.push_back({std::move(name), &into, needed});
}

void flag_set::option(std::string flag, std::string value, reader read,
                      std::string help) {
  flags_.push_back({std::move(flag),
                    std::move(value),
                    std::move(help),
                    std::move(read),
                    nullptr,
                    {}});
}

void flag_set::option(std::string flag, std::string value, std::string& into,
                      std::string help) {
  auto keep = [&into](const std::string& text) {
    into = text;
    return caf::error{};
  };
  option(std::move(flag), std::move(value), keep, std::move(help));
}

void flag_set::count(std::string flag, uint64_t& into, uint64_t min,
                     uint64_t max, std::string help) {
  auto keep = [&into, min, max](const std::string& text) -> caf::error {
    auto number = parse_count(text, min, max);
    if (!number)
      return std::move(number.error());
    into = *number;
    return caf::none;
  };
  option(std::move(flag), "NUMBER", keep, std::move(help));
}

void flag_set::toggle(std::string flag, bool& into, std::string help) {
  flags_.push_back({std::move(flag), "", std::move(help), {}, &into, {}});
}

std::vector<std::string> flag_set::names() const {
  std::vector<std::string> result;
  for (auto& flag : flags_)
    result.push_back(flag.name);
  result.push_back("--help");
  return result;
}

caf::error flag_set::unknown(const std::string& word) const {
  auto name = word.substr(0, word.find('='));
  return bad_flag(name, "unknown option" + suggestion(name, names())
                          + "; accepted: " + enumerate(names()));
}

caf::error flag_set::wrong_value(const std::string& name) const {
  auto found = std::find_if(flags_.begin(), flags_.end(),
                            [&](auto& x) { return x.name == name; });
  auto takes = found != flags_.end() && found->toggled == nullptr;
  return bad_flag(name,
                  takes ? "needs a value: " + found->value : "takes no value");
}

caf::error flag_set::take_value(const declared_flag& flag) const {
  if (flag.given.empty() || flag.toggled != nullptr)
    return caf::none;
  if (flag.given.size() > 1)
    return bad_flag(flag.name, "is given more than once, but takes one value");
  auto& text = flag.given.front();
  auto known = names();
  if (std::find(known.begin(), known.end(), text) != known.end())
    return bad_flag(flag.name, "needs a value before " + text);
  if (auto err = flag.read(text))
    return bad_flag(flag.name, describe(err));
  return caf::none;
}

caf::error flag_set::take_values() {
  for (auto& flag : flags_)
    if (auto err = take_value(flag))
      return err;
  return caf::none;
}

caf::error flag_set::take_words(const std::vector<std::string>& left) {
  auto next = words_.begin();
  auto flags = true;
  for (auto& text : left) {
    if (flags && text == "--") {
      flags = false;
      continue;
    }
    if (flags && text.size() > 1 && text.front() == '-')
      return unknown(text);
    if (next == words_.end())
      return fail(errc::invalid,
                  "unexpected word \"" + text + "\"; usage: " + usage_);
    *(next++)->into = text;
  }
  if (next != words_.end() && next->needed)
    return fail(errc::invalid, next->name + " is missing; usage: " + usage_);
  return caf::none;
}

caf::expected<bool> flag_set::read(command_args args) {
  std::vector<command_flag> declared;
  for (auto& flag : flags_)
    declared.push_back({flag.name, flag.value, "Options", {}});
  auto sorted = sort_words(args, declared);
  if (sorted.help)
    return false;
  if (!sorted.wrong.empty())
    return wrong_value(sorted.wrong);
  for (auto& flag : flags_)
    flag.given = std::move(sorted.values[flag.name]);
  for (auto& flag : flags_)
    if (auto i = sorted.switches.find(flag.name); i != sorted.switches.end())
      *flag.toggled = i->second;
  if (auto err = take_values())
    return err;
  if (auto err = take_words(sorted.rest))
    return err;
  return true;
}

std::optional<int> flag_set::parse(command_args args) {
  auto result = read(args);
  if (!result)
    return complain(describe(result.error()), exit_usage);
  if (*result)
    return std::nullopt;
  std::cout << help();
  return exit_success;
}

std::string flag_set::help() const {
  auto result = "Usage: " + usage_ + "\n\n" + description_ + "\n\nOptions:\n";
  auto add = [&](std::string left, const std::string& right) {
    left.insert(0, "  ");
    left.resize(std::max(help_column, left.size() + 2), ' ');
    auto text = right;
    for (auto i = text.find('\n'); i != text.npos; i = text.find('\n', i + 1))
      text.insert(i + 1, help_column, ' ');
    result += left + text + "\n";
  };
  for (auto& flag : flags_)
    add(flag.name + (flag.value.empty() ? "" : " " + flag.value), flag.help);
  add("-h, --help", "Show this text.");
  return result;
}

namespace {

constexpr size_t max_secret_file = 4096;

/// The first line of a file, without its end.
caf::error read_secret_file(const std::string& path, std::string& into) {
  std::ifstream in{path, std::ios::binary};
  std::string text(max_secret_file, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (!in.eof())
    return fail(errc::invalid,
                in.good()
                  ? path + " is longer than a secret may be"
                  : "cannot read " + path + ": " + std::strerror(errno));
  text.erase(std::min(text.find_first_of("\r\n"), text.size()));
  if (text.empty())
    return fail(errc::invalid, path + " has no secret in its first line");
  into = std::move(text);
  return caf::none;
}

} // namespace

void add_secret_flags(flag_set& flags, std::string& into, std::string help) {
  into = from_environment("HERALD_SECRET");
  flags.option("--secret", "SECRET", into, std::move(help));
  flags.option(
    "--secret-file", "FILE",
    [&into](const std::string& x) { return read_secret_file(x, into); },
    "The same, in the first line of a file: a command line can\nbe read by "
    "everybody on the machine. Default: HERALD_SECRET.");
}

client_settings default_client_settings() {
  client_settings result;
  result.node = from_environment("HERALD_NODE");
  result.token = from_environment("HERALD_TOKEN");
  if (result.node.empty())
    result.node = default_node;
  return result;
}

void add_client_flags(flag_set& flags, client_settings& into) {
  auto keep = [&into](const std::string& text) {
    into.node = text;
    return check_node(text);
  };
  flags.option("--node", "URL", keep,
               "The node to talk to. Default: HERALD_NODE, else\n"
                 + std::string{default_node});
  flags.toggle("--json", into.json, "One JSON object a line, for scripts.");
  flags.toggle("--insecure", into.insecure,
               "Send HERALD_TOKEN over plain http, too.");
}

} // namespace herald
