#include "config/load.hpp"

#include "config/effective.hpp"
#include "config/errc.hpp"
#include "config/layers.hpp"
#include "config/units.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr const char* mask = "********";

/// Puts `over` on top of `under`, option by option.
void put_over(config_layer& under, config_layer over) {
  for (auto& [flag, value] : over)
    under.insert_or_assign(flag, std::move(value));
}

caf::error read_values(config& into, const config_layer& set) {
  for (auto& option : all_options()) {
    auto found = set.find(option.flag);
    if (found == set.end())
      continue;
    if (auto err = option.read(into, found->second.values))
      return fail(errc::invalid,
                  place_of(set, option.flag) + ": " + describe(err));
  }
  return caf::none;
}

/// What the option means in the end, also where it is left open.
std::string effective_text(const option_spec& option, const config& values) {
  if (option.flag == "base-url")
    return effective_base_url(values);
  if (option.flag == "threads")
    return std::to_string(effective_threads(values));
  if (option.flag == "callbacks-allow")
    return join_list(words_of(effective_allow(values)));
  if (option.flag == "callbacks-ports"
      && values.callbacks.ports == port_set::usual())
    return default_text(option);
  auto text = option.print(values);
  return text.empty() ? "none" : text;
}

shown_option show(const option_spec& option, const config& values,
                  const config_layer& set) {
  shown_option result{std::string{option.flag}, effective_text(option, values),
                      option_source::defaults, "default"};
  auto found = set.find(option.flag);
  if (found == set.end())
    return result;
  result.source = found->second.source;
  result.place = found->second.place;
  return result;
}

caf::expected<loaded_config> finish(const config_layer& set,
                                    std::vector<std::string> warnings = {}) {
  loaded_config result;
  result.warnings = std::move(warnings);
  if (auto err = read_values(result.values, set))
    return err;
  if (auto err = check_together(result.values, set, result.warnings))
    return err;
  for (auto& option : all_options())
    result.shown.push_back(show(option, result.values, set));
  return result;
}

std::string get(const environment& env, const std::string& name) {
  auto found = env.find(name);
  return found == env.end() ? std::string{} : found->second;
}

/// The file's name and who named it; both empty if there is none.
struct file_choice {
  std::string path;
  std::string place;
  option_source source = option_source::defaults;
};

file_choice choose_file(const std::string& flag, const environment& env) {
  if (!flag.empty())
    return {flag, "flag --config", option_source::flag};
  auto path = get(env, "HERALD_CONFIG");
  if (path.empty())
    return {"", "default", option_source::defaults};
  return {path, "environment HERALD_CONFIG", option_source::variable};
}

/// `http://user:password@host` -> `http://********@host`.
std::string without_credentials(std::string url) {
  auto scheme = url.find("://");
  auto from = scheme == std::string::npos ? 0 : scheme + 3;
  auto at = url.rfind('@', url.find_first_of("/?#", from));
  if (at != std::string::npos && at >= from)
    url.replace(from, at - from, mask);
  return url;
}

void show_variable(loaded_config& into, const char* name, const char* variable,
                   const std::string& text) {
  if (!text.empty())
    into.shown.push_back({name, text, option_source::variable,
                          std::string{"environment "} + variable});
}

void show_others(loaded_config& into, const file_choice& file,
                 const environment& env) {
  into.shown.insert(into.shown.begin(),
                    {"config", file.path.empty() ? "none" : file.path,
                     file.source, file.place});
  show_variable(into, "node", "HERALD_NODE",
                without_credentials(get(env, "HERALD_NODE")));
  auto token = get(env, "HERALD_TOKEN");
  show_variable(into, "token", "HERALD_TOKEN", token.empty() ? "" : mask);
}

/// All three sources, the strongest on top.
caf::expected<config_layer> merge(const file_choice& file,
                                  const environment& env, config_layer flags,
                                  std::vector<std::string>& warnings) {
  config_layer result;
  if (!file.path.empty()) {
    auto settings = read_file_layer(file.path, file.place);
    if (!settings)
      return std::move(settings.error());
    result = std::move(*settings);
  }
  auto variables = read_environment(env, warnings);
  if (!variables)
    return std::move(variables.error());
  put_over(result, std::move(*variables));
  put_over(result, std::move(flags));
  return result;
}

size_t longest(const loaded_config& loaded, std::string shown_option::*part) {
  size_t result = 0;
  for (auto& option : loaded.shown)
    result = std::max(result, (option.*part).size());
  return result;
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

} // namespace

caf::expected<loaded_config>
load_config(std::span<const std::string> args, const environment& env,
            std::span<const std::string_view> extra_flags) {
  auto flags = read_flags(args, extra_flags);
  if (!flags)
    return std::move(flags.error());
  loaded_config help;
  help.help = flags->help;
  if (flags->help)
    return help;
  auto file = choose_file(flags->file, env);
  std::vector<std::string> warnings;
  auto set = merge(file, env, std::move(flags->settings), warnings);
  if (!set)
    return std::move(set.error());
  auto result = finish(*set, std::move(warnings));
  if (result) {
    show_others(*result, file, env);
    result->rest = std::move(flags->rest);
  }
  return result;
}

caf::expected<loaded_config> load_config_file(const std::string& path) {
  auto set = read_file_layer(path, "config");
  if (!set)
    return std::move(set.error());
  return finish(*set);
}

std::string show_table(const loaded_config& loaded) {
  std::string result;
  auto names = longest(loaded, &shown_option::name);
  auto values = std::min(longest(loaded, &shown_option::value), size_t{40});
  for (auto& [name, value, source, place] : loaded.shown) {
    result.append(padded(name, names)).append("  ");
    result.append(padded(value, values)).append("  ");
    result.append(place).append("\n");
  }
  return result;
}

} // namespace herald
