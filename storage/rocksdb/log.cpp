#include "config/text_hash.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/rocksdb/internal.hpp"

#include <rocksdb/convenience.h>

#include <algorithm>
#include <utility>

namespace herald {

namespace {

// Rows of an event beside its texts and body, roughly; to size a batch.
constexpr size_t row_bytes = 256;

size_t batch_bytes(std::span<const event> what) {
  size_t result = 0;
  for (const auto& one : what)
    result += row_bytes + one.topic.size() + one.body.size();
  return result;
}

std::shared_ptr<event> damaged_event(log_id log, sequence seq) {
  auto result = std::make_shared<event>();
  result->log = log;
  result->seq = seq;
  result->damaged = true;
  return result;
}

bool follow_each_other(std::span<const sequence> seqs) {
  auto next = seqs.empty() ? sequence{0} : seqs.front();
  return std::all_of(seqs.begin(), seqs.end(),
                     [&](sequence seq) { return seq == next++; });
}

} // namespace

// -- append -------------------------------------------------------------------

// What the log holds already, per event of `what`.
caf::expected<std::vector<std::optional<append_result>>>
rocksdb_store::find_duplicates(log_id log, std::span<const event> what) {
  std::vector<std::optional<append_result>> result(what.size());
  std::vector<size_t> asked;
  std::vector<std::string> names;
  for (size_t i = 0; i < what.size(); ++i)
    if (!what[i].fresh_id) {
      asked.push_back(i);
      names.push_back(keys::event_id(log, what[i].id));
    }
  if (asked.empty())
    return result;
  auto rows = many(family::ids, names);
  if (!rows)
    return rows.error();
  for (size_t i = 0; i < asked.size(); ++i) {
    if (!(*rows)[i])
      continue;
    auto place = codec::decode_place(view(*(*rows)[i]));
    if (!place)
      return corrupt_row(family::ids, names[i], place.error());
    if (place->seq <= logs_[log].trimmed)
      continue;
    auto first = first_of(log, *place, what[asked[i]]);
    if (!first)
      return first.error();
    result[asked[i]] = std::move(*first);
  }
  return result;
}

caf::expected<append_result>
rocksdb_store::first_of(log_id log, const codec::event_place& place,
                        const event& again) {
  rocksdb::PinnableSlice record;
  auto status
    = db_->Get({}, at(family::events), keys::event(log, place.seq), &record);
  if (!status.ok())
    return read_error(status);
  auto meta = meta_of(log, place.seq, view(record));
  if (!meta)
    return meta.error();
  auto other = is_other_body(meta->body_size, place.digest, again);
  return append_result{place.seq, true, other, std::move(meta->topic)};
}

void rocksdb_store::put_event(rocksdb::WriteBatch& batch, log_id log,
                              sequence seq, const event& what) {
  auto key = keys::event(log, seq);
  batch.Put(at(family::events), key, codec::encode(what, what.body.size()));
  batch.Put(at(family::ids), keys::event_id(log, what.id),
            codec::encode(codec::event_place{seq, what.digest}));
  auto name = slice(key);
  std::array<rocksdb::Slice, 2> body{slice(codec::body_prefix()),
                                     slice(what.body)};
  batch.Put(at(family::bodies), {&name, 1}, {body.data(), body.size()});
}

// Sequences are used up by a failed write too: it may have reached the disk.
caf::expected<std::vector<append_result>>
rocksdb_store::append(log_id log, std::span<const event> what) {
  if (auto err = check_log(shape_, log))
    return err;
  if (auto err = refuse_when_full())
    return err;
  auto& state = logs_[log];
  std::lock_guard guard{state.writing};
  auto known = find_duplicates(log, what);
  if (!known)
    return known.error();
  std::vector<append_result> result;
  result.reserve(what.size());
  std::unordered_map<std::string_view, size_t, text_hash> seen;
  rocksdb::WriteBatch batch{batch_bytes(what)};
  for (size_t i = 0; i < what.size(); ++i) {
    auto [first, added] = seen.try_emplace(what[i].id, i);
    if ((*known)[i]) {
      result.push_back(std::move(*(*known)[i]));
    } else if (!added) {
      auto& known_first = what[first->second];
      auto topic = result[first->second].duplicate ? result[first->second].topic
                                                   : known_first.topic;
      auto other
        = is_other_body(known_first.body.size(), known_first.digest, what[i]);
      result.push_back(
        {result[first->second].seq, true, other, std::move(topic)});
    } else {
      result.push_back({state.next++, false, false, {}});
      put_event(batch, log, result.back().seq, what[i]);
    }
  }
  // Duplicates only: what they repeat was durable before anyone could see it.
  if (batch.Count() == 0)
    return result;
  if (auto err = write(batch, true))
    return err;
  state.head = state.next - 1;
  return result;
}

// -- reading ------------------------------------------------------------------

caf::expected<event_meta>
rocksdb_store::meta_of(log_id log, sequence seq,
                       std::string_view record) const {
  auto result = codec::decode_event(record);
  if (!result)
    return corrupt_row(family::events, keys::event(log, seq), result.error());
  result->log = log;
  result->seq = seq;
  return result;
}

// A record of a later version is no damage: it is not skipped, and an error
// only in first place, so that a reader gets as far as it can.
caf::expected<std::vector<event_meta>>
rocksdb_store::read(log_id log, sequence after, size_t max) {
  if (auto err = check_log(shape_, log))
    return err;
  std::vector<event_meta> result;
  after = std::max<sequence>(after, logs_[log].trimmed);
  auto head = logs_[log].head.load();
  if (after >= head)
    return result;
  auto end = keys::event(log, head) + '\0';
  rocksdb::Slice bound{end};
  auto rows = rows_within(family::events, &bound);
  for (rows->Seek(keys::event(log, after + 1));
       rows->Valid() && result.size() < max; rows->Next()) {
    auto name = keys::parse_event(view(rows->key()));
    auto meta = name ? meta_of(log, name->seq, view(rows->value()))
                     : corrupt_key(family::events, view(rows->key()));
    if (meta)
      result.push_back(std::move(*meta));
    else if (code_of(meta.error()) == errc::corrupt)
      warn(meta.error());
    else if (result.empty())
      return meta.error();
    else
      return result;
  }
  if (auto err = check_end(*rows))
    return err;
  return result;
}

caf::expected<std::vector<std::shared_ptr<event>>>
rocksdb_store::bodies(log_id log, std::span<const sequence> seqs,
                      size_t max_bytes) {
  if (auto err = check_log(shape_, log))
    return err;
  std::vector<std::string> names;
  for (auto seq : seqs)
    names.push_back(keys::event(log, seq));
  auto adjacent = follow_each_other(seqs);
  std::vector<std::shared_ptr<event>> events;
  size_t bytes = 0;
  caf::error why;
  auto take = [&](size_t i, const found_row& record) {
    if (why || bytes > max_bytes)
      return;
    auto one = event_of(log, seqs[i], record);
    if (!one) {
      why = std::move(one.error());
      return;
    }
    bytes += *one ? (*one)->body_size : 0;
    events.push_back(std::move(*one));
  };
  if (auto err = each_of(family::events, names, adjacent, take))
    return err;
  if (why)
    return why;
  names.resize(events.size());
  if (auto err = load_bodies(names, adjacent, events))
    return err;
  return events;
}

// The event without its body; null where there is none.
caf::expected<std::shared_ptr<event>>
rocksdb_store::event_of(log_id log, sequence seq,
                        const found_row& record) const {
  if (record.damaged)
    return damaged_event(log, seq);
  if (!record.value)
    return std::shared_ptr<event>{};
  auto meta = meta_of(log, seq, *record.value);
  if (!meta && code_of(meta.error()) != errc::corrupt)
    return std::move(meta.error());
  if (!meta) {
    warn(meta.error());
    return damaged_event(log, seq);
  }
  auto result = std::make_shared<event>();
  static_cast<event_meta&>(*result) = std::move(*meta);
  return result;
}

// Fills in the bodies.
caf::error
rocksdb_store::load_bodies(const std::vector<std::string>& names, bool adjacent,
                           std::vector<std::shared_ptr<event>>& events) {
  return each_of(family::bodies, names, adjacent,
                 [&](size_t i, const found_row& row) {
                   if (events[i] && !events[i]->damaged)
                     take_body(names[i], row, events[i]);
                 });
}

// An event that is trimmed between the two look-ups is gone; one that should
// have a body and has none is damaged.
void rocksdb_store::take_body(const std::string& name, const found_row& row,
                              std::shared_ptr<event>& into) const {
  if (!row.damaged && !row.value && into->seq <= logs_[into->log].trimmed) {
    into = nullptr;
    return;
  }
  auto body = codec::decode_body(row.value.value_or(std::string_view{}));
  if (!row.damaged && body && body->size() == into->body_size) {
    into->body = *body;
    return;
  }
  if (!row.damaged) // Else it was told already.
    warn(corrupt_row(family::bodies, name,
                     body ? fail(errc::corrupt, "the body is cut")
                          : body.error()));
  into = damaged_event(into->log, into->seq);
}

caf::expected<std::optional<sequence>>
rocksdb_store::lookup(log_id log, const std::string& event_id) {
  if (auto err = check_log(shape_, log))
    return err;
  auto key = keys::event_id(log, event_id);
  rocksdb::PinnableSlice record;
  auto status = db_->Get({}, at(family::ids), key, &record);
  if (status.IsNotFound())
    return std::optional<sequence>{};
  if (!status.ok())
    return read_error(status);
  auto place = codec::decode_place(view(record));
  if (!place)
    return corrupt_row(family::ids, key, place.error());
  return place->seq <= logs_[log].trimmed ? std::optional<sequence>{}
                                          : std::optional{place->seq};
}

// The first event at `seq` or behind that can be read.
caf::expected<std::optional<event_meta>> rocksdb_store::first_at(log_id log,
                                                                 sequence seq) {
  auto found = read(log, seq - 1, 1);
  if (!found)
    return found.error();
  if (found->empty())
    return std::optional<event_meta>{};
  return std::optional{std::move(found->front())};
}

caf::expected<sequence> rocksdb_store::seek(log_id log, unix_ms since) {
  if (auto err = check_log(shape_, log))
    return err;
  // Everything <= low is too old, everything > high is not.
  sequence low = logs_[log].trimmed;
  sequence high = logs_[log].head;
  while (low < high) {
    auto middle = low + (high - low) / 2;
    auto found = first_at(log, middle + 1);
    if (!found)
      return found.error();
    if (*found && (*found)->accepted_at < since)
      low = (*found)->seq;
    else
      high = middle;
  }
  return low;
}

caf::expected<std::vector<log_bounds>> rocksdb_store::heads() {
  std::vector<log_bounds> result;
  for (const auto& state : logs_)
    result.push_back({state.trimmed, state.head});
  return result;
}

// -- trim ---------------------------------------------------------------------

// Counts what it takes away; `up_to` becomes the last of them. An event whose
// record is damaged leaves its id behind, which costs a few bytes.
caf::expected<size_t> rocksdb_store::drop_ids(log_id log, sequence& up_to,
                                              size_t max,
                                              rocksdb::WriteBatch& batch) {
  size_t gone = 0;
  auto end = keys::event(log, up_to) + '\0';
  rocksdb::Slice bound{end};
  auto rows = rows_within(family::events, &bound);
  for (rows->Seek(keys::event(log, logs_[log].trimmed + 1));
       rows->Valid() && gone < max; rows->Next(), ++gone) {
    auto name = keys::parse_event(view(rows->key()));
    if (!name)
      return corrupt_key(family::events, view(rows->key()));
    up_to = name->seq;
    auto meta = meta_of(log, name->seq, view(rows->value()));
    if (meta)
      batch.Delete(at(family::ids), keys::event_id(log, meta->id));
    else
      warn(meta.error());
  }
  if (auto err = check_end(*rows))
    return err;
  return gone;
}

caf::expected<size_t> rocksdb_store::trim(log_id log, sequence up_to,
                                          size_t max) {
  if (auto err = check_log(shape_, log))
    return err;
  auto& state = logs_[log];
  std::lock_guard guard{state.writing};
  up_to = std::min<sequence>(up_to, state.head);
  rocksdb::WriteBatch batch;
  auto gone = drop_ids(log, up_to, max, batch);
  if (!gone || *gone == 0)
    return gone;
  auto first = keys::event(log, state.trimmed + 1);
  auto last = keys::event(log, up_to + 1);
  batch.DeleteRange(at(family::events), first, last);
  batch.DeleteRange(at(family::bodies), first, last);
  batch.Put(at(family::meta), trimmed_key(log), codec::encode_number(up_to));
  if (auto err = write(batch, false))
    return err;
  state.trimmed = up_to;
  if (*gone < max)
    free_files(log, up_to);
  return gone;
}

// Whole files of trimmed events go at once; compaction would get to them late,
// because nothing is written to their part of the key space again. The newest
// level is left out of that, and matters only where space is short.
void rocksdb_store::free_files(log_id log, sequence up_to) {
  auto begin = keys::event(log, 0);
  auto end = keys::event(log, up_to);
  auto first = slice(begin);
  auto last = slice(end);
  auto is_short = free_bytes() < options_.reserve;
  for (auto which : {family::events, family::bodies}) {
    rocksdb::DeleteFilesInRange(db_.get(), at(which), &first, &last)
      .PermitUncheckedError();
    if (is_short)
      db_->CompactRange({}, at(which), &first, &last).PermitUncheckedError();
  }
}

} // namespace herald
