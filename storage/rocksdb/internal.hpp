#pragma once

#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/rocksdb/rocksdb_store.hpp"
#include "storage/store_errors.hpp"

#include <rocksdb/db.h>

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace herald {

/// The column families; `meta` is the one that RocksDB calls default.
enum class family : size_t {
  meta,
  events,
  bodies,
  ids,
  subscriptions,
  topics,
  revisions,
  cursors,
  jobs,
  due,
  lag,
  attempts,
  dead,
  history,
  pings,
  contents,
  conditions,
};

inline constexpr std::array<const char*, 17> family_names{
  "default",   "events",  "bodies", "ids",      "subscriptions", "topics",
  "revisions", "cursors", "jobs",   "due",      "lag",           "attempts",
  "dead",      "history", "pings",  "contents", "conditions",
};

inline constexpr const char* name_of(family which) {
  return family_names[static_cast<size_t>(which)];
}

/// Options of the database and of one family (options.cpp).
rocksdb::DBOptions database_options(const store_options& options);
std::vector<rocksdb::ColumnFamilyDescriptor>
family_options(const store_options& options,
               const std::shared_ptr<rocksdb::Cache>& cache);

/// Rows of the family `meta`.
std::string format_key();
std::string trimmed_key(log_id log);
std::string epoch_key(partition_id partition);

/// RocksDB's status as an error of ours; `action` says what failed, e.g.
/// "reading". Must not be ok.
caf::error to_error(const rocksdb::Status& status, const std::string& path,
                    std::string_view action);

/// Why a row cannot be read whose key does not fit the format.
caf::error bad_key();

/// Why the folder could not be opened, and what to do about it.
caf::error open_error(const rocksdb::Status& status, const std::string& path);

inline rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

inline std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

/// The implementation behind `open_rocksdb_store`; only this folder sees it.
/// One writer at a time per log, one for all subscriptions, and one per
/// partition's commits. Readers take no lock.
class rocksdb_store final : public store {
public:
  explicit rocksdb_store(store_options options);
  ~rocksdb_store() override;

  rocksdb_store(const rocksdb_store&) = delete;
  rocksdb_store& operator=(const rocksdb_store&) = delete;

  /// Once, before any other call.
  caf::error open();

  store_shape shape() const override { return shape_; }

  caf::expected<std::vector<append_result>>
  append(log_id log, std::span<const event> what) override;
  caf::expected<std::vector<event_meta>> read(log_id log, sequence after,
                                              size_t max) override;
  caf::expected<std::vector<std::shared_ptr<event>>>
  bodies(log_id log, std::span<const sequence> seqs, size_t max_bytes) override;
  caf::expected<std::optional<sequence>>
  lookup(log_id log, const std::string& event_id) override;
  caf::expected<sequence> seek(log_id log, unix_ms since) override;
  caf::expected<std::vector<log_bounds>> heads() override;
  caf::expected<size_t> trim(log_id log, sequence up_to, size_t max) override;

  caf::error note_pings(log_id log, std::span<const ping> what) override;
  caf::expected<std::vector<ping>> pings(log_id log, const std::string& after,
                                         size_t max) override;
  caf::expected<std::optional<topic_content>>
  content(log_id log, const std::string& topic) override;
  caf::error settle_fetch(log_id log, const fetch_settlement& what) override;

  caf::expected<std::vector<caf::expected<uint64_t>>>
  change(std::span<const subscription_change> what) override;
  caf::expected<std::optional<subscription>>
  get(const subscription_id& id) override;
  caf::expected<std::vector<subscription>>
  snapshot(partition_id partition, const std::optional<subscription_id>& after,
           size_t max) override;

  caf::expected<std::vector<changed_subscription>>
  changes(partition_id partition, uint64_t after_revision, size_t max) override;
  caf::expected<subscription_page> find(const subscription_filter& filter,
                                        const std::string& after,
                                        size_t limit) override;

  caf::expected<std::vector<ownership>>
  acquire(const std::string& node, size_t max, std::chrono::milliseconds ttl,
          std::span<const ownership> holding) override;
  caf::expected<std::vector<ownership>>
  renew(std::span<const ownership> what,
        std::chrono::milliseconds ttl) override;
  caf::error release(std::span<const ownership> what) override;

  caf::expected<std::vector<cursor>> cursors(const ownership& own) override;
  caf::expected<std::vector<job>> due(const ownership& own, unix_ms up_to,
                                      const std::optional<due_position>& after,
                                      size_t max) override;
  caf::expected<std::vector<job>> jobs_of(const ownership& own,
                                          const subscription_id& sub,
                                          const std::optional<job_key>& after,
                                          size_t max) override;
  caf::expected<std::vector<lag>> lagging(const ownership& own) override;
  caf::expected<std::vector<condition>> failing(const ownership& own) override;
  caf::error commit(const ownership& own, const commit_batch& what) override;
  caf::error forget(const ownership& own, const subscription_id& sub) override;
  caf::error flush() override;

  caf::expected<page<attempt_record>> attempts(const subscription_id& sub,
                                               const std::string& after,
                                               size_t limit) override;
  caf::expected<page<dead_letter>> dead_letters(const subscription_id& sub,
                                                const std::string& after,
                                                size_t limit) override;
  caf::expected<std::optional<dead_letter>>
  dead_letter_of(const job_key& key) override;
  caf::expected<attempt_count>
  count_attempts(const std::string& after, unix_ms until, size_t max) override;
  caf::expected<dropped_history> drop_history(unix_ms before, size_t excess,
                                              size_t max) override;

  bool rest() override;

private:
  struct log_state {
    std::mutex writing;
    sequence next = 1; ///< Guarded by `writing`. Never used twice.
    std::atomic<sequence> head = 0;
    std::atomic<sequence> trimmed = 0;
  };

  struct partition_state {
    uint64_t revision = 0; ///< Guarded by `changing_`.
    std::mutex writing;    ///< Guards the rest; held by commits and acquires.
    std::atomic<epoch> at = 0;
    std::vector<sequence> cursors;
  };

  using iterator = std::unique_ptr<rocksdb::Iterator>;

  /// What the batch of a `change` does to a subscription's row.
  struct row_state {
    bool exists = false;
    uint64_t revision = 0; ///< 0 where there is no row that can be read.
    std::string topic_key;
    caf::error why; ///< If it cannot be read.
  };
  using row_states = std::unordered_map<subscription_id, row_state>;

  static constexpr size_t max_recent = 8192;

  // rocksdb_store.cpp
  caf::error open_database();
  void flush_at_rest();
  caf::error load_shape();
  caf::error make_new();
  caf::expected<bool> is_empty(family which);
  rocksdb::ColumnFamilyHandle* at(family which) const {
    return handles_[static_cast<size_t>(which)];
  }

  // recovery.cpp: what is kept in memory, at open.
  caf::error recover();
  caf::error recover_log(log_id log);
  caf::error recover_partition(partition_id partition);
  caf::error recover_cursors(partition_id partition);
  caf::error drop_tombstones();
  caf::expected<std::string> last_key(family which, const std::string& prefix);

  // access.cpp: reading and writing rows.
  caf::error write(rocksdb::WriteBatch& batch, bool sync);
  caf::error resume();
  caf::error refuse_when_full() const;
  uint64_t free_bytes() const;
  void warn(const caf::error& err) const;
  caf::error read_error(const rocksdb::Status& status) const;
  caf::error corrupt_row(family which, std::string_view key,
                         const caf::error& why) const;
  caf::error corrupt_key(family which, std::string_view key) const;
  caf::error check_end(const rocksdb::Iterator& rows) const;
  iterator rows_within(family which, const rocksdb::Slice* end,
                       bool keep_blocks = true) const;
  caf::expected<uint64_t> number_or(family which, const std::string& key,
                                    uint64_t missing) const;
  /// Nothing where there is no row. What the device gives back damaged is an
  /// error, or, if `damaged` is given, its index there, and nothing.
  caf::expected<std::vector<std::optional<rocksdb::PinnableSlice>>>
  many(family which, const std::vector<std::string>& keys,
       std::set<size_t>* damaged = nullptr) const;
  /// What was found: nothing where there is no row, or where the device gave it
  /// back damaged.
  struct found_row {
    std::optional<std::string_view> value; ///< Valid during the call.
    bool damaged = false;
  };
  using row_visitor = std::function<void(size_t index, const found_row&)>;

  /// Calls `visit` for each of `keys`, in order. If they are `adjacent`, so
  /// that few other rows can be between them, they are read in one sweep.
  caf::error each_of(family which, const std::vector<std::string>& keys,
                     bool adjacent, const row_visitor& visit) const;
  size_t sweep(family which, const std::vector<std::string>& keys,
               const row_visitor& visit) const;
  caf::error check_owner(const ownership& own) const;

  // log.cpp
  caf::expected<std::vector<std::optional<append_result>>>
  find_duplicates(log_id log, std::span<const event> what);
  caf::expected<std::optional<event_meta>> first_at(log_id log, sequence seq);
  caf::expected<append_result>
  first_of(log_id log, const codec::event_place& place, const event& again);
  caf::expected<event_meta> meta_of(log_id log, sequence seq,
                                    std::string_view record) const;
  void put_event(rocksdb::WriteBatch& batch, log_id log, sequence seq,
                 const event& what);
  caf::expected<std::shared_ptr<event>> event_of(log_id log, sequence seq,
                                                 const found_row& record) const;
  caf::error load_bodies(const std::vector<std::string>& names, bool adjacent,
                         std::vector<std::shared_ptr<event>>& events);
  void take_body(const std::string& name, const found_row& row,
                 std::shared_ptr<event>& into) const;
  caf::expected<size_t> drop_ids(log_id log, sequence& up_to, size_t max,
                                 rocksdb::WriteBatch& batch);
  void free_files(log_id log, sequence up_to);

  // subscriptions.cpp
  std::string place_of(const subscription_id& id) const;
  caf::expected<subscription> decode(const subscription_id& id,
                                     std::string_view record) const;
  row_states load_rows(std::span<const subscription_change> what) const;
  void remember(row_states rows, bool written);
  row_state to_row(const subscription_id& id, const rocksdb::Status& outcome,
                   std::string_view record) const;
  caf::expected<uint64_t> change_one(const subscription_change& what,
                                     row_states& rows,
                                     rocksdb::WriteBatch& batch);
  void put_rows(partition_id partition, uint64_t revision,
                const subscription_change& what, const row_state& old,
                rocksdb::WriteBatch& batch);
  caf::expected<std::optional<changed_subscription>>
  changed(std::string_view key, std::string_view record);
  caf::expected<std::optional<subscription>> found(std::string_view key,
                                                   std::string_view record,
                                                   const std::string& callback);

  // partitions.cpp
  /// The rows whose keys begin with `prefix`, in order from the key `from` on,
  /// at most `max`. `parse(key, value)` makes one of them: a row, nothing if no
  /// more are wanted, or why it cannot be read, which ends the scan.
  template <class Row, class Parse>
  caf::expected<std::vector<Row>> scan(family which, const std::string& prefix,
                                       const std::string& from, size_t max,
                                       Parse parse) const;
  caf::error put_jobs(partition_id partition, const commit_batch& what,
                      rocksdb::WriteBatch& batch);
  void put_rest(partition_id partition, const commit_batch& what,
                rocksdb::WriteBatch& batch);
  caf::error drop_jobs(partition_id partition, const subscription_id& sub,
                       rocksdb::WriteBatch& batch);
  caf::error raise_epoch(partition_id partition);
  bool owns(const ownership& own) const;

  // history.cpp
  caf::expected<size_t> drop_oldest(keys::history_kind kind, unix_ms before,
                                    size_t excess, size_t max);
  caf::expected<bool> is_outdated(const keys::history_index& name);
  void put_history(family which, unix_ms when, const std::string& key,
                   const std::string& record, rocksdb::WriteBatch& batch);
  template <class Row, class Parse>
  caf::expected<page<Row>> list(family which, const subscription_id& sub,
                                const std::string& after, size_t limit,
                                Parse parse);

  store_options options_;
  store_shape shape_;
  std::shared_ptr<rocksdb::Cache> cache_; ///< Of blocks.
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::vector<log_state> logs_;
  std::vector<partition_state> partitions_;
  /// RocksDB refuses writes until `Resume`.
  std::atomic<bool> stalled_ = false;
  std::mutex resuming_;
  std::mutex changing_; ///< Held by `change`; guards the following and all
                        ///< `revision`s.
  row_states recent_;   ///< Rows as they were written lately.
  std::deque<subscription_id> recent_order_; ///< The oldest first.
  std::atomic<uint64_t> writes_seen_ = 0;    ///< At the last `rest`.
};

} // namespace herald
