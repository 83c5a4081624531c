#pragma once

#include "config/config.hpp"

#include <caf/expected.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address is the IPv4 address it
/// stands for, because that is where the kernel connects to. Pure value.
struct ip_address {
  std::array<uint8_t, 16> bytes{}; ///< Network order; IPv4 in mapped form.

  static ip_address v4(std::span<const uint8_t, 4> octets);
  static ip_address v6(std::span<const uint8_t, 16> octets);

  /// A literal without brackets, zone or port; nothing for any other text.
  static std::optional<ip_address> parse(std::string_view text);

  bool is_v4() const;

  auto operator<=>(const ip_address&) const = default;
};

/// A range of addresses in CIDR notation.
struct ip_network {
  ip_address base;
  unsigned prefix = 128; ///< Bits of `base`, which has 128 for IPv4 too.

  /// `ADDRESS/BITS`, or a single address. errc::invalid, with a sentence, for
  /// anything else, and for bits that are set beyond the prefix.
  static caf::expected<ip_network> parse(std::string_view text);

  /// IPv4 and IPv6 never contain each other: `::/0` is no IPv4 address.
  bool contains(const ip_address& address) const;

  bool operator==(const ip_network&) const = default;
};

/// True for addresses of the public internet. False for what IANA registers as
/// special: private, loopback, link-local, shared (CGNAT), unspecified,
/// documentation, benchmarking, multicast, reserved, unique local; and for IPv6
/// addresses that carry such an IPv4 address (6to4, NAT64).
bool is_public(const ip_address& address);

/// Where herald may connect to on behalf of others: callbacks and topics. It is
/// asked about the very address that a socket is about to be connected to, so
/// that a name cannot be bound to another address in between. Immutable after
/// `make`, so any thread may read it.
class address_policy {
public:
  /// Public addresses only.
  address_policy() = default;

  /// `loopback_too` adds loopback to an empty allow list. errc::invalid, naming
  /// the list and the entry, for a bad CIDR.
  static caf::expected<address_policy> make(const callbacks_config& from,
                                            bool loopback_too);

  /// Deny wins over allow. An IPv6 address that carries an IPv4 address is
  /// allowed only if that one is allowed or public, and not denied.
  bool allows(const ip_address& address) const;

private:
  bool denies(const ip_address& address) const;
  bool lists(const ip_address& address) const;

  std::vector<ip_network> allow_;
  std::vector<ip_network> deny_;
  bool public_too_ = true;
};

/// True if every address that is listened on is a loopback address: what
/// `loopback_too` should be.
bool only_loopback(const std::vector<endpoint>& listen);

} // namespace herald
