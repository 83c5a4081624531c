#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/rocksdb/internal.hpp"

namespace herald {

caf::error rocksdb_store::note_pings(log_id log, std::span<const ping> what) {
  if (auto err = check_log(shape_, log))
    return err;
  if (auto err = refuse_when_full())
    return err;
  rocksdb::WriteBatch batch;
  for (const auto& one : what)
    batch.Put(at(family::pings), keys::fetched(log, one.topic),
              codec::encode(one));
  return batch.Count() == 0 ? caf::none : write(batch, true);
}

// A ping that cannot be read is skipped and logged: it stops no other.
caf::expected<std::vector<ping>>
rocksdb_store::pings(log_id log, const std::string& after, size_t max) {
  if (auto err = check_log(shape_, log))
    return err;
  std::vector<ping> result;
  auto end = keys::after_prefix(keys::fetched(log, ""));
  rocksdb::Slice bound{end};
  auto rows = rows_within(family::pings, end.empty() ? nullptr : &bound);
  auto begin = keys::fetched(log, after);
  for (rows->Seek(after.empty() ? begin : begin + '\0');
       rows->Valid() && result.size() < max; rows->Next()) {
    auto name = keys::parse_fetched(view(rows->key()));
    auto row = codec::decode_ping(view(rows->value()));
    if (!name || !row) {
      warn(name ? corrupt_row(family::pings, view(rows->key()), row.error())
                : corrupt_key(family::pings, view(rows->key())));
      continue;
    }
    row->topic = name->topic;
    result.push_back(std::move(*row));
  }
  if (auto err = check_end(*rows))
    return err;
  return result;
}

// What cannot be read is as good as never fetched.
caf::expected<std::optional<topic_content>>
rocksdb_store::content(log_id log, const std::string& topic) {
  if (auto err = check_log(shape_, log))
    return err;
  auto key = keys::fetched(log, topic);
  rocksdb::PinnableSlice record;
  auto status = db_->Get({}, at(family::contents), key, &record);
  if (status.IsNotFound())
    return std::optional<topic_content>{};
  if (!status.ok())
    return read_error(status);
  auto result = codec::decode_content(view(record));
  if (!result) {
    warn(corrupt_row(family::contents, key, result.error()));
    return std::optional<topic_content>{};
  }
  result->topic = topic;
  return std::optional{std::move(*result)};
}

caf::error rocksdb_store::settle_fetch(log_id log,
                                       const fetch_settlement& what) {
  if (auto err = check_log(shape_, log))
    return err;
  auto key = keys::fetched(log, what.topic);
  rocksdb::WriteBatch batch;
  if (what.content)
    batch.Put(at(family::contents), key, codec::encode(*what.content));
  else if (what.forget)
    batch.Delete(at(family::contents), key);
  if (what.owed)
    batch.Put(at(family::pings), key, codec::encode(*what.owed));
  else
    batch.Delete(at(family::pings), key);
  return write(batch, false);
}

} // namespace herald
