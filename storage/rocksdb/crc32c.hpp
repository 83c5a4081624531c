#pragma once

#include <cstddef>
#include <cstdint>

/// RocksDB protects every record of its log and every blob by a CRC-32C
/// (RFC 3720, appendix B.4). Debian's library is built for any x86-64 and
/// reckons it by tables, which was a seventh of what a batch of events cost.
/// The linker (`--wrap`) puts a function of this program where the library
/// calls its own: it uses the processor's instruction, and the library's where
/// there is none. Should a later version of the library call another function,
/// nothing changes but the speed.
namespace herald {

#ifdef __x86_64__

/// The CRC-32C of what `crc` is that of, followed by `data`: what RocksDB calls
/// in this program. Pure, any thread.
uint32_t
rocksdb_crc32c(uint32_t crc, const char* data,
               size_t size) asm("__wrap__ZN7rocksdb6crc32c6ExtendEjPKcm");

/// The same, by the library itself.
uint32_t
rocksdb_own_crc32c(uint32_t crc, const char* data,
                   size_t size) asm("__real__ZN7rocksdb6crc32c6ExtendEjPKcm");

#endif

} // namespace herald
