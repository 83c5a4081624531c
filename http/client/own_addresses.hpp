#pragma once

#include "config/config.hpp"
#include "config/network.hpp"
#include "storage/target.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace herald {

/// Where the node itself is found, so that it does not call itself: each event
/// that it delivered to itself would be another one. Immutable, so any thread
/// may read it.
class own_addresses {
public:
  /// Of a node that may call itself.
  own_addresses() = default;

  /// `listeners` with the ports that were taken; `base_url` may be empty.
  own_addresses(const std::vector<endpoint>& listeners,
                const std::string& base_url);

  /// Whether a connection between these ends leads to a listener. Of one that
  /// listens on every address, a connection whose two ends have the same one,
  /// or that is over loopback.
  bool listens_at(const ip_address& peer, uint16_t port,
                  const ip_address& local) const;

  /// Whether host and port are those of the base URL, whatever the scheme.
  bool is_base_url(const target& to) const;

private:
  struct listener {
    ip_address address;
    uint16_t port = 0;
  };

  std::vector<listener> listeners_;
  std::optional<target> base_;
};

} // namespace herald
