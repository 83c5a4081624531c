#pragma once

#include <caf/expected.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace herald {

/// Addresses and blocks of them. Pure values, safe on every thread.

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address is the IPv4 address it
/// stands for, because that is where the kernel connects to.
struct ip_address {
  std::array<uint8_t, 16> bytes{}; ///< Network order; IPv4 in mapped form.

  static ip_address v4(std::span<const uint8_t, 4> octets);
  static ip_address v6(std::span<const uint8_t, 16> octets);

  /// A literal without brackets, zone or port; nothing for any other text.
  static std::optional<ip_address> parse(std::string_view text);

  bool is_v4() const;

  /// In 127.0.0.0/8, or ::1.
  bool is_loopback() const;

  /// The shortest form; of IPv4 with `mapped` the one of IPv6, such as
  /// `::ffff:192.0.2.7`.
  std::string to_string(bool mapped = false) const;

  auto operator<=>(const ip_address&) const = default;
};

/// True for a loopback address without brackets, and for `localhost`.
bool is_loopback_host(std::string_view host);

/// A block of addresses. Bits behind the prefix are zero.
struct ip_network {
  ip_address base;
  unsigned prefix = 128; ///< Bits of `base`, which has 128 for IPv4 too.
  bool mapped = false;   ///< IPv4 that was written as IPv6, to be printed so.

  /// `10.0.0.0/8`, `fc00::/7`, or one address, which is `/32` or `/128`. Bits
  /// behind the prefix are cleared: `127.0.0.1/8` means `127.0.0.0/8`.
  /// errc::invalid, with a sentence, for anything else.
  static caf::expected<ip_network> parse(std::string_view text);

  /// IPv4 and IPv6 never contain each other: `::/0` is no IPv4 address.
  bool contains(const ip_address& address) const;

  /// Always with the length of the prefix, e.g. `127.0.0.1/32`.
  std::string to_string() const;

  bool operator==(const ip_network&) const = default;
};

} // namespace herald
