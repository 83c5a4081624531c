#include "http/ulid.hpp"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cassert>
#include <random>

namespace herald {

namespace {

constexpr std::string_view crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// Five bits a character, the first one holds the three highest of 48 + 80.
std::string encode(unix_ms time, const std::array<uint8_t, 10>& random) {
  std::string result(26, '0');
  auto value = static_cast<uint64_t>(time);
  for (size_t i = 10; i-- > 0; value >>= 5)
    result[i] = crockford[value & 31];
  uint32_t bits = 0;
  unsigned have = 0;
  auto out = result.begin() + 10;
  for (auto byte : random) {
    bits = bits << 8 | byte;
    for (have += 8; have >= 5; have -= 5)
      *out++ = crockford[bits >> (have - 5) & 31];
  }
  return result;
}

} // namespace

ulid_generator::ulid_generator() {
  std::random_device fallback;
  for (auto& byte : random_)
    byte = static_cast<uint8_t>(fallback());
  draw();
}

// Should OpenSSL have no random bytes, counting on keeps the ids apart.
void ulid_generator::draw() {
  auto before = random_;
  if (RAND_bytes(random_.data(), static_cast<int>(random_.size())) == 1)
    return;
  random_ = before;
  count();
}

void ulid_generator::count() {
  for (auto i = random_.rbegin(); i != random_.rend(); ++i)
    if (++*i != 0)
      return;
  ++time_;
}

std::string ulid_generator::next(unix_ms now) {
  assert(now >= 0);
  if (now > time_) {
    time_ = now;
    draw();
  } else {
    count();
  }
  return encode(time_, random_);
}

} // namespace herald
