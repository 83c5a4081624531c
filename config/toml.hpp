#pragma once

#include <caf/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// One `key = value` of a configuration file.
struct toml_entry {
  std::string key;                 ///< With its tables: `lease.default`.
  std::vector<std::string> values; ///< One, unless `array`.
  bool array = false;
  size_t line = 0; ///< From 1, of the key.
};

/// Reads the part of TOML 1.0 that a configuration of scalars and flat lists
/// needs: comments, `[table]`, bare, quoted and dotted keys, "basic" and
/// 'literal' strings, numbers, booleans, arrays over several lines. Numbers and
/// booleans come back as written, less the underscores. What else TOML has
/// (multi-line strings, inline tables, arrays of tables, dates) is refused, and
/// so is a key that is set twice. Not CLI11's reader, because that one knows no
/// line numbers, cuts strings at `#` and takes a key without a value for true.
/// Errors: `errc::invalid`, `NAME:LINE: what is wrong`. Pure.
caf::expected<std::vector<toml_entry>> parse_toml(std::string_view text,
                                                  std::string_view name);

} // namespace herald
