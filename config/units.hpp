#pragma once

#include "config/config.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// Text forms of the values in configuration, flags and queries. Pure
/// functions, safe on every thread. A parser takes the whole text or fails with
/// `errc::invalid` and a sentence that quotes the text and names the accepted
/// form. What a printer writes, its parser reads back as the same value.

/// `200ms`, `5s`, `2m`, `2h`, `3d`, or several parts from the largest unit to
/// the smallest, each at most once: `1h30m`. Bare `0` is zero. Whole,
/// non-negative numbers only; at most `36500d`, so that a time point plus a
/// duration never overflows.
caf::expected<milliseconds> parse_duration(std::string_view text);

/// The shortest exact form, e.g. `1m30s`; zero is `0s`. Needs `value >= 0`.
std::string print_duration(milliseconds value);

/// Bytes: `1048576`, `64KiB`, `1MiB`, `2GiB`, `1TiB`, `10B`. Units are powers
/// of 1024 and spelt exactly so.
caf::expected<uint64_t> parse_size(std::string_view text);

/// In the largest unit that divides `bytes`, e.g. `1536KiB`; zero is `0`.
std::string print_size(uint64_t bytes);

/// A whole number in min..max.
caf::expected<uint64_t> parse_count(std::string_view text, uint64_t min,
                                    uint64_t max);

/// A decimal number in 0..1, such as `0.2`.
caf::expected<double> parse_share(std::string_view text);

/// The shortest form that reads back as the same number.
std::string print_share(double value);

/// `true` or `false`.
caf::expected<bool> parse_bool(std::string_view text);

/// `ADDR:PORT` with a literal address: `127.0.0.1:8080`, `[::1]:8080`.
/// Names are refused: what a socket listens on must not depend on DNS.
caf::expected<endpoint> parse_endpoint(std::string_view text);

/// The base of herald's own URLs: `http://HOST[:PORT][/PATH]` or https, with
/// neither a trailing slash, a query, a fragment nor credentials.
caf::expected<std::string> parse_base_url(std::string_view text);

/// A name of a host, in lower case and without a dot at its end; without port,
/// scheme or wildcard.
caf::expected<std::string> parse_host_name(std::string_view text);

/// `http://HOST[:PORT]` or https, as a browser writes an origin: lower case,
/// without the scheme's own port.
caf::expected<std::string> parse_origin(std::string_view text);

/// The parts between commas, trimmed. Empty text is an empty list.
std::vector<std::string> split_list(std::string_view text);

/// Parts joined with commas.
std::string join_list(const std::vector<std::string>& parts);

} // namespace herald
