#pragma once

#include "config/load.hpp"
#include "config/options.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// The three sources of configuration, each read into the same shape. Names are
/// checked here, values later, when all sources are known. Inner header of the
/// loader; pure except for `read_file_layer`.

/// What one source says about one option.
struct setting {
  std::vector<std::string> values;
  option_source source = option_source::defaults;
  std::string place; ///< For messages, e.g. `flag --data`.
};

/// Settings by flag.
using config_layer = std::map<std::string_view, setting>;

struct flags_layer {
  config_layer settings;
  std::string file; ///< Of `--config`, or empty.
  std::vector<std::string> rest;
  bool help = false;
};

caf::expected<flags_layer>
read_flags(std::span<const std::string> args,
           std::span<const std::string_view> extra_flags);

/// `HERALD_CONFIG` is the caller's; the client's variables are skipped. A
/// variable that nobody knows is a warning, because others may set it.
caf::expected<config_layer>
read_environment(const environment& env, std::vector<std::string>& warnings);

/// `place` says who named the file, for the message if it cannot be read.
caf::expected<config_layer> read_file_layer(const std::string& path,
                                            const std::string& place);

/// The same on text that is in memory already.
caf::expected<config_layer> read_file_text(std::string_view text,
                                           std::string_view name);

/// Checks what spans several options; `set` are those that some source sets.
/// Adjusts what was left open: an unset `lease.by_default` moves into min..max,
/// an unset connect timeout stays below the timeout. Adds warnings.
caf::error check_together(config& values, const config_layer& set,
                          std::vector<std::string>& warnings);

/// How messages name an option that is set: `flag --data`, `environment
/// HERALD_DATA` or `FILE:LINE: data`; `NAME (default)` if it is not.
std::string place_of(const config_layer& set, std::string_view flag);

/// errc::invalid if `name`, written as `name_of` writes a flag, is an option
/// that is missing; `place` stands in front of it.
caf::error check_missing(const std::string& place, std::string_view name,
                         std::string (*name_of)(std::string_view));

/// Names that are close to `wanted`, as ` (did you mean X?)`, or nothing.
std::string suggestion(std::string_view wanted,
                       const std::vector<std::string>& known);

/// `a, b, c`.
std::string enumerate(const std::vector<std::string>& names);

} // namespace herald
