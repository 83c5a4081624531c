#pragma once

#include "storage/memory/memory_store.hpp"

#include <algorithm>
#include <memory>

namespace herald::simulation {

/// Another node has taken over every partition, while this one still runs and
/// does not know. It must write nothing more, and end when it is told. Not
/// thread-safe.
class takeover {
public:
  explicit takeover(std::shared_ptr<memory_disk> disk)
    : disk_{std::move(disk)} {
    for (auto& shard : disk_->shards)
      ++shard.at;
    before_ = disk_->partitions;
  }

  /// A commit was refused; false if the node should have ended by now.
  bool refuse() { return ++refused_ <= before_.size(); }

  /// True if nothing was written.
  bool is_respected() const {
    return std::equal(before_.begin(), before_.end(), disk_->partitions.begin(),
                      [](auto& x, auto& y) {
                        return x.cursors == y.cursors && x.jobs == y.jobs
                               && x.lagging == y.lagging;
                      });
  }

private:
  std::shared_ptr<memory_disk> disk_;
  std::vector<memory_disk::partition_state> before_;
  size_t refused_ = 0;
};

} // namespace herald::simulation
