#include "storage/rocksdb/internal.hpp"
#include "storage/rocksdb/pace.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <map>
#include <string>

namespace herald {

namespace {

constexpr size_t kib = 1024;
constexpr size_t mib = 1024 * kib;

// Recovery happens at the next write, in `rocksdb_store::resume`: RocksDB's own
// polls every five seconds and answers Busy to everybody else meanwhile.
class recover_by_hand final : public rocksdb::EventListener {
public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

// Bits of the filter for each key, where single keys are asked for, most of
// which are not there. A new subscription is looked for in every file of its
// family: with 10 bits, a hundredth of the files each are read in vain.
unsigned filter_bits(family which) {
  switch (which) {
    case family::subscriptions:
      return 16;
    case family::ids:
    case family::jobs:
      return 10;
    default:
      return 0;
  }
}

rocksdb::BlockBasedTableOptions
table_options(const std::shared_ptr<rocksdb::Cache>& cache, unsigned bits) {
  rocksdb::BlockBasedTableOptions result;
  result.block_cache = cache;
  result.cache_index_and_filter_blocks = true;
  result.pin_l0_filter_and_index_blocks_in_cache = true;
  if (bits > 0) {
    result.filter_policy.reset(rocksdb::NewBloomFilterPolicy(bits));
    result.optimize_filters_for_memory = true;
  }
  return result;
}

// A few large buffers where events and subscriptions go, small ones for the
// rest: a memtable takes its first block as soon as it holds a row. A
// subscription's keys are hashes: each flush is later merged with rows from all
// over the family, so that few and large ones cost a fraction.
size_t write_buffer(family which, const store_options& options) {
  auto share = [&](size_t part) {
    return std::max(options.write_buffers / part, 64 * kib);
  };
  switch (which) {
    case family::bodies:
      return share(4);
    case family::events:
    case family::ids:
    case family::subscriptions:
    case family::topics:
    case family::revisions:
      return share(8);
    default:
      return share(32);
  }
}

void put_bodies_into_blobs(rocksdb::ColumnFamilyOptions& options) {
  options.enable_blob_files = true;
  options.min_blob_size = 512;
  options.blob_file_size = 64 * mib;
  options.enable_blob_garbage_collection = true;
  options.blob_garbage_collection_force_threshold = 0.5;
}

rocksdb::ColumnFamilyOptions
one_family(family which, const store_options& options,
           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions result;
  result.write_buffer_size = write_buffer(which, options);
  result.arena_block_size = std::min(64 * kib, result.write_buffer_size / 8);
  result.max_write_buffer_number = which == family::bodies ? 3 : 2;
  result.target_file_size_base = 16 * mib;
  result.max_bytes_for_level_base = 64 * mib;
  result.level_compaction_dynamic_level_bytes = true;
  result.compression = rocksdb::kLZ4Compression;
  result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(
    table_options(cache, filter_bits(which))));
  if (which == family::bodies)
    put_bodies_into_blobs(result);
  return result;
}

} // namespace

rocksdb::DBOptions database_options(const store_options& options) {
  rocksdb::DBOptions result;
  result.create_if_missing = true;
  result.create_missing_column_families = true;
  result.max_background_jobs = options.background_jobs;
  result.max_open_files = options.max_open_files;
  result.max_total_wal_size = options.max_wal;
  result.write_buffer_manager
    = std::make_shared<rocksdb::WriteBufferManager>(options.write_buffers);
  result.max_manifest_file_size = 4 * mib;
  result.bytes_per_sync = mib;
  result.keep_log_file_num = 2;
  result.max_log_file_size = mib;
  result.info_log_level = rocksdb::WARN_LEVEL;
  result.stats_dump_period_sec = 0;
  result.stats_persist_period_sec = 0;
  result.listeners.push_back(std::make_shared<recover_by_hand>());
  std::map<std::string, size_t> memtables;
  for (size_t i = 0; i < family_names.size(); ++i)
    memtables[family_names[i]] = write_buffer(static_cast<family>(i), options);
  auto pace = std::make_shared<background_pace>(memtables);
  result.rate_limiter = pace->limiter();
  result.listeners.push_back(std::move(pace));
  if (options.env)
    result.env = options.env;
  return result;
}

std::vector<rocksdb::ColumnFamilyDescriptor>
family_options(const store_options& options,
               const std::shared_ptr<rocksdb::Cache>& cache) {
  std::vector<rocksdb::ColumnFamilyDescriptor> result;
  for (size_t i = 0; i < family_names.size(); ++i)
    result.emplace_back(family_names[i],
                        one_family(static_cast<family>(i), options, cache));
  return result;
}

} // namespace herald
