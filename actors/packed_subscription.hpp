#pragma once

#include "storage/model.hpp"

#include <memory>
#include <string_view>

namespace herald {

/// A subscription, less its id and pending intent, in one block of memory:
/// 48 bytes plus its strings, a third of `subscription`. A million of
/// them wait in memory for an event; only those with work are unpacked.
/// Immutable, so any thread may read it.
class packed_subscription {
public:
  /// Empty: only assignment and destruction are allowed.
  packed_subscription() = default;

  explicit packed_subscription(const subscription& from);

  /// The reverse of the constructor; `pending` is empty.
  subscription unpack(const subscription_id& id) const;

  bool active() const;
  unix_ms expires_at() const;
  uint64_t revision() const;

  /// Views into the block.
  std::string_view topic_key() const;
  std::string_view callback() const;

  /// Only events of `log` after this position are this subscription's.
  sequence start(log_id log) const;

private:
  struct header;

  const header& head() const;

  /// The text number `index`, in the order in which they are stored.
  std::string_view text(size_t index) const;

  std::unique_ptr<char[]> block_;
};

} // namespace herald
