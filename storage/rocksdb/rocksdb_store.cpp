#include "storage/rocksdb/rocksdb_store.hpp"

#include "config/memory.hpp"
#include "storage/codec.hpp"
#include "storage/rocksdb/folder.hpp"
#include "storage/rocksdb/internal.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace herald {

namespace fs = std::filesystem;

namespace {

// Fewer bytes stay in memory: many small files would cost more.
constexpr uint64_t min_rest_flush = 1024 * 1024;

caf::error unknown_format(const std::string& path, const std::string& why) {
  return fail(errc::incompatible,
              path + " was not written by this version of herald (" + why
                + "): run the version that wrote it, or choose another "
                  "--data folder");
}

bool is_known(const std::string& name) {
  return std::find(family_names.begin(), family_names.end(), name)
         != family_names.end();
}

// RocksDB itself answers only "invalid argument" to families it was not told.
caf::error check_families(const rocksdb::DBOptions& options,
                          const std::string& path) {
  std::error_code err;
  if (!fs::exists(path + "/CURRENT", err))
    return caf::none;
  std::vector<std::string> names;
  auto status = rocksdb::DB::ListColumnFamilies(options, path, &names);
  if (!status.ok())
    return open_error(status, path);
  for (const auto& name : names)
    if (!is_known(name))
      return unknown_format(path, "it has a column family " + name);
  return caf::none;
}

} // namespace

rocksdb_store::rocksdb_store(store_options options)
  : options_{std::move(options)}, shape_{options_.shape} {
}

// Destructors have nobody to tell: what the last fsync misses is as in a power
// cut, and was never promised.
rocksdb_store::~rocksdb_store() {
  if (!db_)
    return;
  static_cast<void>(flush());
  for (auto* handle : handles_)
    db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  db_->Close().PermitUncheckedError();
}

caf::error rocksdb_store::open() {
  if (auto err = check_shape(options_.shape))
    return err;
  auto folder = prepare_folder(options_.path);
  if (!folder)
    return folder.error();
  options_.path = std::move(*folder);
  if (auto err = open_database())
    return err;
  if (auto err = load_shape())
    return err;
  return recover();
}

caf::error rocksdb_store::open_database() {
  auto database = database_options(options_);
  if (auto err = check_families(database, options_.path))
    return err;
  cache_ = rocksdb::NewLRUCache(options_.block_cache);
  rocksdb::DB* db = nullptr;
  auto status = rocksdb::DB::Open(
    database, options_.path, family_options(options_, cache_), &handles_, &db);
  if (!status.ok())
    return open_error(status, options_.path);
  db_.reset(db);
  return caf::none;
}

caf::error rocksdb_store::load_shape() {
  std::string record;
  auto status = db_->Get({}, at(family::meta), format_key(), &record);
  if (status.IsNotFound())
    return make_new();
  if (!status.ok())
    return read_error(status);
  auto shape = codec::decode_shape(record);
  if (!shape && code_of(shape.error()) == errc::incompatible)
    return unknown_format(options_.path, describe(shape.error()));
  if (!shape)
    return corrupt_row(family::meta, format_key(), shape.error());
  if (auto err = check_shape(*shape))
    return corrupt_row(family::meta, format_key(), err);
  shape_ = *shape;
  return caf::none;
}

// A folder without the format record is new, or not ours.
caf::error rocksdb_store::make_new() {
  for (size_t i = 0; i < family_names.size(); ++i) {
    auto empty = is_empty(static_cast<family>(i));
    if (!empty)
      return empty.error();
    if (!*empty)
      return unknown_format(options_.path, "it has no format record");
  }
  rocksdb::WriteBatch batch;
  batch.Put(at(family::meta), format_key(), codec::encode(shape_));
  return write(batch, true);
}

caf::expected<bool> rocksdb_store::is_empty(family which) {
  auto rows = rows_within(which, nullptr);
  rows->SeekToFirst();
  if (!rows->status().ok())
    return read_error(rows->status());
  return !rows->Valid();
}

// What was written goes from the memtables to the disk, where there is enough
// of it to be worth files; blocks and rows that were read or written lately are
// forgotten. RocksDB's threads do their part when they have flushed.
bool rocksdb_store::rest() {
  auto writes = db_->GetLatestSequenceNumber();
  if (writes_seen_.exchange(writes) != writes || stalled_)
    return false;
  {
    std::unique_lock guard{changing_, std::try_to_lock};
    if (!guard)
      return false; // There is work.
    recent_ = {};
    recent_order_ = {};
  }
  cache_->EraseUnRefEntries();
  flush_at_rest();
  for (auto pool : {rocksdb::Env::HIGH, rocksdb::Env::LOW})
    db_->GetEnv()->Schedule([](void*) { release_thread_memory(); }, nullptr,
                            pool);
  return true;
}

void rocksdb_store::flush_at_rest() {
  // A flush that finds no space would stop all writing.
  if (free_bytes() < options_.reserve)
    return;
  uint64_t unflushed = 0;
  if (!db_->GetAggregatedIntProperty(
        rocksdb::DB::Properties::kCurSizeActiveMemTable, &unflushed)
      || unflushed < min_rest_flush)
    return;
  rocksdb::FlushOptions how;
  how.wait = false;
  how.allow_write_stall = true; // Do not wait for that either.
  db_->Flush(how, handles_).PermitUncheckedError();
}

caf::expected<std::unique_ptr<store>>
open_rocksdb_store(const store_options& options) {
  auto result = std::make_unique<rocksdb_store>(options);
  if (auto err = result->open())
    return err;
  return std::unique_ptr<store>{std::move(result)};
}

} // namespace herald
