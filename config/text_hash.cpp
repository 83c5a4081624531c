#include "config/text_hash.hpp"

#include <algorithm>
#include <cstring>
#include <random>

namespace herald {

namespace {

/// Any number to one that does as a seed.
uint64_t usable(uint64_t number) {
  constexpr uint64_t least = uint64_t{1} << 40;
  return least + number % (hashing::hash_prime - least);
}

hash_seed random_seed() {
  std::random_device source;
  auto draw = [&] { return uint64_t{source()} << 32 | source(); };
  return {usable(draw()), usable(draw())};
}

} // namespace

hash_seed hashing::process_hash_seed = random_seed();

void fix_hash_seed(uint64_t number) {
  std::mt19937_64 source{number};
  hashing::process_hash_seed = {usable(source()), usable(source())};
}

size_t text_hash::operator()(std::string_view text) const noexcept {
  constexpr size_t step = 7;
  // The length keeps a text and the same with zeros behind it apart.
  auto state
    = hashing::hash_step(hashing::process_hash_seed.start, text.size());
  for (size_t i = 0; i < text.size(); i += step) {
    uint64_t next = 0;
    std::memcpy(&next, text.data() + i, std::min(step, text.size() - i));
    state = hashing::hash_step(state, next);
  }
  return static_cast<size_t>(state ^ (state >> 32));
}

} // namespace herald
