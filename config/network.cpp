#include "config/network.hpp"

#include "config/errc.hpp"
#include "config/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cassert>
#include <charconv>

namespace herald {

namespace {

constexpr std::array<uint8_t, 12> mapped_start{0, 0, 0, 0, 0,    0,
                                               0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned mapped_bits = 96;

caf::error not_a_network(std::string_view text) {
  return fail(errc::invalid, "\"" + std::string{text}
                               + "\" is not an address block: expected ADDR or "
                                 "ADDR/BITS, e.g. 10.0.0.0/8, 192.0.2.7 or "
                                 "fc00::/7");
}

std::optional<unsigned> parse_bits(std::string_view text, unsigned max) {
  unsigned result = 0;
  auto end = text.data() + text.size();
  auto [ptr, ec] = std::from_chars(text.data(), end, result);
  if (ec != std::errc{} || ptr != end || result > max)
    return std::nullopt;
  return result;
}

void clear_behind(ip_address& address, unsigned prefix) {
  for (size_t i = 0; i < address.bytes.size(); ++i) {
    auto kept = prefix > i * 8 ? prefix - i * 8 : 0;
    if (kept < 8)
      address.bytes[i] &= static_cast<uint8_t>(0xff00U >> kept);
  }
}

} // namespace

ip_address ip_address::v4(std::span<const uint8_t, 4> octets) {
  ip_address result;
  std::copy(mapped_start.begin(), mapped_start.end(), result.bytes.begin());
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
  // inet_pton stops at a NUL, the whole text must count.
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
  return std::equal(mapped_start.begin(), mapped_start.end(), bytes.begin());
}

bool ip_address::is_loopback() const {
  constexpr uint8_t loopback_v4 = 127;
  if (is_v4())
    return bytes[mapped_start.size()] == loopback_v4;
  return std::all_of(bytes.begin(), bytes.end() - 1,
                     [](uint8_t x) { return x == 0; })
         && bytes.back() == 1;
}

bool is_loopback_host(std::string_view host) {
  auto address = ip_address::parse(host);
  return address ? address->is_loopback() : lowered(host) == "localhost";
}

std::string ip_address::to_string(bool mapped) const {
  char buffer[INET6_ADDRSTRLEN] = {};
  auto dotted = is_v4() && !mapped;
  auto* from = dotted ? bytes.data() + mapped_start.size() : bytes.data();
  auto text
    = inet_ntop(dotted ? AF_INET : AF_INET6, from, buffer, sizeof(buffer));
  assert(text != nullptr);
  return text;
}

caf::expected<ip_network> ip_network::parse(std::string_view text) {
  auto slash = text.find('/');
  auto literal = text.substr(0, slash);
  auto address = ip_address::parse(literal);
  if (!address)
    return not_a_network(text);
  auto dotted = literal.find(':') == std::string_view::npos;
  ip_network result{*address};
  if (slash != std::string_view::npos) {
    auto bits = parse_bits(text.substr(slash + 1), dotted ? 32 : 128);
    if (!bits)
      return not_a_network(text);
    result.prefix = dotted ? *bits + mapped_bits : *bits;
    clear_behind(result.base, result.prefix);
  }
  result.mapped = !dotted && result.base.is_v4();
  return result;
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

std::string ip_network::to_string() const {
  auto bits = base.is_v4() && !mapped ? prefix - mapped_bits : prefix;
  return base.to_string(mapped) + "/" + std::to_string(bits);
}

} // namespace herald
