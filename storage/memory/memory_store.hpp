#pragma once

#include "config/text_hash.hpp"
#include "storage/store.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

namespace herald {

/// Whether a fault strikes before a call does anything, or after it did all.
enum class fault_at : uint8_t { before, after };

/// Answers an error to make `call` (the name of a member of `store`) fail at
/// that moment, or `caf::none`. Called without a lock, by the calling thread.
using fault_hook
  = std::function<caf::error(std::string_view call, fault_at when)>;

/// What memory stores keep: it survives while stores on it come and go, so
/// that a simulation can let a node crash and start again. The owner may look
/// at everything while no store call is under way, or with `mutex` held.
struct memory_disk {
  struct log_state {
    std::map<sequence, event_ptr> events;
    std::unordered_map<std::string, sequence, text_hash> ids;
    log_bounds bounds;
    std::map<std::string, ping> pings; ///< By topic.
    std::map<std::string, topic_content> contents;
  };

  /// The subscriptions of a partition and its epoch: durable at once.
  struct shard_state {
    epoch at = 0;
    uint64_t revision = 0;
    std::map<subscription_id, subscription> subscriptions;
    /// The last change of each subscription that was ever here.
    std::map<uint64_t, subscription_id> changes;
    std::unordered_map<subscription_id, uint64_t> last_change;
  };

  /// What `commit` writes.
  struct partition_state {
    std::map<log_id, sequence> cursors;
    std::map<job_key, job> jobs;
    std::set<due_position> due;
    std::map<std::pair<subscription_id, log_id>, lag> lagging;
    std::map<std::string, attempt_record> attempts; ///< By keys::attempt.
    std::map<std::string, dead_letter> dead;        ///< By keys::dead.
    std::map<subscription_id, condition> failing;
  };

  /// A commit, or a subscription to forget.
  using step = std::variant<commit_batch, subscription_id>;

  explicit memory_disk(store_shape wanted = {});

  /// Loses the commits that no later fsync has covered. Only of use when
  /// `tracks_power_cuts`. Locks the mutex.
  void cut_power();

  /// Marks everything as fsynced. The mutex is held by the caller.
  void sync();

  /// Applies one step to a partition. The mutex is held by the caller.
  void apply(partition_id partition, const step& what);

  const store_shape shape;
  std::mutex mutex;
  std::vector<log_state> logs;
  std::vector<shard_state> shards;
  std::vector<partition_state> partitions;
  /// All subscriptions by (topic key, id), over the partitions.
  std::set<std::pair<std::string, subscription_id>> topics;
  fault_hook fault;

  /// Keep a second copy of the partitions, for `cut_power`. Set it before the
  /// first commit.
  bool tracks_power_cuts = false;
  std::vector<partition_state> synced;
  std::vector<std::pair<partition_id, step>> unsynced;
};

/// A store on `disk`, for tests and simulations: the contract of `store`
/// without a disk. Thread-safe with one mutex, never blocks for long.
/// `acquire` always grants: the newest owner fences the others.
std::unique_ptr<store> make_memory_store(std::shared_ptr<memory_disk> disk);

/// A store on a disk of its own.
std::unique_ptr<store> make_memory_store(store_shape shape);

} // namespace herald
