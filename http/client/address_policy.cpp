#include "http/client/address_policy.hpp"

#include "config/errc.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace herald {

namespace {

constexpr std::array<uint8_t, 12> mapped{0, 0, 0, 0, 0,    0,
                                         0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned mapped_bits = 96;

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

bool is_zero_beyond(const ip_address& address, unsigned prefix) {
  for (unsigned bit = prefix; bit < 128; ++bit)
    if (address.bytes[bit / 8] & (0x80u >> (bit % 8)))
      return false;
  return true;
}

std::optional<unsigned> parse_bits(std::string_view text, unsigned max) {
  unsigned result = 0;
  auto end = text.data() + text.size();
  auto [ptr, ec] = std::from_chars(text.data(), end, result);
  if (ec != std::errc{} || ptr != end || result > max)
    return std::nullopt;
  return result;
}

caf::error bad_network(std::string_view text, std::string_view rule) {
  std::string sentence{"`"};
  sentence.append(text).append("` ").append(rule);
  return fail(errc::invalid, std::move(sentence));
}

caf::error parse_all(std::string_view name,
                     const std::vector<std::string>& texts,
                     std::vector<ip_network>& result) {
  for (const auto& text : texts) {
    auto network = ip_network::parse(text);
    if (!network)
      return fail(errc::invalid,
                  std::string{name} + ": " + describe(network.error()));
    result.push_back(*network);
  }
  return {};
}

} // namespace

ip_address ip_address::v4(std::span<const uint8_t, 4> octets) {
  ip_address result;
  std::copy(mapped.begin(), mapped.end(), result.bytes.begin());
  std::copy(octets.begin(), octets.end(), result.bytes.begin() + 12);
  return result;
}

ip_address ip_address::v6(std::span<const uint8_t, 16> octets) {
  ip_address result;
  std::copy(octets.begin(), octets.end(), result.bytes.begin());
  return result;
}

std::optional<ip_address> ip_address::parse(std::string_view text) {
  std::string str{text};
  if (str.find('\0') != std::string::npos)
    return std::nullopt;
  std::array<uint8_t, 16> octets{};
  if (inet_pton(AF_INET, str.c_str(), octets.data()) == 1)
    return v4(std::span{octets}.first<4>());
  if (inet_pton(AF_INET6, str.c_str(), octets.data()) == 1)
    return v6(octets);
  return std::nullopt;
}

bool ip_address::is_v4() const {
  return std::equal(mapped.begin(), mapped.end(), bytes.begin());
}

caf::expected<ip_network> ip_network::parse(std::string_view text) {
  auto slash = text.find('/');
  auto literal = text.substr(0, slash);
  auto address = ip_address::parse(literal);
  if (!address)
    return bad_network(text, "is not an address or a CIDR range");
  if (slash == std::string_view::npos)
    return ip_network{*address, 128};
  auto dotted = literal.find(':') == std::string_view::npos;
  auto bits = parse_bits(text.substr(slash + 1), dotted ? 32 : 128);
  if (!bits)
    return bad_network(text, dotted ? "needs a prefix of 0 to 32 bits"
                                    : "needs a prefix of 0 to 128 bits");
  auto prefix = dotted ? *bits + mapped_bits : *bits;
  if (!is_zero_beyond(*address, prefix))
    return bad_network(text, "has bits set beyond its prefix");
  return ip_network{*address, prefix};
}

bool ip_network::contains(const ip_address& address) const {
  if (prefix < mapped_bits && address.is_v4())
    return false;
  auto whole = prefix / 8;
  if (!std::equal(base.bytes.begin(), base.bytes.begin() + whole,
                  address.bytes.begin()))
    return false;
  auto rest = prefix % 8;
  auto mask = 0xffu << (8 - rest) & 0xffu;
  return rest == 0 || ((base.bytes[whole] ^ address.bytes[whole]) & mask) == 0;
}

bool is_public(const ip_address& address) {
  return address.is_v4() ? !any_contains(special_v4(), address)
                         : is_public_v6(address);
}

caf::expected<address_policy> address_policy::make(const callbacks_config& from,
                                                   bool loopback_too) {
  address_policy result;
  if (auto err = parse_all("callbacks.allow", from.allow, result.allow_))
    return err;
  if (auto err = parse_all("callbacks.deny", from.deny, result.deny_))
    return err;
  result.public_too_ = from.allow.empty();
  if (result.public_too_ && loopback_too)
    result.allow_ = {known("127.0.0.0/8"), known("::1")};
  return result;
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

bool only_loopback(const std::vector<endpoint>& listen) {
  static const auto v4 = known("127.0.0.0/8");
  static const auto v6 = known("::1");
  return std::all_of(listen.begin(), listen.end(), [](const endpoint& on) {
    auto address = ip_address::parse(on.host);
    return address && (v4.contains(*address) || v6.contains(*address));
  });
}

} // namespace herald
