#include "storage/bytes.hpp"
#include "storage/keys.hpp"
#include "storage/memory/internal.hpp"

#include <algorithm>
#include <utility>

namespace herald {

namespace {

using position = std::pair<std::string, subscription_id>;

caf::expected<position> parse_topic_page(const std::string& after) {
  auto key = parse_page(after);
  if (!key)
    return key.error();
  if (key->empty())
    return position{};
  if (auto name = keys::parse_topic(*key))
    return position{name->topic_key, name->id};
  return bad_page();
}

bool within(const subscription_filter& filter, const std::string& topic_key) {
  return topic_key.starts_with(filter.topic_key_prefix)
         && (!filter.exact_topic || topic_key == filter.topic_key_prefix);
}

std::string page_after(const subscription& last) {
  return to_hex(keys::topic(last.topic_key, last.id));
}

} // namespace

void memory_store::note_change(memory_disk::shard_state& shard,
                               const subscription_id& id) {
  auto& last = shard.last_change[id];
  shard.changes.erase(last);
  last = ++shard.revision;
  shard.changes.emplace(last, id);
}

caf::expected<uint64_t>
memory_store::change_one(const subscription_change& what) {
  const auto& id = what.what.id;
  auto& shard = shard_of(id);
  auto row = shard.subscriptions.find(id);
  auto exists = row != shard.subscriptions.end();
  if (auto err = check_revision(what, exists ? row->second.revision : 0))
    return err;
  if (what.drop && !exists)
    return shard.revision;
  note_change(shard, id);
  if (exists) {
    disk_->topics.erase({row->second.topic_key, id});
    shard.subscriptions.erase(row);
  }
  if (!what.drop) {
    auto& now = shard.subscriptions[id] = what.what;
    now.revision = shard.revision;
    disk_->topics.emplace(now.topic_key, id);
  }
  return shard.revision;
}

caf::expected<std::vector<caf::expected<uint64_t>>>
memory_store::change(std::span<const subscription_change> what) {
  using result_type = caf::expected<std::vector<caf::expected<uint64_t>>>;
  return run("change", [&]() -> result_type {
    std::vector<caf::expected<uint64_t>> result;
    for (const auto& one : what)
      result.push_back(change_one(one));
    disk_->sync();
    return result;
  });
}

caf::expected<std::optional<subscription>>
memory_store::get(const subscription_id& id) {
  using result_type = caf::expected<std::optional<subscription>>;
  return run("get", [&]() -> result_type {
    auto& rows = shard_of(id).subscriptions;
    auto row = rows.find(id);
    if (row == rows.end())
      return std::optional<subscription>{};
    return std::optional{row->second};
  });
}

caf::expected<std::vector<subscription>>
memory_store::snapshot(partition_id partition,
                       const std::optional<subscription_id>& after,
                       size_t max) {
  using result_type = caf::expected<std::vector<subscription>>;
  if (auto err = check_partition(shape(), partition))
    return err;
  return run("snapshot", [&]() -> result_type {
    const auto& rows = disk_->shards[partition].subscriptions;
    std::vector<subscription> result;
    for (auto i = after ? rows.upper_bound(*after) : rows.begin();
         i != rows.end() && result.size() < max; ++i)
      result.push_back(i->second);
    return result;
  });
}

caf::expected<std::vector<changed_subscription>>
memory_store::changes(partition_id partition, uint64_t after_revision,
                      size_t max) {
  using result_type = caf::expected<std::vector<changed_subscription>>;
  if (auto err = check_partition(shape(), partition))
    return err;
  return run("changes", [&]() -> result_type {
    auto& shard = disk_->shards[partition];
    std::vector<changed_subscription> result;
    for (auto i = shard.changes.upper_bound(after_revision);
         i != shard.changes.end() && result.size() < max; ++i) {
      result.push_back({i->first, i->second, std::nullopt});
      auto& item = result.back();
      if (auto row = shard.subscriptions.find(item.id);
          row != shard.subscriptions.end())
        item.now = row->second;
    }
    return result;
  });
}

caf::expected<subscription_page>
memory_store::find(const subscription_filter& filter, const std::string& after,
                   size_t limit) {
  using result_type = caf::expected<subscription_page>;
  auto from = parse_topic_page(after);
  if (!from)
    return from.error();
  return run("find", [&]() -> result_type {
    subscription_page result;
    const auto& all = disk_->topics;
    auto first = std::max(*from, {filter.topic_key_prefix, {}});
    for (auto i = all.lower_bound(first); i != all.end(); ++i) {
      if (!within(filter, i->first))
        break;
      const auto& row = shard_of(i->second).subscriptions.at(i->second);
      if (*i == *from && !after.empty())
        continue;
      if (!filter.callback.empty() && filter.callback != row.callback)
        continue;
      if (result.items.size() == std::max(limit, size_t{1})) {
        result.next = page_after(result.items.back());
        break;
      }
      result.items.push_back(row);
    }
    return result;
  });
}

} // namespace herald
