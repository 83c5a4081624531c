#pragma once

#include "actors/subscription_table.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace herald {

/// Who subscribed to what, in one partition. A *layer* is the set of
/// subscriptions to one topic key. A published predicate of n parts is looked
/// up under its n prefixes and `*`, a URL under itself: n + 1 hash look-ups,
/// whatever the number of layers. The index holds pointers to the rows of a
/// `subscription_table`, and reads topic keys and callbacks there. As every
/// partition is asked for every event, most look-ups find nothing: a table of
/// bits says so first. Not thread-safe.
class topic_index {
public:
  using entry = subscription_table::entry;

  /// `what` must stay where it is until it is removed; its row may be replaced.
  void add(const entry& what);

  /// Does nothing if it was not added.
  void remove(const entry& what);

  void clear();

  size_t layers() const { return layers_.size(); }

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
      for (auto* candidate : sorted(*found_[i]))
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
    for (auto* candidates : found_)
      if (auto* same = find_callback(*candidates, who); same && wanted(*same))
        return same == &who;
    return false;
  }

private:
  static constexpr size_t min_marks = 1024; ///< A power of two.

  /// Never empty. The hash is that of its key, which the rows hold.
  struct layer {
    size_t hash = 0;
    mutable std::vector<const entry*> entries;
    mutable size_t sorted = 0; ///< The entries before this one are in order.

    std::string_view key() const {
      return entries.front()->second.what.topic_key();
    }
  };

  struct hashed_key {
    std::string_view text;
    size_t hash;
  };

  struct hasher {
    using is_transparent = void;
    size_t operator()(const layer& x) const noexcept { return x.hash; }
    size_t operator()(const hashed_key& x) const noexcept { return x.hash; }
  };

  struct equal {
    using is_transparent = void;
    bool operator()(const layer& x, const layer& y) const {
      return x.hash == y.hash && x.key() == y.key();
    }
    bool operator()(const hashed_key& x, const layer& y) const {
      return x.hash == y.hash && x.text == y.key();
    }
    bool operator()(const layer& x, const hashed_key& y) const {
      return (*this)(y, x);
    }
  };

  /// Fills `found_` with the layers that cover a key, the longest first.
  void find_layers(std::string_view published_key);
  void find_layer(const hashed_key& key);

  /// Sets the bit of a layer that was added.
  void mark(size_t hash);

  static const std::vector<const entry*>& sorted(const layer& of);

  /// The subscription of `like`'s callback in a layer, or null.
  static const entry* find_callback(const layer& in, const entry& like);

  /// True unless its callback was seen on a longer layer; notes it.
  bool is_first(const entry& what, bool look, bool note);

  static void merge(std::vector<const entry*>& out, size_t first,
                    size_t middle);

  std::unordered_set<layer, hasher, equal> layers_;
  /// A bit for each layer, by its hash, and for some that were removed.
  std::vector<bool> marks_ = std::vector<bool>(min_marks);
  size_t marked_ = 0; ///< Bits that were set since they were made.
  std::vector<const layer*> found_;
  std::unordered_set<std::string_view> callbacks_;
};

} // namespace herald
