#include "storage/bytes.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/rocksdb/internal.hpp"

#include <algorithm>
#include <utility>

namespace herald {

namespace {

keys::history_kind kind_of(family which) {
  return which == family::attempts ? keys::history_kind::attempt
                                   : keys::history_kind::dead;
}

family family_of(keys::history_kind kind) {
  return kind == keys::history_kind::attempt ? family::attempts : family::dead;
}

// A row's value, completed from its key; nothing if the key is none.
std::optional<caf::expected<attempt_record>>
parse_attempt(std::string_view key, std::string_view record) {
  auto name = keys::parse_attempt(key);
  if (!name)
    return std::nullopt;
  auto result = codec::decode_attempt(record);
  if (result) {
    result->key = name->key;
    result->at = name->at;
    result->attempt = name->attempt;
  }
  return result;
}

std::optional<caf::expected<dead_letter>> parse_dead(std::string_view key,
                                                     std::string_view record) {
  auto name = keys::parse_dead(key);
  if (!name)
    return std::nullopt;
  auto result = codec::decode_dead(record);
  if (result)
    result->key = *name;
  return result;
}

} // namespace

void rocksdb_store::put_history(family which, unix_ms when,
                                const std::string& key,
                                const std::string& record,
                                rocksdb::WriteBatch& batch) {
  batch.Put(at(which), key, record);
  batch.Put(at(family::history), keys::history(when, kind_of(which), key),
            slice(codec::body_prefix()));
}

// Rows of one subscription. A damaged one is skipped with a warning: it hides
// nothing but itself.
template <class Row, class Parse>
caf::expected<page<Row>>
rocksdb_store::list(family which, const subscription_id& sub,
                    const std::string& after, size_t limit, Parse parse) {
  auto from = parse_page(after);
  if (!from)
    return from.error();
  auto prefix = keys::subscription(sub);
  if (!from->empty() && !from->starts_with(prefix))
    return bad_page();
  page<Row> result;
  std::string last;
  auto rows = rows_within(which, nullptr);
  for (rows->Seek(from->empty() ? prefix : *from + '\0');
       rows->Valid() && view(rows->key()).starts_with(prefix); rows->Next()) {
    auto row = parse(view(rows->key()), view(rows->value()));
    if (!row || !*row) {
      warn(row ? corrupt_row(which, view(rows->key()), row->error())
               : corrupt_key(which, view(rows->key())));
      continue;
    }
    if (result.items.size() == std::max(limit, size_t{1})) {
      result.next = to_hex(last);
      return result;
    }
    result.items.push_back(std::move(**row));
    last = rows->key().ToString();
  }
  if (auto err = check_end(*rows))
    return err;
  return result;
}

caf::expected<page<attempt_record>>
rocksdb_store::attempts(const subscription_id& sub, const std::string& after,
                        size_t limit) {
  return list<attempt_record>(family::attempts, sub, after, limit,
                              parse_attempt);
}

caf::expected<page<dead_letter>>
rocksdb_store::dead_letters(const subscription_id& sub,
                            const std::string& after, size_t limit) {
  return list<dead_letter>(family::dead, sub, after, limit, parse_dead);
}

// Of the letters of this log, the one that begins last before the event.
caf::expected<std::optional<dead_letter>>
rocksdb_store::dead_letter_of(const job_key& key) {
  if (auto err = check_log(shape_, key.log))
    return err;
  auto prefix = keys::subscription(key.sub);
  auto rows = rows_within(family::dead, nullptr);
  for (rows->Seek(keys::dead({key.sub, 0, key.seq}));
       rows->Valid() && view(rows->key()).starts_with(prefix); rows->Next()) {
    auto row = parse_dead(view(rows->key()), view(rows->value()));
    if (!row)
      return corrupt_key(family::dead, view(rows->key()));
    if (!*row)
      return corrupt_row(family::dead, view(rows->key()), row->error());
    if ((*row)->key.log != key.log)
      continue;
    if ((*row)->up_to < key.seq)
      break;
    return std::optional{**row};
  }
  if (auto err = check_end(*rows))
    return err;
  return std::optional<dead_letter>{};
}

// A letter that was written again stands in the history twice, and goes with
// the later of the two times.
caf::expected<bool>
rocksdb_store::is_outdated(const keys::history_index& name) {
  if (name.kind != keys::history_kind::dead)
    return false;
  rocksdb::PinnableSlice record;
  auto status = db_->Get({}, at(family::dead), slice(name.row), &record);
  if (status.IsNotFound())
    return true;
  if (!status.ok())
    return read_error(status);
  auto letter = codec::decode_dead(view(record));
  return letter && letter->at != name.at;
}

caf::expected<attempt_count>
rocksdb_store::count_attempts(const std::string& after, unix_ms until,
                              size_t max) {
  attempt_count result{0, after};
  auto prefix = keys::history(keys::history_kind::attempt);
  auto end = keys::history(until, keys::history_kind::attempt, "");
  rocksdb::Slice bound{end};
  auto rows = rows_within(family::history, &bound);
  for (rows->Seek(after.empty() ? prefix : after + '\0');
       rows->Valid() && result.count < max; rows->Next(), ++result.count)
    result.last.assign(rows->key().data(), rows->key().size());
  if (auto err = check_end(*rows))
    return err;
  return result;
}

// The oldest rows of one kind: those before a time, and `excess` in any case.
caf::expected<size_t> rocksdb_store::drop_oldest(keys::history_kind kind,
                                                 unix_ms before, size_t excess,
                                                 size_t max) {
  size_t gone = 0;
  std::string last;
  rocksdb::WriteBatch batch;
  auto prefix = keys::history(kind);
  auto end = keys::after_prefix(prefix);
  rocksdb::Slice bound{end};
  auto rows = rows_within(family::history, &bound);
  for (rows->Seek(prefix); rows->Valid() && gone < max; rows->Next(), ++gone) {
    auto name = keys::parse_history(view(rows->key()));
    if (name && name->at >= before && gone >= excess)
      break;
    if (name) {
      auto outdated = is_outdated(*name);
      if (!outdated)
        return outdated.error();
      if (!*outdated)
        batch.Delete(at(family_of(name->kind)), slice(name->row));
    }
    last = rows->key().ToString();
  }
  if (auto err = check_end(*rows))
    return err;
  if (gone == 0)
    return gone;
  batch.DeleteRange(at(family::history), prefix, last + '\0');
  if (auto err = write(batch, false))
    return err;
  return gone;
}

caf::expected<dropped_history>
rocksdb_store::drop_history(unix_ms before, size_t excess, size_t max) {
  auto attempts = drop_oldest(keys::history_kind::attempt, before, excess, max);
  if (!attempts)
    return attempts.error();
  auto letters
    = drop_oldest(keys::history_kind::dead, before, 0, max - *attempts);
  if (!letters)
    return letters.error();
  return dropped_history{*attempts, *letters};
}

} // namespace herald
