#include "http/client/address_policy.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace herald {

namespace {

ip_network known(std::string_view text) {
  return *ip_network::parse(text);
}

// https://www.iana.org/assignments/iana-ipv4-special-registry and multicast.
const std::vector<ip_network>& special_v4() {
  static const std::vector<ip_network> result{
    known("0.0.0.0/8"),      known("10.0.0.0/8"),     known("100.64.0.0/10"),
    known("127.0.0.0/8"),    known("169.254.0.0/16"), known("172.16.0.0/12"),
    known("192.0.0.0/24"),   known("192.0.2.0/24"),   known("192.88.99.0/24"),
    known("192.168.0.0/16"), known("198.18.0.0/15"),  known("198.51.100.0/24"),
    known("203.0.113.0/24"), known("224.0.0.0/4"),    known("240.0.0.0/4"),
  };
  return result;
}

// What is special within 2000::/3, the only global unicast space there is.
const std::vector<ip_network>& special_v6() {
  static const std::vector<ip_network> result{
    known("2001::/23"), // IETF protocols, Teredo among them
    known("2001:db8::/32"),
    known("3fff::/20"),
  };
  return result;
}

bool any_contains(const std::vector<ip_network>& networks,
                  const ip_address& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const auto& net) { return net.contains(address); });
}

ip_address v4_at(const ip_address& address, size_t offset) {
  return ip_address::v4(
    std::span<const uint8_t, 4>{address.bytes.data() + offset, 4});
}

// The IPv4 address that a translator or tunnel would send packets to.
std::optional<ip_address> carried(const ip_address& address) {
  static const auto six_to_four = known("2002::/16");
  static const auto nat64 = known("64:ff9b::/96");
  if (six_to_four.contains(address))
    return v4_at(address, 2);
  if (nat64.contains(address))
    return v4_at(address, 12);
  return std::nullopt;
}

bool is_public_v6(const ip_address& address) {
  static const auto global_unicast = known("2000::/3");
  if (auto inner = carried(address))
    return is_public(*inner);
  return global_unicast.contains(address)
         && !any_contains(special_v6(), address);
}

} // namespace

bool is_public(const ip_address& address) {
  return address.is_v4() ? !any_contains(special_v4(), address)
                         : is_public_v6(address);
}

address_policy::address_policy(const callbacks_config& from, bool loopback_too)
  : allow_(from.allow), deny_(from.deny), public_too_(from.allow.empty()) {
  if (public_too_ && loopback_too)
    allow_ = {known("127.0.0.0/8"), known("::1")};
}

bool address_policy::allows(const ip_address& address) const {
  if (denies(address)
      || !(lists(address) || (public_too_ && is_public(address))))
    return false;
  auto inner = carried(address);
  return !inner || (!denies(*inner) && (lists(*inner) || is_public(*inner)));
}

bool address_policy::denies(const ip_address& address) const {
  return any_contains(deny_, address);
}

bool address_policy::lists(const ip_address& address) const {
  return any_contains(allow_, address);
}

} // namespace herald
