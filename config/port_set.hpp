#pragma once

#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald {

/// A set of TCP ports. Pure value, safe on every thread.
class port_set {
public:
  /// Empty.
  port_set() = default;

  /// What may be called unless somebody says otherwise: 80, 443, and 1024 to
  /// 65535 less the bad ports of the Fetch standard (2.9, port blocking), on
  /// which other protocols than HTTP are spoken.
  static port_set usual();

  /// `443` or `8000-8999`; ports are 1..65535. errc::invalid, with a sentence,
  /// for anything else.
  caf::error add(std::string_view text);

  bool contains(uint16_t port) const;

  /// Ascending ranges, as `add` takes them.
  std::vector<std::string> words() const;

  bool operator==(const port_set&) const = default;

private:
  using range = std::pair<uint16_t, uint16_t>; // Both ends belong to it.

  void add(range what);

  std::vector<range> ranges_; // Ascending, with a gap between two.
};

} // namespace herald
