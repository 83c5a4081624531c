#pragma once

#include "config/network.hpp"

#include <caf/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// Which addresses may be called: three words for the usual kinds of networks,
/// and blocks. Pure values, safe on every thread.
struct allowed_addresses {
  bool public_too = true;    ///< `public`: addresses of the internet.
  bool loopback_too = false; ///< `loopback`: 127.0.0.0/8 and ::1.
  /// `private`: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 and fc00::/7.
  bool private_too = false;
  std::vector<ip_network> blocks;
  /// Somebody gave the list. Otherwise `loopback_too` was derived from where
  /// the node listens.
  bool given = false;

  bool operator==(const allowed_addresses&) const = default;
};

/// Adds what `word` says: `public`, `loopback`, `private` or a block.
/// errc::invalid, with a sentence, for anything else.
caf::error add_word(allowed_addresses& to, std::string_view word);

/// The words, then the blocks, as `add_word` takes them.
std::vector<std::string> words_of(const allowed_addresses& from);

} // namespace herald
