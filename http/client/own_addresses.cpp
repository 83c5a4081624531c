#include "http/client/own_addresses.hpp"

#include "config/text.hpp"

#include <algorithm>

namespace herald {

namespace {

std::string plain_host(const target& of) {
  auto result = lowered(of.host);
  if (result.ends_with('.'))
    result.pop_back();
  // An address has several spellings.
  auto literal = ip_address::parse(result);
  return literal ? literal->to_string() : result;
}

bool is_wildcard(const ip_address& address) {
  static const auto any_v4 = *ip_address::parse("0.0.0.0");
  static const auto any_v6 = *ip_address::parse("::");
  return address == any_v4 || address == any_v6;
}

} // namespace

own_addresses::own_addresses(const std::vector<endpoint>& listeners,
                             const std::string& base_url) {
  for (auto& [host, port] : listeners)
    listeners_.push_back({*ip_address::parse(host), port});
  if (auto to = parse_target(base_url))
    base_ = std::move(*to);
}

bool own_addresses::listens_at(const ip_address& peer, uint16_t port,
                               const ip_address& local) const {
  return std::any_of(
    listeners_.begin(), listeners_.end(), [&](const listener& x) {
      if (x.port != port)
        return false;
      return x.address == peer
             || (is_wildcard(x.address) && x.address.is_v4() == peer.is_v4()
                 && (peer == local || peer.is_loopback()));
    });
}

bool own_addresses::is_base_url(const target& to) const {
  return base_ && base_->port == to.port
         && plain_host(*base_) == plain_host(to);
}

} // namespace herald
