#pragma once

#include "config/memory.hpp"
#include "storage/model.hpp"

#include <array>
#include <memory>
#include <string_view>

namespace herald {

/// A subscription, less its pending intent, in one block of memory: 56 bytes,
/// its starts and its strings, a third of `subscription`. A million of them
/// wait in memory for an event; only those with work are unpacked. Not
/// thread-safe.
class packed_subscription {
public:
  /// The texts are those of a valid subscription, below 64 KiB each; a lease
  /// above 136 years is kept as that.
  static std::unique_ptr<packed_subscription> make(const subscription& from);

  /// Becomes another state of the same subscription, if that fits into the
  /// block; false: nothing has changed.
  bool assign(const subscription& from);

  packed_subscription(const packed_subscription&) = delete;
  packed_subscription& operator=(const packed_subscription&) = delete;

  /// The block is larger than the object, and apart from what comes and goes.
  static void operator delete(void* block) { // NOLINT: `make` allocates.
    free_apart(block);
  }

  /// The reverse of `make`; `pending` is empty.
  subscription unpack() const;

  const subscription_id& id() const { return id_; }
  bool active() const { return active_; }
  unix_ms expires_at() const { return expires_at_; }
  uint64_t revision() const { return revision_; }

  /// Views into the block.
  std::string_view topic_key() const { return {texts(), key_size_}; }
  std::string_view callback() const {
    return {texts() + key_size_, callback_size_};
  }

  /// Only events of `log` after this position are this subscription's.
  sequence start(log_id log) const;

private:
  friend class subscription_table;

  /// What few subscriptions have; where there is any, their sizes, as 16 bits
  /// each, and their texts follow the callback.
  enum extra : size_t {
    topic_text,
    secret_text,
    policy_text,
    later_text,
    extras
  };

  struct parts;

  explicit packed_subscription(const subscription& from);

  static size_t block_size(size_t starts, size_t texts);
  void write_texts(const subscription& from, const parts& what);

  const char* block() const { return reinterpret_cast<const char*>(this + 1); }
  const char* texts() const { return block() + starts_ * sizeof(sequence); }
  std::array<std::string_view, extras> extra_texts() const;

  subscription_id id_;
  unix_ms created_at_;
  unix_ms expires_at_;
  uint64_t revision_;
  uint32_t lease_seconds_;
  uint16_t key_size_;
  uint16_t callback_size_;
  uint16_t starts_;
  mutable uint16_t place_ = 0; ///< 1 + index among the shared; 0: none.
  signature_method method_ : 3;
  entrance from_ : 2;
  bool active_ : 1;
  bool paused_ : 1;
  bool topic_is_key_ : 1; ///< Every URL is its own key.
  bool has_extras_ : 1 = false;
};

} // namespace herald
