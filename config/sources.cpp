#include "config/errc.hpp"
#include "config/layers.hpp"
#include "config/toml.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <unistd.h>

namespace herald {

namespace {

constexpr size_t max_file_bytes = 1024 * 1024;

constexpr std::string_view prefix = "HERALD_";

bool is_reserved(std::string_view name) {
  return name == "HERALD_CONFIG" || name == "HERALD_NODE"
         || name == "HERALD_SECRET" || name == "HERALD_TOKEN";
}

std::vector<std::string> known_variables() {
  std::vector<std::string> result{"HERALD_CONFIG", "HERALD_NODE",
                                  "HERALD_SECRET", "HERALD_TOKEN"};
  for (auto& option : all_options())
    result.push_back(environment_name(option.flag));
  return result;
}

std::string unknown_variable(const std::string& name) {
  return "environment " + name + ": unknown variable"
         + suggestion(name, known_variables()) + ", ignored";
}

/// Kubernetes tells every container of a Service called herald where it is:
/// `HERALD_SERVICE_HOST`, `HERALD_PORT_8080_TCP_ADDR` and others.
bool is_of_kubernetes(std::string_view name) {
  return name == "HERALD_PORT" || name.starts_with("HERALD_PORT_")
         || name.starts_with("HERALD_SERVICE_");
}

template <class NameOf>
const option_spec* find_by(std::string_view name, NameOf name_of) {
  for (auto& option : all_options())
    if (name_of(option.flag) == name)
      return &option;
  return nullptr;
}

setting from_environment(const option_spec& option, const std::string& text) {
  setting result;
  result.source = option_source::variable;
  result.place = "environment " + environment_name(option.flag);
  result.values = option.list ? split_list(text) : std::vector{text};
  return result;
}

/// The keys of one table, or the top level and the tables' names.
std::vector<std::string> known_keys(std::string_view table) {
  std::vector<std::string> result;
  for (auto& option : all_options()) {
    auto key = file_key(option.flag);
    auto dot = key.find('.');
    auto own = dot == std::string::npos ? "" : key.substr(0, dot);
    auto name = own.empty() ? key : "[" + own + "]";
    if (own == table)
      name = key;
    else if (!table.empty())
      continue;
    if (std::find(result.begin(), result.end(), name) == result.end())
      result.push_back(name);
  }
  return result;
}

std::vector<std::string> all_keys() {
  std::vector<std::string> result;
  for (auto& option : all_options())
    result.push_back(file_key(option.flag));
  return result;
}

caf::error unknown_key(const std::string& place, const std::string& key) {
  auto known = known_keys(key.substr(0, std::min(key.find('.'), key.size())));
  if (known.empty())
    known = known_keys("");
  return fail(errc::invalid, place + ": " + key + ": unknown key"
                               + suggestion(key, all_keys())
                               + "; accepted: " + enumerate(known));
}

caf::error not_a_key(const std::string& place, const std::string& key) {
  if (auto err = check_missing(place + ": ", key, file_key))
    return err;
  return unknown_key(place, key);
}

caf::error take_entry(config_layer& into, toml_entry& entry,
                      std::string_view name) {
  auto place = std::string{name} + ":" + std::to_string(entry.line);
  auto option = find_by(entry.key, file_key);
  if (option == nullptr)
    return not_a_key(place, entry.key);
  if (entry.array && !option->list)
    return fail(errc::invalid,
                place + ": " + entry.key + ": expected one value, not a list");
  if (option->list && !entry.array)
    entry.values = split_list(entry.values.front());
  into[option->flag]
    = setting{std::move(entry.values), option_source::file, place};
  return caf::none;
}

caf::error unreadable(const std::string& path, const std::string& place,
                      const std::string& why) {
  return fail(errc::invalid, place + ": cannot read " + path + ": " + why);
}

/// The whole file; one byte over the limit is enough to know.
bool read_text(const std::string& path, std::string& out) {
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  out.resize(max_file_bytes + 1);
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<size_t>(in.gcount()));
  return !in.bad() && in.eof() == (out.size() <= max_file_bytes) && errno == 0;
}

} // namespace

caf::error check_missing(const std::string& place, std::string_view name,
                         std::string (*name_of)(std::string_view)) {
  for (auto& [flag, why] : missing_options())
    if (name_of(flag) == name)
      return fail(errc::invalid,
                  place + std::string{name} + ": " + std::string{why});
  return caf::none;
}

environment process_environment() {
  environment result;
  for (auto i = environ; i != nullptr && *i != nullptr; ++i) {
    std::string_view entry{*i};
    auto equals = entry.find('=');
    if (entry.starts_with(prefix) && equals != std::string_view::npos)
      result.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return result;
}

caf::expected<config_layer>
read_environment(const environment& env, std::vector<std::string>& warnings) {
  config_layer result;
  for (auto& [name, text] : env) {
    if (!name.starts_with(prefix) || is_reserved(name) || text.empty())
      continue;
    if (auto option = find_by(name, environment_name))
      result.emplace(option->flag, from_environment(*option, text));
    else if (auto err = check_missing("environment ", name, environment_name))
      return err;
    else if (!is_of_kubernetes(name))
      warnings.push_back(unknown_variable(name));
  }
  return result;
}

caf::expected<config_layer> read_file_text(std::string_view text,
                                           std::string_view name) {
  auto entries = parse_toml(text, name);
  if (!entries)
    return std::move(entries.error());
  config_layer result;
  for (auto& entry : *entries)
    if (auto err = take_entry(result, entry, name))
      return err;
  return result;
}

caf::expected<config_layer> read_file_layer(const std::string& path,
                                            const std::string& place) {
  std::string text;
  if (!read_text(path, text))
    return unreadable(path, place,
                      errno == 0 ? "reading failed" : std::strerror(errno));
  if (text.size() > max_file_bytes)
    return unreadable(path, place, "it is larger than 1 MiB");
  return read_file_text(text, path);
}

} // namespace herald
