#include "storage/bytes.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/rocksdb/internal.hpp"

#include <algorithm>
#include <utility>

namespace herald {

namespace {

caf::expected<std::string> first_topic(const subscription_filter& filter,
                                       const std::string& after) {
  auto position = parse_page(after);
  if (!position)
    return position.error();
  if (position->empty())
    return filter.topic_key_prefix;
  if (!keys::parse_topic(*position))
    return bad_page();
  return std::max(*position + '\0', filter.topic_key_prefix);
}

// What every key within the filter begins with.
std::string topic_prefix(const subscription_filter& filter) {
  return filter.exact_topic ? filter.topic_key_prefix + '\0'
                            : filter.topic_key_prefix;
}

} // namespace

// The key of its row.
std::string rocksdb_store::place_of(const subscription_id& id) const {
  return keys::placed(id.partition(shape_.partitions), id);
}

// -- change -------------------------------------------------------------------

caf::expected<subscription>
rocksdb_store::decode(const subscription_id& id,
                      std::string_view record) const {
  auto result = codec::decode_subscription(record);
  if (result && result->id != id)
    result = fail(errc::corrupt, "the record is of another subscription");
  if (!result)
    return corrupt_row(family::subscriptions, place_of(id), result.error());
  return result;
}

// The rows as they are now, each once. A subscription is changed when it is
// asked for and again, soon after, when it is verified: what was written lately
// is known. Their blocks are not kept in the cache: later than that, who
// changes a subscription does not come back for it.
rocksdb_store::row_states
rocksdb_store::load_rows(std::span<const subscription_change> what) const {
  row_states result;
  std::vector<subscription_id> ids;
  for (const auto& one : what) {
    auto [i, is_new] = result.try_emplace(one.what.id);
    if (!is_new)
      continue;
    if (auto known = recent_.find(one.what.id); known != recent_.end())
      i->second = known->second;
    else
      ids.push_back(one.what.id);
  }
  std::vector<std::string> places;
  for (const auto& id : ids)
    places.push_back(place_of(id));
  std::vector<rocksdb::Slice> wanted(places.begin(), places.end());
  std::vector<rocksdb::PinnableSlice> records(ids.size());
  std::vector<rocksdb::Status> outcomes(ids.size());
  rocksdb::ReadOptions once;
  once.fill_cache = false;
  db_->MultiGet(once, at(family::subscriptions), ids.size(), wanted.data(),
                records.data(), outcomes.data());
  for (size_t i = 0; i < ids.size(); ++i)
    result[ids[i]] = to_row(ids[i], outcomes[i], view(records[i]));
  return result;
}

// `rows` were written, or it is not known whether they were.
void rocksdb_store::remember(row_states rows, bool written) {
  for (auto& [id, row] : rows) {
    if (!written || row.why) {
      recent_.erase(id);
      continue;
    }
    if (recent_.insert_or_assign(id, std::move(row)).second)
      recent_order_.push_back(id);
    if (recent_order_.size() > max_recent) {
      recent_.erase(recent_order_.front());
      recent_order_.pop_front();
    }
  }
}

rocksdb_store::row_state rocksdb_store::to_row(const subscription_id& id,
                                               const rocksdb::Status& outcome,
                                               std::string_view record) const {
  if (outcome.IsNotFound())
    return {};
  if (!outcome.ok())
    return {true, 0, {}, read_error(outcome)};
  auto now = decode(id, record);
  if (!now)
    return {true, 0, {}, now.error()};
  return {true, now->revision, std::move(now->topic_key), {}};
}

void rocksdb_store::put_rows(partition_id partition, uint64_t revision,
                             const subscription_change& what,
                             const row_state& old, rocksdb::WriteBatch& batch) {
  const auto& now = what.what;
  bool known = old.revision != 0;
  // Written once and deleted once, mostly soon: both vanish in one flush.
  if (known)
    batch.SingleDelete(at(family::revisions),
                       keys::revision(partition, old.revision));
  batch.Put(at(family::revisions), keys::revision(partition, revision),
            codec::encode(codec::revision_row{now.id, what.drop}));
  bool listed = known && !what.drop && old.topic_key == now.topic_key;
  if (known && !listed)
    batch.Delete(at(family::topics), keys::topic(old.topic_key, now.id));
  if (what.drop) {
    batch.Delete(at(family::subscriptions), keys::placed(partition, now.id));
    return;
  }
  batch.Put(at(family::subscriptions), keys::placed(partition, now.id),
            codec::encode(now, revision));
  if (!listed)
    batch.Put(at(family::topics), keys::topic(now.topic_key, now.id),
              codec::encode_number(stable_hash(now.callback)));
}

caf::expected<uint64_t>
rocksdb_store::change_one(const subscription_change& what, row_states& rows,
                          rocksdb::WriteBatch& batch) {
  auto& row = rows[what.what.id];
  if (row.why) {
    // Who asks for no revision of it may replace a damaged row.
    if (what.expected_revision || code_of(row.why) != errc::corrupt)
      return row.why;
    warn(row.why);
  }
  if (auto err = check_revision(what, row.revision))
    return err;
  auto partition = what.what.id.partition(shape_.partitions);
  auto& revision = partitions_[partition].revision;
  if (what.drop && !row.exists)
    return revision;
  put_rows(partition, ++revision, what, row, batch);
  row = {};
  if (!what.drop)
    row = {true, revision, what.what.topic_key, {}};
  return revision;
}

// The revision rises whether the write succeeds or not: a failed one may have
// reached the disk.
caf::expected<std::vector<caf::expected<uint64_t>>>
rocksdb_store::change(std::span<const subscription_change> what) {
  if (auto err = refuse_when_full())
    return err;
  std::lock_guard guard{changing_};
  std::vector<caf::expected<uint64_t>> result;
  auto rows = load_rows(what);
  rocksdb::WriteBatch batch;
  for (const auto& one : what)
    result.push_back(change_one(one, rows, batch));
  caf::error failed;
  if (batch.Count() != 0)
    failed = write(batch, true);
  remember(std::move(rows), !failed);
  if (failed)
    return failed;
  return result;
}

// -- reading ------------------------------------------------------------------

caf::expected<std::optional<subscription>>
rocksdb_store::get(const subscription_id& id) {
  rocksdb::PinnableSlice record;
  auto status = db_->Get({}, at(family::subscriptions), place_of(id), &record);
  if (status.IsNotFound())
    return std::optional<subscription>{};
  if (!status.ok())
    return read_error(status);
  auto result = decode(id, view(record));
  if (!result)
    return result.error();
  return std::optional{std::move(*result)};
}

caf::expected<std::vector<subscription>>
rocksdb_store::snapshot(partition_id partition,
                        const std::optional<subscription_id>& after,
                        size_t max) {
  if (auto err = check_partition(shape_, partition))
    return err;
  std::vector<subscription> result;
  auto end = keys::after_prefix(keys::partition(partition));
  rocksdb::Slice bound{end};
  // Read once: nobody will ask for these blocks again.
  auto rows = rows_within(family::subscriptions, &bound, false);
  for (rows->Seek(after ? keys::placed(partition, *after) + '\0'
                        : keys::partition(partition));
       rows->Valid() && result.size() < max; rows->Next()) {
    auto id = keys::parse_placed(view(rows->key()));
    if (!id) {
      warn(corrupt_key(family::subscriptions, view(rows->key())));
      continue;
    }
    if (auto row = decode(*id, view(rows->value())))
      result.push_back(std::move(*row));
    else
      warn(row.error());
  }
  if (auto err = check_end(*rows))
    return err;
  return result;
}

// What a row of the revisions stands for; nothing if a later row does, or if
// the subscription cannot be read.
caf::expected<std::optional<changed_subscription>>
rocksdb_store::changed(std::string_view key, std::string_view record) {
  using answer = std::optional<changed_subscription>;
  auto name = keys::parse_revision(key);
  auto row = codec::decode_revision(record);
  if (!name || !row) {
    warn(name ? corrupt_row(family::revisions, key, row.error())
              : corrupt_key(family::revisions, key));
    return answer{};
  }
  if (row->dropped)
    return answer{{name->revision, row->id, std::nullopt}};
  auto now = get(row->id);
  if (!now && code_of(now.error()) == errc::unavailable)
    return now.error();
  if (!now)
    warn(now.error());
  if (!now || !*now || (*now)->revision != name->revision)
    return answer{};
  return answer{{name->revision, row->id, std::move(*now)}};
}

caf::expected<std::vector<changed_subscription>>
rocksdb_store::changes(partition_id partition, uint64_t after_revision,
                       size_t max) {
  if (auto err = check_partition(shape_, partition))
    return err;
  std::vector<changed_subscription> result;
  auto end = keys::after_prefix(keys::partition(partition));
  rocksdb::Slice bound{end};
  auto rows = rows_within(family::revisions, &bound);
  for (rows->Seek(keys::revision(partition, after_revision + 1));
       rows->Valid() && result.size() < max; rows->Next()) {
    auto one = changed(view(rows->key()), view(rows->value()));
    if (!one)
      return one.error();
    if (*one)
      result.push_back(std::move(**one));
  }
  if (auto err = check_end(*rows))
    return err;
  return result;
}

// The subscription that a row of the topics leads to, if it is within the
// filter; nothing if not, or if it cannot be read.
caf::expected<std::optional<subscription>>
rocksdb_store::found(std::string_view key, std::string_view record,
                     const std::string& callback) {
  using answer = std::optional<subscription>;
  auto name = keys::parse_topic(key);
  if (!name) {
    warn(corrupt_key(family::topics, key));
    return answer{};
  }
  auto hash = codec::decode_number(record);
  if (!callback.empty() && hash && *hash != stable_hash(callback))
    return answer{};
  auto row = get(name->id);
  if (!row && code_of(row.error()) == errc::unavailable)
    return row.error();
  if (!row)
    warn(row.error());
  if (!row || !*row || (*row)->topic_key != name->topic_key
      || (!callback.empty() && (*row)->callback != callback))
    return answer{};
  return std::move(*row);
}

caf::expected<subscription_page>
rocksdb_store::find(const subscription_filter& filter, const std::string& after,
                    size_t limit) {
  auto first = first_topic(filter, after);
  if (!first)
    return first.error();
  subscription_page result;
  auto prefix = topic_prefix(filter);
  auto rows = rows_within(family::topics, nullptr);
  for (rows->Seek(std::max(*first, prefix));
       rows->Valid() && view(rows->key()).starts_with(prefix); rows->Next()) {
    auto one = found(view(rows->key()), view(rows->value()), filter.callback);
    if (!one)
      return one.error();
    if (!*one)
      continue;
    if (result.items.size() == std::max(limit, size_t{1})) {
      const auto& last = result.items.back();
      result.next = to_hex(keys::topic(last.topic_key, last.id));
      return result;
    }
    result.items.push_back(std::move(**one));
  }
  if (auto err = check_end(*rows))
    return err;
  return result;
}

} // namespace herald
