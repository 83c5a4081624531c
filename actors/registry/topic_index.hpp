#pragma once

#include "actors/registry/pointer_set.hpp"
#include "actors/registry/subscription_table.hpp"
#include "actors/topics/topic_layers.hpp"
#include "config/text_hash.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace herald {

/// Who subscribed to what, in one partition. A *layer* is the set of
/// subscriptions to one topic key. A published predicate of n parts is looked
/// up under its n prefixes and `*`, a URL under itself: n + 1 hash look-ups,
/// whatever the number of layers. The index holds pointers to the rows of a
/// `subscription_table`, and reads topic keys and callbacks there: a layer of
/// one, as most are, is that pointer and nothing else. Not thread-safe.
class topic_index {
public:
  using entry = subscription_table::entry;

  topic_index() = default;
  topic_index(const topic_index&) = delete;
  topic_index& operator=(const topic_index&) = delete;

  ~topic_index() { clear(); }

  /// `what` must stay where it is until it is removed or replaced.
  void add(const entry& what);

  /// `now`, with the same id, takes the place of `old`, which is still there.
  /// Does nothing if that was not added.
  void replace(const entry& old, const entry& now);

  /// Does nothing if it was not added.
  void remove(const entry& what);

  void clear();

  size_t layers() const { return layers_.size(); }

  /// Subscriptions in all layers.
  size_t size() const { return size_; }

  /// Appends to `out`, in the order of their ids, every subscription to
  /// `published_key` for which `wanted(const entry&)` holds. Of a callback on
  /// several layers only the longest counts, among those that are wanted.
  template <class Wanted>
  void match(std::string_view published_key, Wanted wanted,
             std::vector<const entry*>& out) {
    find_layers(published_key);
    callbacks_.clear();
    auto first = out.size();
    for (size_t i = 0; i < found_.size(); ++i) {
      auto begin = out.size();
      bool last = i + 1 == found_.size();
      for (auto* candidate : found_[i].sorted())
        if (wanted(*candidate) && is_first(*candidate, i > 0, !last))
          out.push_back(candidate);
      merge(out, first, begin);
    }
  }

  /// True if `match` would find `who` for `published_key`.
  template <class Wanted>
  bool delivers(std::string_view published_key, const entry& who,
                Wanted wanted) {
    find_layers(published_key);
    for (auto& candidates : found_)
      if (auto* same = find_callback(candidates, who); same && wanted(*same))
        return same == &who;
    return false;
  }

private:
  /// Of several subscriptions.
  struct group {
    std::vector<const entry*> entries;
    size_t sorted = 0; ///< The entries before this one are in order.

    void sort();
  };

  /// One row; or, with a mark in the lowest bit of the pointer, a group.
  class layer {
  public:
    layer() = default;
    explicit layer(const entry& one) : one_(&one) {}
    explicit layer(group* of)
      : one_(std::bit_cast<const entry*>(std::bit_cast<uintptr_t>(of) | 1)) {}

    /// Null: it is one row.
    group* several() const {
      auto bits = std::bit_cast<uintptr_t>(one_);
      return (bits & 1) != 0 ? std::bit_cast<group*>(bits - 1) : nullptr;
    }

    std::string_view key() const {
      auto all = several();
      return (all ? all->entries.front() : one_)->topic_key();
    }

    /// In the order of their ids. Valid for as long as this object is there and
    /// the index does not change.
    std::span<const entry*> sorted();

  private:
    const entry* one_ = nullptr;
  };

  struct traits {
    static size_t hash(layer what) { return layer_hash(what.key()); }
  };

  /// Null if there is none.
  layer* find_layer(std::string_view key, size_t hash);
  layer* layer_of(const entry& row);

  /// Fills `found_` with the layers that cover a key, the longest first.
  void find_layers(std::string_view published_key);

  /// Where a row is in its layer, or null.
  static const entry** place_in(std::span<const entry*> rows, const entry& row);

  /// The subscription of `like`'s callback in a layer, or null.
  static const entry* find_callback(layer& in, const entry& like);

  /// True unless its callback was seen on a longer layer; notes it.
  bool is_first(const entry& what, bool look, bool note);

  static void merge(std::vector<const entry*>& out, size_t first,
                    size_t middle);

  pointer_set<layer, traits> layers_; ///< It owns the groups.
  size_t size_ = 0;
  std::vector<layer> found_;
  std::unordered_set<std::string_view, text_hash> callbacks_;
};

} // namespace herald
