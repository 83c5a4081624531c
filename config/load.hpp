#pragma once

#include "config/config.hpp"

#include <caf/expected.hpp>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// Reads the configuration from flags, environment and file, in this order of
/// precedence; what none of them sets keeps its default. A list replaces the
/// list of a lower source as a whole. Used once, before threads start.
///
/// Every failure is `errc::invalid` (exit status 2) with one sentence that
/// names the option, the place (`flag --lease-max`, `environment
/// HERALD_LEASE_MAX`, `FILE:LINE`) and the accepted values. Values of secrets
/// never stand in a sentence.

/// Environment variables by name. Only names that begin with `HERALD_` count.
/// A variable set to empty text counts as not set.
using environment = std::map<std::string, std::string>;

/// The `HERALD_…` variables of this process. Call before threads start.
environment process_environment();

/// Where a value came from.
enum class option_source : uint8_t { defaults, file, variable, flag };

/// One line of `herald config show`.
struct shown_option {
  std::string name;  ///< The flag without dashes, e.g. `lease-default`.
  std::string value; ///< The effective value; a secret is `********`.
  option_source source = option_source::defaults;
  /// `default`, `FILE:LINE`, `environment HERALD_…`, `flag --…`.
  std::string place;
};

struct loaded_config {
  config values;
  std::vector<shown_option> shown;   ///< All options, in the table's order.
  std::vector<std::string> warnings; ///< Allowed, but hardly meant so.
  std::vector<std::string> rest; ///< Positional words and known extra flags.
  bool help = false; ///< `-h` or `--help` was given; nothing else is checked.
};

/// Loads everything. `args` are the words after the subcommand; `extra_flags`
/// (e.g. `--json`) are flags without a value that the caller understands. They
/// come back in `rest`; any other unknown flag or key fails. An unknown
/// `HERALD_…` variable is a warning, unless Kubernetes makes it for a Service
/// called herald.
/// `HERALD_NODE`, `HERALD_TOKEN` and `HERALD_SECRET` belong to other commands:
/// they are accepted, and the first two shown if set.
caf::expected<loaded_config>
load_config(std::span<const std::string> args, const environment& env,
            std::span<const std::string_view> extra_flags = {});

/// Loads one TOML file over the defaults: `herald config check FILE`. Files
/// over 1 MiB are refused.
caf::expected<loaded_config> load_config_file(const std::string& path);

/// All options as an aligned table for people: name, value, place.
std::string show_table(const loaded_config& loaded);

/// The help text of a command that takes all options: `usage` (one line, e.g.
/// `herald serve [OPTIONS]`), `description`, then every option by group with
/// its meaning, default and environment name.
std::string options_help(std::string_view usage, std::string_view description);

/// `options_help` of `herald serve`.
std::string serve_help();

} // namespace herald
