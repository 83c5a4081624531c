#include "storage/store_errors.hpp"

#include "storage/bytes.hpp"

#include <utility>

namespace herald {

namespace {

caf::error check_count(const char* what, unsigned count, unsigned max) {
  if (count >= 1 && count <= max)
    return caf::none;
  return fail(errc::invalid, "a store has 1 to " + std::to_string(max) + " "
                               + what + ", not " + std::to_string(count));
}

caf::error check_index(const char* what, unsigned index, unsigned count) {
  if (index < count)
    return caf::none;
  return fail(errc::invalid, std::string{"there is no "} + what + " "
                               + std::to_string(index) + ": the store has "
                               + std::to_string(count));
}

} // namespace

caf::error check_shape(const store_shape& shape) {
  if (auto err = check_count("logs", shape.logs, max_logs))
    return err;
  return check_count("partitions", shape.partitions, max_partitions);
}

caf::error check_log(const store_shape& shape, log_id log) {
  return check_index("log", log, shape.logs);
}

caf::error check_partition(const store_shape& shape, partition_id partition) {
  return check_index("partition", partition, shape.partitions);
}

caf::error check_placement(const store_shape& shape, partition_id partition,
                           const subscription_id& id) {
  auto right = id.partition(shape.partitions);
  if (right == partition)
    return caf::none;
  return fail(errc::invalid,
              "subscription " + id.to_string() + " belongs to partition "
                + std::to_string(right) + ", not " + std::to_string(partition));
}

caf::error check_revision(const subscription_change& what, uint64_t now) {
  if (what.expected_revision.value_or(now) == now)
    return caf::none;
  return fail(errc::conflict, "subscription " + what.what.id.to_string()
                                + " has revision " + std::to_string(now)
                                + ", not "
                                + std::to_string(*what.expected_revision));
}

caf::error check_epoch(const ownership& own, epoch current) {
  if (own.at != 0 && own.at == current)
    return caf::none;
  return fail(errc::fenced, "partition " + std::to_string(own.partition)
                              + " is at epoch " + std::to_string(current)
                              + ", not " + std::to_string(own.at));
}

caf::error check_batch(const store_shape& shape, partition_id partition,
                       const commit_batch& batch) {
  caf::error result;
  auto check = [&](const subscription_id& sub, log_id log) {
    if (!result)
      result = check_placement(shape, partition, sub);
    if (!result)
      result = check_log(shape, log);
  };
  for (const auto& what : batch.advance)
    if (!result)
      result = check_log(shape, what.log);
  for (const auto& what : batch.put)
    check(what.key.sub, what.key.log);
  for (const auto& key : batch.drop)
    check(key.sub, key.log);
  for (const auto& what : batch.lagging)
    check(what.sub, what.log);
  for (const auto& [sub, log] : batch.unlag)
    check(sub, log);
  for (const auto& what : batch.attempts)
    check(what.key.sub, what.key.log);
  for (const auto& what : batch.dead)
    check(what.key.sub, what.key.log);
  for (const auto& key : batch.undead)
    check(key.sub, key.log);
  for (const auto& what : batch.failing)
    check(what.sub, 0);
  for (const auto& sub : batch.recovered)
    check(sub, 0);
  return result;
}

caf::error bad_page() {
  return fail(errc::invalid, "after is not a cursor of this listing");
}

caf::expected<std::string> parse_page(const std::string& after) {
  auto key = from_hex(after);
  if (!key)
    return bad_page();
  return std::move(*key);
}

} // namespace herald
