#include "storage/bytes.hpp"
#include "storage/codec.hpp"
#include "storage/rocksdb/internal.hpp"

#include <filesystem>
#include <system_error>

namespace herald {

namespace {

// Fewer rows are found one by one as fast.
constexpr size_t min_sweep = 4;

} // namespace

caf::error bad_key() {
  return fail(errc::corrupt, "the key does not fit its format");
}

// -- writing ------------------------------------------------------------------

caf::error rocksdb_store::write(rocksdb::WriteBatch& batch, bool sync) {
  if (stalled_)
    if (auto err = resume())
      return err;
  rocksdb::WriteOptions how;
  how.sync = sync && options_.sync;
  auto status = db_->Write(how, &batch);
  if (status.ok())
    return caf::none;
  if (status.IsNoSpace())
    stalled_ = true;
  return to_error(status, options_.path, "writing");
}

// After a write or flush that found no space RocksDB refuses everything until
// it is told to go on; it then flushes what it has in memory, which needs room.
caf::error rocksdb_store::resume() {
  std::lock_guard guard{resuming_};
  if (!stalled_)
    return caf::none;
  if (free_bytes() < options_.reserve / 4)
    return to_error(rocksdb::Status::NoSpace(), options_.path, "writing");
  auto status = db_->Resume();
  if (!status.ok())
    return to_error(status, options_.path, "resuming");
  stalled_ = false;
  return caf::none;
}

caf::error rocksdb_store::refuse_when_full() const {
  if (free_bytes() >= options_.reserve)
    return caf::none;
  return to_error(rocksdb::Status::NoSpace(), options_.path, "writing");
}

// A device that cannot be asked is not taken for full: the write will tell.
uint64_t rocksdb_store::free_bytes() const {
  if (options_.free_bytes)
    return options_.free_bytes();
  std::error_code err;
  return std::filesystem::space(options_.path, err).available;
}

// -- reading ------------------------------------------------------------------

void rocksdb_store::warn(const caf::error& err) const {
  if (options_.warn)
    options_.warn(describe(err));
}

caf::error rocksdb_store::read_error(const rocksdb::Status& status) const {
  return to_error(status, options_.path, "reading");
}

caf::error rocksdb_store::corrupt_row(family which, std::string_view key,
                                      const caf::error& why) const {
  return fail(code_of(why),
              "the store in " + options_.path + ", column family "
                + name_of(which) + ", key " + to_hex(key) + ": " + describe(why)
                + "; restore the folder from a backup, or run the version of "
                  "herald that wrote it");
}

caf::error rocksdb_store::corrupt_key(family which,
                                      std::string_view key) const {
  return corrupt_row(which, key, bad_key());
}

caf::error rocksdb_store::check_end(const rocksdb::Iterator& rows) const {
  auto status = rows.status();
  return status.ok() ? caf::none : read_error(status);
}

rocksdb_store::iterator rocksdb_store::rows_within(family which,
                                                   const rocksdb::Slice* end,
                                                   bool keep_blocks) const {
  rocksdb::ReadOptions how;
  how.fill_cache = keep_blocks;
  how.iterate_upper_bound = end;
  return iterator{db_->NewIterator(how, at(which))};
}

caf::expected<uint64_t> rocksdb_store::number_or(family which,
                                                 const std::string& key,
                                                 uint64_t missing) const {
  rocksdb::PinnableSlice record;
  auto status = db_->Get({}, at(which), key, &record);
  if (status.IsNotFound())
    return missing;
  if (!status.ok())
    return read_error(status);
  auto result = codec::decode_number(view(record));
  if (!result)
    return corrupt_row(which, key, result.error());
  return result;
}

caf::expected<std::vector<std::optional<rocksdb::PinnableSlice>>>
rocksdb_store::many(family which, const std::vector<std::string>& keys,
                    std::set<size_t>* damaged) const {
  std::vector<rocksdb::Slice> names(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  db_->MultiGet({}, at(which), keys.size(), names.data(), values.data(),
                statuses.data());
  std::vector<std::optional<rocksdb::PinnableSlice>> result(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].ok())
      result[i].emplace(std::move(values[i]));
    else if (statuses[i].IsCorruption() && damaged != nullptr) {
      warn(corrupt_row(which, keys[i], read_error(statuses[i])));
      damaged->insert(i);
    } else if (!statuses[i].IsNotFound())
      return read_error(statuses[i]);
  }
  return result;
}

caf::error rocksdb_store::each_of(family which,
                                  const std::vector<std::string>& keys,
                                  bool adjacent,
                                  const row_visitor& visit) const {
  auto next = adjacent && keys.size() >= min_sweep ? sweep(which, keys, visit)
                                                   : size_t{0};
  if (next == keys.size())
    return caf::none;
  std::vector<std::string> left(
    keys.begin() + static_cast<std::ptrdiff_t>(next), keys.end());
  std::set<size_t> damaged;
  auto rows = many(which, left, &damaged);
  if (!rows)
    return rows.error();
  for (size_t i = 0; i < left.size(); ++i) {
    found_row row{std::nullopt, damaged.contains(i)};
    if ((*rows)[i])
      row.value = view(*(*rows)[i]);
    visit(next + i, row);
  }
  return caf::none;
}

// How far it got: an iterator that meets a damaged row goes no further.
size_t rocksdb_store::sweep(family which, const std::vector<std::string>& keys,
                            const row_visitor& visit) const {
  auto end = keys.back() + '\0';
  rocksdb::Slice bound{end};
  auto rows = rows_within(which, &bound);
  size_t i = 0;
  for (rows->Seek(keys.front()); rows->Valid(); rows->Next()) {
    auto key = view(rows->key());
    for (; keys[i] < key; ++i)
      visit(i, {});
    if (keys[i] == key)
      visit(i++, {view(rows->value())});
  }
  if (!rows->status().ok())
    return i;
  for (; i < keys.size(); ++i)
    visit(i, {});
  return i;
}

caf::error rocksdb_store::check_owner(const ownership& own) const {
  if (auto err = check_partition(shape_, own.partition))
    return err;
  return check_epoch(own, partitions_[own.partition].at);
}

} // namespace herald
