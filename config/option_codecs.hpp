#pragma once

#include "config/network.hpp"
#include "config/units.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <string>
#include <vector>

namespace herald {

/// How the kinds of option values are read and printed. `name` stands for a
/// value in `--help`; `read` leaves `out` alone unless it succeeds. Pure.

using option_words = std::vector<std::string>;

/// A duration of min..max, stored in any whole-number chrono type; parts
/// smaller than that type are refused.
struct duration_codec {
  static constexpr const char* name = "DURATION";
  milliseconds min;
  milliseconds max;

  /// The duration in `text` if it is a multiple of `step` and in min..max.
  caf::expected<milliseconds> parse(const std::string& text,
                                    milliseconds step) const;

  template <class Duration>
  caf::error read(const option_words& words, Duration& out) const {
    auto value = parse(words.front(), Duration{1});
    if (!value)
      return std::move(value.error());
    out = std::chrono::duration_cast<Duration>(*value);
    return caf::none;
  }

  std::string print(milliseconds value) const { return print_duration(value); }
};

/// 1..64 delays of at least 1 ms each.
struct schedule_codec {
  static constexpr const char* name = "DURATION,...";
  caf::error read(const option_words& words,
                  std::vector<milliseconds>& out) const;
  std::string print(const std::vector<milliseconds>& value) const;
};

/// Whole seconds without a unit, because the flag's name carries it.
struct seconds_codec {
  static constexpr const char* name = "SECONDS";
  caf::error read(const option_words& words, std::chrono::seconds& out) const;
  std::string print(std::chrono::seconds value) const;
};

struct count_codec {
  static constexpr const char* name = "NUMBER";
  size_t min;
  size_t max;
  caf::error read(const option_words& words, size_t& out) const;
  std::string print(size_t value) const { return std::to_string(value); }
};

/// Bytes of min..max.
struct size_codec {
  static constexpr const char* name = "SIZE";
  uint64_t min;
  uint64_t max;
  caf::error read(const option_words& words, uint64_t& out) const;
  std::string print(uint64_t value) const { return print_size(value); }
};

struct share_codec {
  static constexpr const char* name = "SHARE";
  caf::error read(const option_words& words, double& out) const;
  std::string print(double value) const { return print_share(value); }
};

struct bool_codec {
  static constexpr const char* name = "BOOL";
  caf::error read(const option_words& words, bool& out) const;
  std::string print(bool value) const { return value ? "true" : "false"; }
};

/// One or more distinct addresses.
struct listen_codec {
  static constexpr const char* name = "ADDR:PORT";
  caf::error read(const option_words& words, std::vector<endpoint>& out) const;
  std::string print(const std::vector<endpoint>& value) const;
};

struct networks_codec {
  static constexpr const char* name = "CIDR,...";
  caf::error read(const option_words& words,
                  std::vector<ip_network>& out) const;
  std::string print(const std::vector<ip_network>& value) const;
};

/// At least one word: `public`, `loopback`, `private` or a block.
struct addresses_codec {
  static constexpr const char* name = "WORD|CIDR,...";
  caf::error read(const option_words& words, allowed_addresses& out) const;
  std::string print(const allowed_addresses& value) const;
};

/// Names without ports, in lower case.
struct hosts_codec {
  static constexpr const char* name = "NAME,...";
  caf::error read(const option_words& words, option_words& out) const;
  std::string print(const option_words& value) const;
};

/// Origins as browsers write them, such as `https://app.example:8443`.
struct origins_codec {
  static constexpr const char* name = "ORIGIN,...";
  caf::error read(const option_words& words, option_words& out) const;
  std::string print(const option_words& value) const;
};

/// At least one port or range of ports.
struct ports_codec {
  static constexpr const char* name = "PORT[-PORT],...";
  caf::error read(const option_words& words, port_set& out) const;
  std::string print(const port_set& value) const;
};

/// At least one pattern without blanks or control characters.
struct globs_codec {
  static constexpr const char* name = "GLOB,...";
  caf::error read(const option_words& words, option_words& out) const;
  std::string print(const option_words& value) const;
};

/// A path that is not empty.
struct path_codec {
  const char* name;
  caf::error read(const option_words& words, std::string& out) const;
  std::string print(const std::string& value) const { return value; }
};

struct base_url_codec {
  static constexpr const char* name = "URL";
  caf::error read(const option_words& words, std::string& out) const;
  std::string print(const std::string& value) const { return value; }
};

/// `auto` or `none`.
struct auth_codec {
  static constexpr const char* name = "MODE";
  caf::error read(const option_words& words, auth_mode& out) const;
  std::string print(auth_mode value) const;
};

struct log_level_codec {
  static constexpr const char* name = "LEVEL";
  caf::error read(const option_words& words, std::string& out) const;
  std::string print(const std::string& value) const { return value; }
};

struct log_format_codec {
  static constexpr const char* name = "FORMAT";
  caf::error read(const option_words& words, log_format& out) const;
  std::string print(log_format value) const;
};

} // namespace herald
