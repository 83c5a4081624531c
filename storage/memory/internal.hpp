#pragma once

#include "storage/memory/memory_store.hpp"
#include "storage/store_errors.hpp"

#include <utility>

namespace herald {

using disk_ptr = std::shared_ptr<memory_disk>;

/// The implementation behind `make_memory_store`; only memory_*.cpp sees it.
class memory_store final : public store {
public:
  explicit memory_store(disk_ptr disk) : disk_{std::move(disk)} {}

  store_shape shape() const override { return disk_->shape; }

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
  caf::error commit(const ownership& own, const commit_batch& batch) override;
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

private:
  caf::error fault(std::string_view call, fault_at when) const {
    return disk_->fault ? disk_->fault(call, when) : caf::error{};
  }

  // Runs `body` under the lock, between the two places where a fault strikes.
  template <class Body>
  auto run(std::string_view call, Body body) -> decltype(body()) {
    if (auto err = fault(call, fault_at::before))
      return err;
    auto result = [&] {
      std::lock_guard guard{disk_->mutex};
      return body();
    }();
    if (auto err = fault(call, fault_at::after))
      return err;
    return result;
  }

  // The same for calls about a log, a partition, or by an owner.
  template <class Body>
  auto on_log(std::string_view call, log_id log, Body body)
    -> decltype(body(std::declval<memory_disk::log_state&>())) {
    if (auto err = check_log(shape(), log))
      return err;
    return run(call, [&] { return body(disk_->logs[log]); });
  }

  template <class Body>
  auto as_owner(std::string_view call, const ownership& own, Body body)
    -> decltype(body(std::declval<memory_disk::partition_state&>())) {
    using result = decltype(body(disk_->partitions.front()));
    if (auto err = check_partition(shape(), own.partition))
      return err;
    return run(call, [&]() -> result {
      if (auto err = check_epoch(own, disk_->shards[own.partition].at))
        return err;
      return body(disk_->partitions[own.partition]);
    });
  }

  memory_disk::shard_state& shard_of(const subscription_id& id) {
    return disk_->shards[id.partition(shape().partitions)];
  }

  memory_disk::partition_state& partition_of(const subscription_id& id) {
    return disk_->partitions[id.partition(shape().partitions)];
  }

  bool owns(const ownership& what) const {
    return what.partition < shape().partitions
           && !check_epoch(what, disk_->shards[what.partition].at);
  }

  caf::expected<uint64_t> change_one(const subscription_change& what);
  void note_change(memory_disk::shard_state& shard, const subscription_id& id);

  disk_ptr disk_;
};

} // namespace herald
