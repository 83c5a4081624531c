#pragma once

#include <cstddef>
#include <cstdint>

/// RocksDB protects every record of its log and every blob by a CRC-32C
/// (RFC 3720, appendix B.4). Debian's library is built for any x86-64 and
/// reckons it by tables, which was a seventh of what a batch of events cost.
/// This program has a function of the same name, which the dynamic linker
/// prefers: it uses the processor's instruction, and RocksDB's own where there
/// is none. Should a later version of the library call another function,
/// nothing changes but the speed.
namespace rocksdb::crc32c {

/// The CRC-32C of what `crc` is that of, followed by `data`. Pure, any thread.
uint32_t Extend(uint32_t crc, const char* data, size_t size);

} // namespace rocksdb::crc32c

namespace herald {

/// The library's own.
uint32_t rocksdb_own_crc32c(uint32_t crc, const char* data, size_t size);

} // namespace herald
