#pragma once

#include "actors/registry/packed_subscription.hpp"
#include "actors/registry/pointer_set.hpp"

#include <cassert>
#include <cstdint>
#include <functional>
#include <memory>
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
  /// Stays where it is until it is replaced or erased.
  using entry = packed_subscription;

  /// A row that was put, and the one that it took the place of, if it could not
  /// be changed where it is: whoever has pointers to that one replaces them as
  /// long as it is there.
  struct placed {
    const entry& now;
    std::unique_ptr<const entry> before;
  };

  static constexpr size_t default_max_shared = 1024;

  /// At most 65,535.
  explicit subscription_table(size_t max_shared = default_max_shared)
    : max_shared_(max_shared) {
    assert(max_shared > 0 && max_shared <= UINT16_MAX);
  }

  subscription_table(const subscription_table&) = delete;
  subscription_table& operator=(const subscription_table&) = delete;

  ~subscription_table() { clear(); }

  /// Null if there is none.
  const entry* find(const subscription_id& id) const;

  /// The whole row, its pending intent included.
  std::optional<subscription> get(const subscription_id& id) const;

  /// Null if there is none.
  const intent* pending(const subscription_id& id) const;

  /// Adds or replaces.
  placed put(const subscription& what);

  void erase(const subscription_id& id);

  void clear();

  /// The subscription without its pending intent.
  subscription_ptr share(const entry& of) const;

  /// Drops what is unpacked if nothing was shared since the last call: at rest
  /// it only takes memory.
  void rest();

  size_t size() const { return rows_.size(); }
  size_t pending_count() const { return pending_.size(); }

  /// Calls `f(const entry&)` for every row in the next up to `max` slots, of
  /// which `done` were visited. Returns how many were now, or 0 at the end. If
  /// rows come meanwhile, some may be missed until the next round.
  template <class F>
  size_t visit(size_t done, size_t max, F f) const {
    return rows_.visit(done, max, [&f](const entry* row) { f(*row); });
  }

  /// Calls `f(id)` for every row with a pending intent.
  template <class F>
  void visit_pending(F f) const {
    for (auto& [id, what] : pending_)
      f(id);
  }

private:
  struct traits {
    static size_t hash(const entry* row) {
      return std::hash<subscription_id>{}(row->id());
    }
  };

  struct shared_row {
    subscription_ptr what;
    const entry* of = nullptr;
  };

  entry** slot_of(const subscription_id& id);
  void unshare(const entry& of);

  size_t max_shared_;
  pointer_set<entry*, traits> rows_; ///< It owns them.
  std::unordered_map<subscription_id, intent> pending_;
  mutable std::vector<shared_row> shared_;
  mutable size_t oldest_ = 0;
  mutable bool in_use_ = false; ///< Something was shared since the last rest.
};

} // namespace herald
