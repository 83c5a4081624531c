#pragma once

#include "config/errc.hpp"
#include "storage/model.hpp"

#include <caf/expected.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace herald {

/// Fixed when the store is created; part of its format.
struct store_shape {
  unsigned logs = 1;
  unsigned partitions = 16;
};

struct append_result {
  sequence seq = 0;
  bool duplicate = false;
  /// When `duplicate`: its body is not that of the first event, as far as the
  /// store can tell by size and digest.
  bool mismatched = false;
  /// When `duplicate`: the topic as the first event has it.
  std::string topic;
};

/// Whether `again`, which has the id of an event with that size and digest (or
/// none), has another body. For stores.
bool is_other_body(size_t size, std::string_view digest, const event& again);

/// What is kept of a log: sequences in (trimmed, head].
struct log_bounds {
  sequence trimmed = 0; ///< Everything up to here is gone.
  sequence head = 0;    ///< The newest; nothing <= head appears later.
};

struct attempt_count {
  size_t count = 0;
  std::string last; ///< Where the count ended; opaque.
};

struct dropped_history {
  size_t attempts = 0;
  size_t letters = 0;

  size_t rows() const { return attempts + letters; }
};

/// The right of this process to run a partition.
struct ownership {
  partition_id partition = 0;
  epoch at = 0;
};

/// One change of one subscription; atomic by itself.
struct subscription_change {
  subscription what; ///< To drop, only `what.id` is read.
  bool drop = false;
  /// The revision the row must have now (0: no row). Nothing: any.
  std::optional<uint64_t> expected_revision;
};

/// A row of `changes`: a subscription as it is, or a deletion.
struct changed_subscription {
  uint64_t revision = 0;
  subscription_id id;
  std::optional<subscription> now; ///< Nothing: it was dropped.
};

/// Which subscriptions `find` returns. Empty members do not restrict.
struct subscription_filter {
  std::string topic_key_prefix; ///< Byte prefix of `topic_key`.
  bool exact_topic = false;     ///< The prefix must be the whole key.
  std::string callback;         ///< Whole callback, byte for byte.
};

struct subscription_page {
  std::vector<subscription> items;
  std::string next; ///< Opaque; pass as `after`. Empty: no more.
};

struct cursor {
  log_id log = 0;
  sequence at = 0; ///< Every match <= at is done, dead, a job or lag.
};

/// How a fetch of a topic ended: all or nothing.
struct fetch_settlement {
  std::string topic;
  std::optional<topic_content> content; ///< Replaces what is known, if given.
  bool forget = false;                  ///< What is known goes.
  std::optional<ping> owed;             ///< Nothing: no fetch is owed any more.
};

/// Everything one partition has to say at once: all or nothing.
/// Upserts and deletes only; a repeated batch changes nothing more. `put` is
/// applied before `drop`, `lagging` before `unlag`, `failing` before
/// `recovered`, `undead` before `dead`: callers keep a key out of both.
struct commit_batch {
  std::vector<cursor> advance; ///< Never goes back: a lower value is ignored.
  std::vector<job> put;      ///< Replaces the job of that key, old due and all.
  std::vector<job_key> drop; ///< Unknown keys are ignored.
  std::vector<lag> lagging;
  std::vector<std::pair<subscription_id, log_id>> unlag;
  std::vector<attempt_record> attempts;
  std::vector<dead_letter> dead; ///< Replaces the letter of that key.
  std::vector<job_key> undead;   ///< Letters that go; unknown ones are ignored.
  std::vector<condition> failing;         ///< Replaces what was known.
  std::vector<subscription_id> recovered; ///< Their conditions go.

  bool empty() const;
};

/// Where `due` goes on: strictly after (due, key).
struct due_position {
  unix_ms due = 0;
  job_key key;

  auto operator<=>(const due_position&) const = default;
};

template <class T>
struct page {
  std::vector<T> items;
  std::string next; ///< Opaque; pass as `after`. Empty: no more.
};

/// The durable state of a node: logs, subscriptions, and per partition the
/// cursor, jobs, lag, dead letters and attempts.
///
/// Blocking calls, made only from store threads; every call is thread-safe.
/// Errors: `unavailable` = outcome unknown, the call is safe to repeat;
/// `full` = no space, nothing was written, reads go on; `corrupt` = a record
/// cannot be read, the text names file, column family and key; `incompatible` =
/// a record of a later version; `invalid` = a log, partition or argument that
/// does not exist; `conflict` = another revision; `fenced` = a newer owner,
/// nothing was written. Reads see acknowledged writes.
///
/// One contract suite (tests/storage/store_contract.hpp) runs over every
/// implementation.
class store {
public:
  virtual ~store() = default;

  virtual store_shape shape() const = 0;

  // -- logs -------------------------------------------------------------------

  /// Appends all events of `what` or none; durable (fsynced) on return. Fills
  /// no field of `what`; the result has the sequence of each, strictly rising
  /// among new ones. An event whose id the log holds already is not written
  /// again: the result says `duplicate` and the first's sequence. So is a
  /// repeated id within one span. `fresh_id` events skip that look-up.
  virtual caf::expected<std::vector<append_result>>
  append(log_id log, std::span<const event> what) = 0;

  /// Metadata of up to `max` events after `after`, ascending. Having seen n,
  /// nothing <= n appears later. A damaged record is skipped and logged, so
  /// that it stops nobody: whom it was for is not known any more. One of a
  /// later version is an error, but only in first place.
  virtual caf::expected<std::vector<event_meta>>
  read(log_id log, sequence after, size_t max) = 0;

  /// Whole events, in the order of `seqs`; nullptr where trimmed or unknown,
  /// `event::damaged` where the record cannot be read (which is logged).
  /// Stops after the event that makes the bodies exceed `max_bytes`: the
  /// result may be shorter than `seqs`, but holds at least one. Events that
  /// follow each other in the log are faster. Nobody else holds them.
  virtual caf::expected<std::vector<std::shared_ptr<event>>>
  bodies(log_id log, std::span<const sequence> seqs, size_t max_bytes) = 0;

  /// The sequence of an event by its id; nothing if unknown or trimmed.
  virtual caf::expected<std::optional<sequence>>
  lookup(log_id log, const std::string& event_id) = 0;

  /// Where the events begin that were accepted at `since` or later: behind the
  /// answer. The head if there are none. Relies on events standing in the order
  /// of their acceptance.
  virtual caf::expected<sequence> seek(log_id log, unix_ms since) = 0;

  /// Bounds of every log, indexed by log.
  virtual caf::expected<std::vector<log_bounds>> heads() = 0;

  /// Deletes up to `max` of the oldest events with seq <= up_to. Returns how
  /// many are gone; fewer than `max` means done.
  virtual caf::expected<size_t> trim(log_id log, sequence up_to, size_t max)
    = 0;

  // -- topics that are fetched ------------------------------------------------

  /// Notes pings of topics of `log`, all or none; durable (fsynced) on return.
  /// Replaces the ping of the same topic.
  virtual caf::error note_pings(log_id log, std::span<const ping> what) = 0;

  /// Up to `max` pings after the topic `after`, by topic.
  virtual caf::expected<std::vector<ping>>
  pings(log_id log, const std::string& after, size_t max) = 0;

  /// What is known of a topic's content; nothing if it was never fetched.
  virtual caf::expected<std::optional<topic_content>>
  content(log_id log, const std::string& topic) = 0;

  /// Settles a fetch. Survives a crash of the process at once, and a power cut
  /// after the next fsync.
  virtual caf::error settle_fetch(log_id log, const fetch_settlement& what) = 0;

  // -- subscriptions ----------------------------------------------------------

  /// Applies changes, of any partitions, each atomic by itself, with one fsync
  /// for all. The result has, per change, the new revision of its partition or
  /// `conflict`. Dropping an unknown id is a success that changes nothing and
  /// answers the current revision.
  virtual caf::expected<std::vector<caf::expected<uint64_t>>>
  change(std::span<const subscription_change> what) = 0;

  virtual caf::expected<std::optional<subscription>>
  get(const subscription_id& id) = 0;

  /// Up to `max` subscriptions of a partition by id, after `after`; fewer mean
  /// that there are no more. A record that cannot be read is skipped and
  /// logged.
  virtual caf::expected<std::vector<subscription>>
  snapshot(partition_id partition, const std::optional<subscription_id>& after,
           size_t max)
    = 0;

  /// Up to `max` latest states after `after_revision`, by revision. Deletes are
  /// shown (at least those since the store was opened). Only tests call this so
  /// far: it is for several processes on one store, so that each can follow
  /// what the others change.
  virtual caf::expected<std::vector<changed_subscription>>
  changes(partition_id partition, uint64_t after_revision, size_t max) = 0;

  /// Subscriptions by topic key, then id. A record that cannot be read is
  /// skipped and logged, so that it hides nothing but itself.
  virtual caf::expected<subscription_page>
  find(const subscription_filter& filter, const std::string& after,
       size_t limit)
    = 0;

  // -- ownership --------------------------------------------------------------

  /// Takes up to `max` partitions that nobody else owns, `holding` included;
  /// the epoch rises at each acquire. The store's clock decides about `ttl`.
  virtual caf::expected<std::vector<ownership>>
  acquire(const std::string& node, size_t max, std::chrono::milliseconds ttl,
          std::span<const ownership> holding)
    = 0;

  /// Prolongs; returns those that are still ours. Only tests call this so far:
  /// it is for several processes on one store, where an owner must show before
  /// its `ttl` ends that it is alive.
  virtual caf::expected<std::vector<ownership>>
  renew(std::span<const ownership> what, std::chrono::milliseconds ttl) = 0;

  /// Gives up what is still ours. Only tests call this so far: it is for
  /// several processes on one store, where another need not wait for the end of
  /// a `ttl`.
  virtual caf::error release(std::span<const ownership> what) = 0;

  // -- partitions -------------------------------------------------------------

  /// One cursor per log, in order; 0 where none was committed.
  virtual caf::expected<std::vector<cursor>> cursors(const ownership& own) = 0;

  /// Up to `max` jobs with due <= up_to, ascending by (due, key), after
  /// `after`.
  virtual caf::expected<std::vector<job>>
  due(const ownership& own, unix_ms up_to,
      const std::optional<due_position>& after, size_t max)
    = 0;

  /// Up to `max` jobs of one subscription in (log, seq) order, after `after`.
  virtual caf::expected<std::vector<job>>
  jobs_of(const ownership& own, const subscription_id& sub,
          const std::optional<job_key>& after, size_t max)
    = 0;

  virtual caf::expected<std::vector<lag>> lagging(const ownership& own) = 0;

  /// Every subscriber of the partition whose last attempt failed.
  virtual caf::expected<std::vector<condition>> failing(const ownership& own)
    = 0;

  /// Applies `batch` atomically. Survives a crash of the process at once, and
  /// a power cut after the next fsync (see `flush`).
  virtual caf::error commit(const ownership& own, const commit_batch& batch)
    = 0;

  /// Removes every job, lag row and the condition of one subscription: it
  /// ended.
  virtual caf::error forget(const ownership& own, const subscription_id& sub)
    = 0;

  /// Fsyncs everything committed so far.
  virtual caf::error flush() = 0;

  // -- history ----------------------------------------------------------------

  /// Newest attempt first.
  virtual caf::expected<page<attempt_record>>
  attempts(const subscription_id& sub, const std::string& after, size_t limit)
    = 0;

  /// Newest event first.
  virtual caf::expected<page<dead_letter>>
  dead_letters(const subscription_id& sub, const std::string& after,
               size_t limit)
    = 0;

  /// The letter that tells of this event, alone or in a range; or nothing.
  virtual caf::expected<std::optional<dead_letter>>
  dead_letter_of(const job_key& key) = 0;

  /// Counts up to `max` attempts before `until`, in the order of their time,
  /// behind the `last` of an earlier count (empty: from the first).
  virtual caf::expected<attempt_count> count_attempts(const std::string& after,
                                                      unix_ms until, size_t max)
    = 0;

  /// Deletes up to `max` rows: dead letters older than `before`, and attempts
  /// that are older or among the `excess` oldest.
  virtual caf::expected<dropped_history> drop_history(unix_ms before,
                                                      size_t excess, size_t max)
    = 0;

  // -- rest -------------------------------------------------------------------

  /// To be called every now and then: if nothing was written since the last
  /// call, gives back memory that is of use only while there is work, and
  /// returns true. Waits for nothing.
  virtual bool rest() { return false; }
};

} // namespace herald
