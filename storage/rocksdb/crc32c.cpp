#include "storage/rocksdb/crc32c.hpp"

#ifdef __x86_64__

#include <cstring>

#include <nmmintrin.h>

namespace herald {

namespace {

[[gnu::target("sse4.2")]] uint32_t
by_instruction(uint32_t crc, const char* data, size_t size) {
  uint64_t state = crc ^ 0xffffffffu;
  for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, data, sizeof(word));
    state = _mm_crc32_u64(state, word);
    data += sizeof(word);
  }
  auto result = static_cast<uint32_t>(state);
  for (; size > 0; --size)
    result = _mm_crc32_u8(result, static_cast<unsigned char>(*data++));
  return result ^ 0xffffffffu;
}

} // namespace

uint32_t rocksdb_crc32c(uint32_t crc, const char* data, size_t size) {
  static const auto chosen
    = __builtin_cpu_supports("sse4.2") ? &by_instruction : &rocksdb_own_crc32c;
  return chosen(crc, data, size);
}

} // namespace herald

#endif
