#pragma once

#include "actors/packed_subscription.hpp"

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace herald {

/// The subscriptions of one partition, each kept once and packed. What is asked
/// for as a `subscription_ptr` is unpacked and shared for as long as it is
/// among the last `max_shared` ones. Not thread-safe.
class subscription_table {
public:
  struct row {
    packed_subscription what;
    mutable uint32_t place = 0; ///< 1 + index among the shared; 0: none.
  };

  /// Its address stays the same until it is erased.
  using entry = std::pair<const subscription_id, row>;

  static constexpr size_t default_max_shared = 1024;

  explicit subscription_table(size_t max_shared = default_max_shared)
    : max_shared_(max_shared) {
    // nop
  }

  /// Null if there is none.
  const entry* find(const subscription_id& id) const;

  /// The whole row, its pending intent included.
  std::optional<subscription> get(const subscription_id& id) const;

  /// Null if there is none.
  const intent* pending(const subscription_id& id) const;

  /// Adds or replaces.
  const entry& put(const subscription& what);

  void erase(const subscription_id& id);

  void clear();

  /// The subscription without its pending intent.
  subscription_ptr share(const entry& of) const;

  /// Drops what is unpacked if nothing was shared since the last call: at rest
  /// it only takes memory.
  void rest();

  size_t size() const { return rows_.size(); }
  size_t pending_count() const { return pending_.size(); }

  /// Calls `f(const entry&)` for every row of up to `max` hash buckets from
  /// `bucket` on. Returns where to go on, or 0 at the end. Rows that move
  /// while the table grows may be missed until the next round.
  template <class F>
  size_t visit(size_t bucket, size_t max, F f) const {
    auto count = rows_.bucket_count();
    auto end = std::min(bucket + max, count);
    for (; bucket < end; ++bucket)
      for (auto i = rows_.begin(bucket); i != rows_.end(bucket); ++i)
        f(*i);
    return end < count ? end : 0;
  }

  /// Calls `f(id)` for every row with a pending intent.
  template <class F>
  void visit_pending(F f) const {
    for (auto& [id, what] : pending_)
      f(id);
  }

private:
  struct shared_row {
    subscription_ptr what;
    const row* of = nullptr;
  };

  void unshare(const row& of);

  size_t max_shared_;
  std::unordered_map<subscription_id, row> rows_;
  std::unordered_map<subscription_id, intent> pending_;
  mutable std::vector<shared_row> shared_;
  mutable size_t oldest_ = 0;
  mutable bool in_use_ = false; ///< Something was shared since the last rest.
};

} // namespace herald
