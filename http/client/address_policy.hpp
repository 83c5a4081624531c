#pragma once

#include "config/config.hpp"
#include "config/network.hpp"

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
class address_policy {
public:
  /// Public addresses only.
  address_policy() = default;

  /// `loopback_too` adds loopback to an empty allow list; it should be what
  /// `listens_only_on_loopback` (config/effective.hpp) says.
  address_policy(const callbacks_config& from, bool loopback_too);

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

} // namespace herald
