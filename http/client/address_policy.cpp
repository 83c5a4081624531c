#include "http/client/address_policy.hpp"

#include <algorithm>
#include <initializer_list>
#include <span>

namespace herald {

namespace {

using networks = std::vector<ip_network>;

networks known(std::initializer_list<std::string_view> texts) {
  networks result;
  for (auto text : texts)
    result.push_back(*ip_network::parse(text));
  return result;
}

// https://www.iana.org/assignments/iana-ipv4-special-registry and multicast.
const networks& special_v4() {
  static const auto result = known(
    {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
     "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
     "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
     "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"});
  return result;
}

// What is special within 2000::/3, the only global unicast space there is:
// the first are IETF protocols, Teredo among them.
const networks& special_v6() {
  static const auto result = known({"2001::/23", "2001:db8::/32", "3fff::/20"});
  return result;
}

// What nobody means who allows addresses by the word or by the thousand. The
// single ones are where clouds tell a machine its credentials (metadata), as
// far as they are not link-local: Azure, Alibaba, Oracle, AWS, Google,
// Scaleway.
const networks& closed() {
  static const auto result
    = known({"0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
             "255.255.255.255", "168.63.129.16", "100.100.100.200",
             "192.0.0.192", "::", "fe80::/10", "ff00::/8", "100::/64",
             "fd00:ec2::254", "fd20:ce::254", "fd00:42::42"});
  return result;
}

const networks& private_use() {
  static const auto result
    = known({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"});
  return result;
}

bool any_contains(const networks& blocks, const ip_address& address) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [&](const auto& net) { return net.contains(address); });
}

bool lies_within(const ip_network& inner, const ip_network& outer) {
  return inner.prefix >= outer.prefix && outer.contains(inner.base);
}

// -- addresses within addresses -----------------------------------------------

using bytes = std::span<const uint8_t>;

bool are_zero(bytes what) {
  return std::all_of(what.begin(), what.end(),
                     [](uint8_t x) { return x == 0; });
}

class collector {
public:
  explicit collector(const ip_address& from) : from_(from.bytes) {
    // nop
  }

  void take(std::array<size_t, 4> places, uint8_t flipped = 0) {
    std::array<uint8_t, 4> octets{};
    for (size_t i = 0; i < octets.size(); ++i)
      octets[i] = from_[places[i]] ^ flipped;
    result_.all[result_.count++] = ip_address::v4(octets);
  }

  /// The one in the last 32 bits.
  void take_last() { take({12, 13, 14, 15}); }

  // RFC 6052, 2.2: byte 8 is passed over. What is padding in one length, and
  // no more than that, reads as 0.x.y.z in another.
  void take_local_nat64() {
    for (std::array<size_t, 4> places :
         {std::array<size_t, 4>{6, 7, 9, 10}, {7, 9, 10, 11}, {9, 10, 11, 12}})
      if (from_[places[0]] != 0)
        take(places);
    take_last();
  }

  const carried_addresses& result() const { return result_; }

private:
  bytes from_;
  carried_addresses result_;
};

bool is_isatap(const ip_address& address) {
  auto part = bytes{address.bytes}.subspan(8, 4);
  return (part[0] == 0 || part[0] == 2) && part[1] == 0 && part[2] == 0x5e
         && part[3] == 0xfe;
}

// The tunnels and translators that are known by a prefix.
enum class carrier : uint8_t {
  compatible,
  translated,
  nat64,
  local_nat64,
  six_to_four,
  teredo
};

bool comes_by(carrier how, const ip_address& address) {
  static const auto prefixes
    = known({"::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48",
             "2002::/16", "2001::/32"});
  return prefixes[static_cast<size_t>(how)].contains(address);
}

bool is_unspecified(const ip_address& address) {
  return are_zero(address.bytes);
}

bool is_public_v6(const ip_address& address) {
  static const auto global_unicast = known({"2000::/3"});
  auto inner = carried_by(address);
  auto via = comes_by(carrier::six_to_four, address)
             || comes_by(carrier::nat64, address);
  return (via || any_contains(global_unicast, address))
         && !any_contains(special_v6(), address)
         && std::all_of(inner.begin(), inner.end(), is_public);
}

} // namespace

carried_addresses carried_by(const ip_address& address) {
  collector into{address};
  if (address.is_v4() || address.is_loopback() || is_unspecified(address))
    return into.result();
  if (comes_by(carrier::compatible, address)
      || comes_by(carrier::translated, address)
      || comes_by(carrier::nat64, address))
    into.take_last();
  if (comes_by(carrier::local_nat64, address))
    into.take_local_nat64();
  if (comes_by(carrier::six_to_four, address))
    into.take({2, 3, 4, 5});
  if (comes_by(carrier::teredo, address)) {
    into.take({4, 5, 6, 7});
    into.take({12, 13, 14, 15}, 0xff);
  }
  if (is_isatap(address))
    into.take_last();
  return into.result();
}

bool is_public(const ip_address& address) {
  return address.is_v4() ? !any_contains(special_v4(), address)
                         : is_public_v6(address);
}

address_policy::address_policy(const callbacks_config& from,
                               allowed_addresses allow)
  : allow_(std::move(allow)), deny_(from.deny), ports_(from.ports) {
  // nop
}

bool address_policy::allows(const ip_address& address) const {
  if (denies(address) || !opens(address) || !lists(address))
    return false;
  auto inner = carried_by(address);
  return std::all_of(inner.begin(), inner.end(),
                     [this](const ip_address& x) { return allows_carried(x); });
}

bool address_policy::allows_carried(const ip_address& inner) const {
  return !denies(inner) && opens(inner) && (lists(inner) || is_public(inner));
}

bool address_policy::denies(const ip_address& address) const {
  return any_contains(deny_, address);
}

/// Every closed range that it is in was opened by a block within that range.
bool address_policy::opens(const ip_address& address) const {
  return std::all_of(closed().begin(), closed().end(), [&](auto& range) {
    return !range.contains(address)
           || std::any_of(
             allow_.blocks.begin(), allow_.blocks.end(), [&](auto& block) {
               return block.contains(address) && lies_within(block, range);
             });
  });
}

bool address_policy::lists(const ip_address& address) const {
  return any_contains(allow_.blocks, address)
         || (allow_.public_too && is_public(address))
         || (allow_.loopback_too && address.is_loopback())
         || (allow_.private_too && any_contains(private_use(), address));
}

} // namespace herald
