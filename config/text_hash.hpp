#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace herald {

/// Hashes of what strangers choose: topics, callbacks, hosts, keys. Their seed
/// is random in each process, so that nobody can choose many that fall into one
/// place of a table. For memory only: what is on disk has a hash that stays
/// (storage/bytes.hpp). Any thread.

/// Of the process: numbers below 2^61 - 1, not small. Two texts of n bytes meet
/// in the same hash with a chance of about n / 2^61, whatever they are.
struct hash_seed {
  uint64_t factor = 0;
  uint64_t start = 0;
};

namespace hashing {

__extension__ using wide = unsigned __int128;

extern hash_seed process_hash_seed;

inline constexpr uint64_t hash_prime = (uint64_t{1} << 61) - 1;

/// `hash * factor + next` modulo that prime; `next` is below 2^56.
inline uint64_t hash_step(uint64_t hash, uint64_t next) {
  auto product = wide{hash} * process_hash_seed.factor + next;
  auto folded = static_cast<uint64_t>(product & hash_prime)
                + static_cast<uint64_t>(product >> 61);
  return folded >= hash_prime ? folded - hash_prime : folded;
}

} // namespace hashing

/// Replaces the random seed, so that a simulation can be repeated. Only while
/// there is no table.
void fix_hash_seed(uint64_t number);

/// For tables whose keys are texts.
struct text_hash {
  using is_transparent = void;

  size_t operator()(std::string_view text) const noexcept;
};

/// Grows with a text, so that the hashes of all its beginnings fall out of one
/// pass. Not that of `text_hash`.
class prefix_hash {
public:
  void add(char c) {
    state_ = hashing::hash_step(state_, static_cast<unsigned char>(c));
  }

  size_t value() const { return state_ ^ (state_ >> 32); }

private:
  uint64_t state_ = hashing::process_hash_seed.start;
};

/// Of two numbers that are a hash already, but one that strangers know.
inline size_t seeded(uint64_t first, uint64_t second) {
  auto& [factor, start] = hashing::process_hash_seed;
  auto product = hashing::wide{first ^ start} * (second ^ factor);
  return static_cast<size_t>(product ^ (product >> 64));
}

} // namespace herald
