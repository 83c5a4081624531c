#pragma once

#include "config/config.hpp"
#include "config/network.hpp"

#include <array>
#include <vector>

namespace herald {

/// True for addresses of the public internet. False for what IANA registers as
/// special: private, loopback, link-local, shared (CGNAT), unspecified,
/// documentation, benchmarking, multicast, reserved, unique local; and for IPv6
/// addresses that carry such an IPv4 address (6to4, NAT64).
bool is_public(const ip_address& address);

/// Where herald may connect to on behalf of others: callbacks and topics. It is
/// asked about the very address that a socket is about to be connected to, so
/// that a name cannot be bound to another address in between. Immutable, so any
/// thread may read it.
///
/// Some ranges hold nothing that an event may be sent to: addresses of this
/// host or of many, link-local ones, and those at which clouds tell a machine
/// its credentials. No word and no wider block opens them, only a block that
/// lies within the range.
class address_policy {
public:
  /// Public addresses only, and the usual ports.
  address_policy() = default;

  /// `allow` is what `effective_allow` (config/effective.hpp) says.
  address_policy(const callbacks_config& from, allowed_addresses allow);

  /// Deny wins over allow. An IPv6 address that carries an IPv4 address is
  /// allowed only if that one is allowed or public, and not denied.
  bool allows(const ip_address& address) const;

  bool allows_port(uint16_t port) const { return ports_.contains(port); }

private:
  bool denies(const ip_address& address) const;
  bool opens(const ip_address& address) const;
  bool lists(const ip_address& address) const;
  bool allows_carried(const ip_address& inner) const;

  allowed_addresses allow_;
  std::vector<ip_network> deny_;
  port_set ports_ = port_set::usual();
};

/// The IPv4 addresses that an IPv6 address may stand for on its way: a
/// translator or a tunnel sends the packets there. The first `count` count.
struct carried_addresses {
  std::array<ip_address, 5> all{};
  size_t count = 0;

  const ip_address* begin() const { return all.data(); }
  const ip_address* end() const { return all.data() + count; }
};

/// Of IPv4-compatible (RFC 4291, 2.5.5.1) and IPv4-translated addresses
/// (RFC 2765), NAT64 (RFC 6052; under 64:ff9b:1::/48, RFC 8215, with each
/// length of prefix, where that is no address within 0/8), 6to4 (RFC 3056),
/// Teredo (RFC 4380: server and client) and ISATAP (RFC 5214). Empty for all
/// others, IPv4 included.
carried_addresses carried_by(const ip_address& address);

} // namespace herald
