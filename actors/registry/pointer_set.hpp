#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace herald {

/// A hash set of words of eight bytes, pointers as a rule, that own nothing and
/// hold their key elsewhere. It takes 9 bytes per slot, of which 58 to 87 % are
/// in use, and no block of memory for each element. A byte of the hash is kept
/// for each slot, so that a look-up follows a pointer only where it most likely
/// finds what it looks for, and one that finds nothing follows none.
///
/// `Traits::hash(Word)` is the hash of an element; it is asked for again when
/// the set grows or an element leaves. Not thread-safe.
template <class Word, class Traits>
class pointer_set {
  static_assert(sizeof(Word) == sizeof(uint64_t)); // NOLINT

public:
  size_t size() const { return size_; }

  /// Where elements may be: the places of `visit`.
  size_t slots() const { return words_.size(); }

  /// The element with this hash for which `is_same(Word)` holds, or null. The
  /// pointer is valid until the next change; the element may be replaced by one
  /// of the same hash.
  template <class IsSame>
  Word* find(size_t hash, IsSame is_same) {
    auto at = place_of(hash, is_same);
    return at == nowhere ? nullptr : &words_[at];
  }

  template <class IsSame>
  const Word* find(size_t hash, IsSame is_same) const {
    auto at = place_of(hash, is_same);
    return at == nowhere ? nullptr : &words_[at];
  }

  /// Adds what is not there yet.
  void insert(size_t hash, Word what) {
    if ((size_ + 1) * 8 > homes_ * 7)
      grow();
    put(hash, what);
    ++size_;
  }

  /// Takes out what `find` has returned.
  void erase(Word* what) {
    auto hole = static_cast<size_t>(what - words_.data());
    assert(hole < words_.size() && tags_[hole] != 0);
    // Those behind it move up, unless their home is behind the hole.
    for (auto at = hole + 1; tags_[at] != 0; ++at) {
      if (home_of(mixed(Traits::hash(words_[at]))) > hole)
        continue;
      words_[hole] = words_[at];
      tags_[hole] = tags_[at];
      hole = at;
    }
    words_[hole] = {};
    tags_[hole] = 0;
    --size_;
  }

  void clear() {
    words_ = {};
    tags_ = {};
    homes_ = 0;
    size_ = 0;
  }

  /// Calls `f(Word)` for every element in the next up to `max` slots, of which
  /// `done` were visited. Returns how many were now, or 0 at the end. It goes
  /// backwards, since what leaves lets others move forwards: between two calls
  /// elements may leave. If some come, others may be missed.
  template <class F>
  size_t visit(size_t done, size_t max, F f) const {
    auto left = done < slots() ? slots() - done : 0;
    auto end = left - std::min(left, max);
    for (auto at = left; at > end; --at)
      if (tags_[at - 1] != 0)
        f(words_[at - 1]);
    return end > 0 ? slots() - end : 0;
  }

private:
  static constexpr size_t nowhere = SIZE_MAX;
  static constexpr size_t min_homes = 8;
  static constexpr size_t spill = 8;

  /// Spreads the bits of a hash of whatever quality.
  static uint64_t mixed(size_t hash) {
    return (hash ^ (hash >> 32)) * 0x9e3779b97f4a7c15ULL;
  }

  static uint8_t tag_of(uint64_t mixed_hash) {
    return static_cast<uint8_t>(mixed_hash >> 24 | 0x80);
  }

  size_t home_of(uint64_t mixed_hash) const {
    return static_cast<size_t>((mixed_hash >> 32) * homes_ >> 32);
  }

  template <class IsSame>
  size_t place_of(size_t hash, IsSame is_same) const {
    if (size_ == 0)
      return nowhere;
    auto bits = mixed(hash);
    auto tag = tag_of(bits);
    auto at = home_of(bits);
    for (; tags_[at] != 0; ++at)
      if (tags_[at] == tag && is_same(words_[at]))
        return at;
    return nowhere;
  }

  void put(size_t hash, Word what) {
    auto bits = mixed(hash);
    auto at = home_of(bits);
    while (tags_[at] != 0)
      ++at;
    words_[at] = what;
    tags_[at] = tag_of(bits);
    if (at + 1 == words_.size())
      resize(words_.size() + spill);
  }

  void grow() {
    homes_ = std::max(min_homes, homes_ + homes_ / 2);
    auto old_words = std::exchange(words_, {});
    auto old_tags = std::exchange(tags_, {});
    resize(homes_ + spill);
    for (size_t i = 0; i < old_words.size(); ++i)
      if (old_tags[i] != 0)
        put(Traits::hash(old_words[i]), old_words[i]);
  }

  /// Without room for more, unlike the vectors' own growth.
  void resize(size_t size) {
    words_.reserve(size);
    words_.resize(size);
    tags_.reserve(size);
    tags_.resize(size);
  }

  std::vector<Word> words_;
  /// By slot. 0: free, as the last one always is; else 7 bits of a hash.
  std::vector<uint8_t> tags_;
  /// Slots where elements belong. An element that finds its own taken goes to
  /// the next free one, possibly past the last of these.
  size_t homes_ = 0;
  size_t size_ = 0;
};

} // namespace herald
