#pragma once

#include "storage/store.hpp"

#include <optional>
#include <string>

namespace herald {

/// What every store says in the same words. Pure functions, any thread.

/// The largest shape: ids of logs and partitions are kept in two bytes.
inline constexpr unsigned max_logs = 1024;
inline constexpr unsigned max_partitions = 4096;

/// `invalid` unless both numbers are in 1..their maximum.
caf::error check_shape(const store_shape& shape);

/// `invalid` if the store has no such log.
caf::error check_log(const store_shape& shape, log_id log);

/// `invalid` if the store has no such partition.
caf::error check_partition(const store_shape& shape, partition_id partition);

/// `invalid` if the subscription belongs to another partition.
caf::error check_placement(const store_shape& shape, partition_id partition,
                           const subscription_id& id);

/// `conflict` if a revision is expected and it is not `now`.
caf::error check_revision(const subscription_change& what, uint64_t now);

/// `fenced` unless `own` is of the epoch `current`.
caf::error check_epoch(const ownership& own, epoch current);

/// `invalid` if the batch names a log or subscription outside `partition`.
caf::error check_batch(const store_shape& shape, partition_id partition,
                       const commit_batch& batch);

/// What a listing answers to an `after` that it did not make.
caf::error bad_page();

/// The key inside an opaque `after`; `invalid` if it is none.
caf::expected<std::string> parse_page(const std::string& after);

} // namespace herald
