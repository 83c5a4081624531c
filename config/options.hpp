#pragma once

#include "config/config.hpp"

#include <caf/error.hpp>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// One configurable value, declared once. Flags, environment names, TOML keys,
/// `--help`, `herald config show` and the checks of the documentation all come
/// from this table. Read-only; safe on every thread.
struct option_spec {
  std::string_view flag;    ///< Without dashes, e.g. `lease-default`.
  std::string_view group;   ///< Heading in `--help`.
  std::string_view value;   ///< What a value is called, e.g. `DURATION`.
  std::string_view meaning; ///< One sentence for people, units included.

  /// How the default reads where the plain value says too little, e.g. `cores`.
  /// Empty: `print` of a default-constructed `config`.
  std::string_view default_text;

  bool list = false;    ///< Repeatable, comma separated, a TOML array.
  bool reloads = false; ///< SIGHUP puts a new value into force.

  /// Stores `values` (exactly one unless `list`) or says what is accepted.
  std::function<caf::error(config&, const std::vector<std::string>& values)>
    read;

  /// Takes the value over; only of those that reload.
  std::function<void(config& into, const config& from)> copy;

  /// The value as `read` takes it; a list's parts are joined with commas.
  std::function<std::string(const config&)> print;
};

/// All options in the order of the documentation. `config` (the file itself) is
/// not among them: it cannot stand in a file.
std::span<const option_spec> all_options();

/// The option of that flag, or nullptr.
const option_spec* find_option(std::string_view flag);

/// Puts the values of those that reload from `from` into `into`. The others
/// stay; their flags are returned where the values differ.
std::vector<std::string_view> reload_options(config& into, const config& from);

/// An option that people may expect and that is refused wherever it stands.
struct missing_option {
  std::string_view flag;
  std::string_view why; ///< Goes on after its name and a colon.
};

std::span<const missing_option> missing_options();

/// `lease-default` -> `--lease-default`.
std::string flag_name(std::string_view flag);

/// `lease-default` -> `HERALD_LEASE_DEFAULT`.
std::string environment_name(std::string_view flag);

/// `lease-default` -> `lease.default`, that is `[lease] default`. The general
/// options (`listen`, `base-url`, `data`, `threads`, `drain-seconds`, `auth`)
/// stand at the top level under their own name.
std::string file_key(std::string_view flag);

/// The default for people, see `option_spec::default_text`.
std::string default_text(const option_spec& option);

} // namespace herald
