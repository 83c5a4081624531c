#pragma once

#include "storage/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace rocksdb {
class Env;
} // namespace rocksdb

namespace herald {

/// How to open a store in a folder. Sizes are in bytes.
struct store_options {
  std::string path;  ///< Made if it is missing, parents included.
  store_shape shape; ///< Of a new store; an existing one keeps its own.

  /// False: nothing is ever fsynced. Only for tests and measurements.
  bool sync = true;

  /// Appends and subscriptions are refused with `full` while less than this is
  /// free on the device, so that trims and commits still have room.
  uint64_t reserve = 64 * 1024 * 1024;

  size_t write_buffers = 24 * 1024 * 1024; ///< Most that waits in memory.
  size_t block_cache = 32 * 1024 * 1024;
  uint64_t max_wal = 128 * 1024 * 1024; ///< Size of the write-ahead log.
  int max_open_files = 256;
  int background_jobs = 2; ///< Threads that flush and compact.

  /// Takes one sentence about what was skipped or repaired. Called by any
  /// thread, under locks of the store: must not call it.
  std::function<void(std::string_view)> warn;

  /// How much is free on the device; empty: ask the operating system.
  std::function<uint64_t()> free_bytes;

  /// The seam to the operating system, for fault tests; not owned.
  rocksdb::Env* env = nullptr;
};

/// Opens the store in a folder, or makes one. Takes the folder's LOCK until it
/// is destroyed, which fsyncs what was committed.
///
/// Errors: `permission`, `busy` (another process has it), `incompatible` (a
/// format or version that this program does not know), `corrupt`, `full`,
/// `invalid` (the shape), `unavailable`; each sentence names the folder and
/// says what to do.
///
/// A power cut loses no append and no change of a subscription; commits since
/// the last `flush`, `append` or `change` may be lost, the latest first.
/// After `full` the store recovers by itself, at the next write for which
/// there is space. docs/formats.md lists the keys, records and fsyncs.
caf::expected<std::unique_ptr<store>>
open_rocksdb_store(const store_options& options);

} // namespace herald
