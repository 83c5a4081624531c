#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/rocksdb/internal.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace herald {

namespace {

constexpr auto no_limit = std::numeric_limits<size_t>::max();

// What the rows of a partition say, from key and value.

caf::expected<std::optional<job>> job_of_row(std::string_view key,
                                             std::string_view value) {
  auto name = keys::parse_job(key);
  if (!name)
    return bad_key();
  auto what = codec::decode_job(value);
  if (!what)
    return std::move(what.error());
  return std::optional{job{*name, what->attempt, what->due}};
}

caf::expected<std::optional<lag>> lag_of_row(std::string_view key,
                                             std::string_view value) {
  auto name = keys::parse_lag(key);
  if (!name)
    return bad_key();
  auto row = codec::decode_lag(value);
  if (!row)
    return std::move(row.error());
  row->sub = name->sub;
  row->log = name->log;
  return std::optional{*row};
}

caf::expected<std::optional<condition>>
condition_of_row(std::string_view key, std::string_view value) {
  auto sub = keys::parse_placed(key);
  if (!sub)
    return bad_key();
  auto row = codec::decode_condition(value);
  if (!row)
    return std::move(row.error());
  row->sub = *sub;
  return std::optional{*row};
}

} // namespace

// -- ownership ----------------------------------------------------------------

bool rocksdb_store::owns(const ownership& own) const {
  return !check_owner(own);
}

// Gives the partition a new epoch, which fences every older one.
caf::error rocksdb_store::raise_epoch(partition_id partition) {
  auto& state = partitions_[partition];
  std::lock_guard guard{state.writing};
  auto next = state.at + 1;
  rocksdb::WriteBatch batch;
  batch.Put(at(family::meta), epoch_key(partition), codec::encode_number(next));
  if (auto err = write(batch, false))
    return err;
  state.at = next;
  return caf::none;
}

// An epoch that a power cut loses had its owner in the process that died.
caf::expected<std::vector<ownership>>
rocksdb_store::acquire(const std::string&, size_t max,
                       std::chrono::milliseconds,
                       std::span<const ownership> holding) {
  std::vector<ownership> result;
  std::set<partition_id> kept;
  for (const auto& own : holding)
    if (result.size() < max && owns(own) && kept.insert(own.partition).second)
      result.push_back(own);
  for (size_t i = 0; i < partitions_.size() && result.size() < max; ++i) {
    auto id = static_cast<partition_id>(i);
    if (kept.contains(id))
      continue;
    if (auto err = raise_epoch(id))
      return err;
    result.push_back({id, partitions_[i].at});
  }
  return result;
}

caf::expected<std::vector<ownership>>
rocksdb_store::renew(std::span<const ownership> what,
                     std::chrono::milliseconds) {
  std::vector<ownership> result;
  std::copy_if(what.begin(), what.end(), std::back_inserter(result),
               [this](const ownership& own) { return owns(own); });
  return result;
}

caf::error rocksdb_store::release(std::span<const ownership> what) {
  for (const auto& own : what)
    if (owns(own))
      if (auto err = raise_epoch(own.partition))
        return err;
  return caf::none;
}

// -- reading ------------------------------------------------------------------

caf::expected<std::vector<cursor>>
rocksdb_store::cursors(const ownership& own) {
  if (auto err = check_owner(own))
    return err;
  auto& state = partitions_[own.partition];
  std::lock_guard guard{state.writing};
  std::vector<cursor> result;
  for (size_t i = 0; i < state.cursors.size(); ++i)
    result.push_back({static_cast<log_id>(i), state.cursors[i]});
  return result;
}

template <class Row, class Parse>
caf::expected<std::vector<Row>>
rocksdb_store::scan(family which, const std::string& prefix,
                    const std::string& from, size_t max, Parse parse) const {
  std::vector<Row> result;
  auto end = keys::after_prefix(prefix);
  rocksdb::Slice bound{end};
  auto rows = rows_within(which, end.empty() ? nullptr : &bound);
  for (rows->Seek(from); rows->Valid() && result.size() < max; rows->Next()) {
    caf::expected<std::optional<Row>> row
      = parse(view(rows->key()), view(rows->value()));
    if (!row)
      return corrupt_row(which, view(rows->key()), row.error());
    if (!*row)
      break;
    result.push_back(std::move(**row));
  }
  if (auto err = check_end(*rows))
    return err;
  return result;
}

caf::expected<std::vector<job>>
rocksdb_store::due(const ownership& own, unix_ms up_to,
                   const std::optional<due_position>& after, size_t max) {
  if (auto err = check_owner(own))
    return err;
  auto prefix = keys::partition(own.partition);
  auto from = after ? keys::due(own.partition, *after) + '\0' : prefix;
  auto job_if_due
    = [up_to](auto key, auto value) -> caf::expected<std::optional<job>> {
    auto at = keys::parse_due(key);
    if (!at)
      return bad_key();
    if (at->due > up_to)
      return std::optional<job>{};
    auto attempt = codec::decode_number(value);
    if (!attempt)
      return std::move(attempt.error());
    return std::optional{
      job{at->key, static_cast<uint32_t>(*attempt), at->due}};
  };
  return scan<job>(family::due, prefix, from, max, job_if_due);
}

caf::expected<std::vector<job>>
rocksdb_store::jobs_of(const ownership& own, const subscription_id& sub,
                       const std::optional<job_key>& after, size_t max) {
  if (auto err = check_owner(own))
    return err;
  auto prefix = keys::subscription(sub);
  auto from = after ? keys::job(*after) + '\0' : prefix;
  return scan<job>(family::jobs, prefix, from, max, job_of_row);
}

caf::expected<std::vector<lag>> rocksdb_store::lagging(const ownership& own) {
  if (auto err = check_owner(own))
    return err;
  auto prefix = keys::partition(own.partition);
  return scan<lag>(family::lag, prefix, prefix, no_limit, lag_of_row);
}

caf::expected<std::vector<condition>>
rocksdb_store::failing(const ownership& own) {
  if (auto err = check_owner(own))
    return err;
  auto prefix = keys::partition(own.partition);
  return scan<condition>(family::conditions, prefix, prefix, no_limit,
                         condition_of_row);
}

// -- commit -------------------------------------------------------------------

// The due row of a job is found through the job's row, which is read only
// here: jobs are rare, and most of those that are put are new, which the
// filter of the family tells without a read.
caf::error rocksdb_store::put_jobs(partition_id partition,
                                   const commit_batch& what,
                                   rocksdb::WriteBatch& batch) {
  std::map<job_key, const job*> last;
  for (const auto& one : what.put)
    last[one.key] = &one;
  for (const auto& key : what.drop)
    last[key] = nullptr;
  std::vector<std::string> names;
  for (const auto& [key, now] : last)
    names.push_back(keys::job(key));
  auto rows = many(family::jobs, names);
  if (!rows)
    return rows.error();
  size_t i = 0;
  for (const auto& [key, now] : last) {
    const auto& row = (*rows)[i];
    const auto& name = names[i++];
    if (row) {
      auto old = codec::decode_job(view(*row));
      if (!old)
        return corrupt_row(family::jobs, name, old.error());
      batch.Delete(at(family::due), keys::due(partition, {old->due, key}));
    }
    if (now) {
      batch.Put(at(family::jobs), name, codec::encode(*now));
      batch.Put(at(family::due), keys::due(partition, {now->due, key}),
                codec::encode_number(now->attempt));
    } else if (row) {
      batch.Delete(at(family::jobs), name);
    }
  }
  return caf::none;
}

void rocksdb_store::put_rest(partition_id partition, const commit_batch& what,
                             rocksdb::WriteBatch& batch) {
  for (const auto& one : what.lagging)
    batch.Put(at(family::lag), keys::lag(partition, one.sub, one.log),
              codec::encode(one));
  for (const auto& [sub, log] : what.unlag)
    batch.Delete(at(family::lag), keys::lag(partition, sub, log));
  for (const auto& one : what.attempts)
    put_history(family::attempts, one.at, keys::attempt(one),
                codec::encode(one), batch);
  for (const auto& key : what.undead)
    batch.Delete(at(family::dead), keys::dead(key));
  for (const auto& one : what.dead)
    put_history(family::dead, one.at, keys::dead(one.key), codec::encode(one),
                batch);
  for (const auto& one : what.failing)
    batch.Put(at(family::conditions), keys::placed(partition, one.sub),
              codec::encode(one));
  for (const auto& sub : what.recovered)
    batch.Delete(at(family::conditions), keys::placed(partition, sub));
}

caf::error rocksdb_store::commit(const ownership& own,
                                 const commit_batch& what) {
  if (auto err = check_partition(shape_, own.partition))
    return err;
  if (auto err = check_batch(shape_, own.partition, what))
    return err;
  auto& state = partitions_[own.partition];
  std::lock_guard guard{state.writing};
  if (auto err = check_epoch(own, state.at))
    return err;
  rocksdb::WriteBatch batch;
  auto cursors = state.cursors;
  for (const auto& one : what.advance)
    if (one.at > cursors[one.log]) {
      cursors[one.log] = one.at;
      batch.Put(at(family::cursors), keys::cursor(own.partition, one.log),
                codec::encode_number(one.at));
    }
  if (!what.put.empty() || !what.drop.empty())
    if (auto err = put_jobs(own.partition, what, batch))
      return err;
  put_rest(own.partition, what, batch);
  if (batch.Count() == 0)
    return caf::none;
  if (auto err = write(batch, false))
    return err;
  state.cursors = std::move(cursors);
  return caf::none;
}

caf::error rocksdb_store::drop_jobs(partition_id partition,
                                    const subscription_id& sub,
                                    rocksdb::WriteBatch& batch) {
  auto prefix = keys::subscription(sub);
  auto rows = rows_within(family::jobs, nullptr);
  for (rows->Seek(prefix);
       rows->Valid() && view(rows->key()).starts_with(prefix); rows->Next()) {
    auto key = keys::parse_job(view(rows->key()));
    auto what = codec::decode_job(view(rows->value()));
    if (key && what)
      batch.Delete(at(family::due), keys::due(partition, {what->due, *key}));
    batch.Delete(at(family::jobs), rows->key());
  }
  return check_end(*rows);
}

caf::error rocksdb_store::forget(const ownership& own,
                                 const subscription_id& sub) {
  if (auto err = check_partition(shape_, own.partition))
    return err;
  if (auto err = check_placement(shape_, own.partition, sub))
    return err;
  auto& state = partitions_[own.partition];
  std::lock_guard guard{state.writing};
  if (auto err = check_epoch(own, state.at))
    return err;
  rocksdb::WriteBatch batch;
  if (auto err = drop_jobs(own.partition, sub, batch))
    return err;
  for (unsigned i = 0; i < shape_.logs; ++i)
    batch.Delete(at(family::lag),
                 keys::lag(own.partition, sub, static_cast<log_id>(i)));
  batch.Delete(at(family::conditions), keys::placed(own.partition, sub));
  return write(batch, false);
}

// An empty write, and not RocksDB's FlushWAL: that one aborts the process when
// the log has seen an error, where a write answers it.
caf::error rocksdb_store::flush() {
  if (!options_.sync)
    return caf::none;
  rocksdb::WriteBatch nothing;
  return write(nothing, true);
}

} // namespace herald
