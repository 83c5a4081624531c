#include "storage/bytes.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/rocksdb/internal.hpp"

#include <algorithm>

namespace herald {

namespace {

std::string meta_key(char kind, uint16_t number) {
  std::string result{kind};
  byte_writer{result}.number(number);
  return result;
}

} // namespace

std::string format_key() {
  return "format";
}

std::string trimmed_key(log_id log) {
  return meta_key('t', log);
}

std::string epoch_key(partition_id partition) {
  return meta_key('e', partition);
}

caf::error rocksdb_store::recover() {
  logs_ = std::vector<log_state>(shape_.logs);
  partitions_ = std::vector<partition_state>(shape_.partitions);
  for (unsigned i = 0; i < shape_.logs; ++i)
    if (auto err = recover_log(static_cast<log_id>(i)))
      return err;
  for (unsigned i = 0; i < shape_.partitions; ++i)
    if (auto err = recover_partition(static_cast<partition_id>(i)))
      return err;
  return drop_tombstones();
}

// The last key that begins with `prefix`; empty if there is none.
caf::expected<std::string> rocksdb_store::last_key(family which,
                                                   const std::string& prefix) {
  auto rows = rows_within(which, nullptr);
  auto end = keys::after_prefix(prefix);
  if (end.empty())
    rows->SeekToLast();
  else
    rows->SeekForPrev(end);
  if (rows->Valid() && view(rows->key()) == end)
    rows->Prev();
  if (auto err = check_end(*rows))
    return err;
  if (!rows->Valid() || !view(rows->key()).starts_with(prefix))
    return std::string{};
  return rows->key().ToString();
}

caf::error rocksdb_store::recover_log(log_id log) {
  auto last = last_key(family::events, keys::partition(log));
  if (!last)
    return last.error();
  auto name = keys::parse_event(*last);
  if (!last->empty() && !name)
    return corrupt_key(family::events, *last);
  auto trimmed = number_or(family::meta, trimmed_key(log), 0);
  if (!trimmed)
    return trimmed.error();
  auto& state = logs_[log];
  state.trimmed = *trimmed;
  state.head = std::max(*trimmed, name ? name->seq : 0);
  state.next = state.head + 1;
  return caf::none;
}

caf::error rocksdb_store::recover_partition(partition_id partition) {
  auto last = last_key(family::revisions, keys::partition(partition));
  if (!last)
    return last.error();
  auto name = keys::parse_revision(*last);
  if (!last->empty() && !name)
    return corrupt_key(family::revisions, *last);
  auto at = number_or(family::meta, epoch_key(partition), 0);
  if (!at)
    return at.error();
  partitions_[partition].revision = name ? name->revision : 0;
  partitions_[partition].at = *at;
  return recover_cursors(partition);
}

caf::error rocksdb_store::recover_cursors(partition_id partition) {
  for (unsigned i = 0; i < shape_.logs; ++i) {
    auto key = keys::cursor(partition, static_cast<log_id>(i));
    auto at = number_or(family::cursors, key, 0);
    if (!at)
      return at.error();
    partitions_[partition].cursors.push_back(*at);
  }
  return caf::none;
}

// Nobody waits for the deletions of an earlier run. The last row of a partition
// stays, whatever it says: the revision is recovered from it.
caf::error rocksdb_store::drop_tombstones() {
  rocksdb::WriteBatch batch;
  std::string tombstone;
  auto rows = rows_within(family::revisions, nullptr);
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    auto key = view(rows->key());
    if (!tombstone.empty() && key.substr(0, 2) == tombstone.substr(0, 2))
      batch.Delete(at(family::revisions), tombstone);
    auto row = codec::decode_revision(view(rows->value()));
    tombstone = row && row->dropped ? std::string{key} : std::string{};
  }
  if (auto err = check_end(*rows))
    return err;
  return batch.Count() == 0 ? caf::none : write(batch, false);
}

} // namespace herald
