#include "storage/bytes.hpp"
#include "storage/keys.hpp"
#include "storage/memory/internal.hpp"

#include <algorithm>

namespace herald {

namespace {

// Rows of one subscription in a map by key: up to `limit` after `after`.
template <class Row>
page<Row> list(const std::map<std::string, Row>& rows, const std::string& sub,
               const std::string& after, size_t limit) {
  page<Row> result;
  auto row = after.empty() ? rows.lower_bound(sub) : rows.upper_bound(after);
  for (; row != rows.end() && row->first.starts_with(sub); ++row) {
    if (result.items.size() == std::max(limit, size_t{1})) {
      result.next = to_hex(std::prev(row)->first);
      break;
    }
    result.items.push_back(row->second);
  }
  return result;
}

template <class Row>
size_t drop_older(std::map<std::string, Row>& rows, unix_ms before,
                  size_t max) {
  size_t gone = 0;
  std::erase_if(rows, [&](const auto& row) {
    return row.second.at < before && gone < max && ++gone > 0;
  });
  return gone;
}

using attempts_by_key = std::map<std::string, attempt_record>;

/// Rows by the key that the other store has in its history.
template <class Partitions>
std::map<std::string, attempts_by_key::iterator>
attempts_by_time(Partitions& all) {
  std::map<std::string, attempts_by_key::iterator> result;
  for (auto& state : all)
    for (auto i = state.attempts.begin(); i != state.attempts.end(); ++i)
      result.emplace(
        keys::history(i->second.at, keys::history_kind::attempt, i->first), i);
  return result;
}

} // namespace

// -- ownership ----------------------------------------------------------------

caf::expected<std::vector<ownership>>
memory_store::acquire(const std::string&, size_t max, std::chrono::milliseconds,
                      std::span<const ownership> holding) {
  return run("acquire", [&]() -> caf::expected<std::vector<ownership>> {
    std::vector<ownership> result;
    std::set<partition_id> kept;
    for (const auto& own : holding)
      if (result.size() < max && owns(own) && kept.insert(own.partition).second)
        result.push_back(own);
    for (size_t i = 0; i < disk_->shards.size() && result.size() < max; ++i)
      if (auto id = static_cast<partition_id>(i); !kept.contains(id))
        result.push_back({id, ++disk_->shards[i].at});
    disk_->sync();
    return result;
  });
}

caf::expected<std::vector<ownership>>
memory_store::renew(std::span<const ownership> what,
                    std::chrono::milliseconds) {
  return run("renew", [&]() -> caf::expected<std::vector<ownership>> {
    std::vector<ownership> result;
    std::copy_if(what.begin(), what.end(), std::back_inserter(result),
                 [this](const ownership& own) { return owns(own); });
    return result;
  });
}

caf::error memory_store::release(std::span<const ownership> what) {
  return run("release", [&]() -> caf::error {
    for (const auto& own : what)
      if (owns(own))
        ++disk_->shards[own.partition].at;
    return caf::none;
  });
}

// -- partitions ---------------------------------------------------------------

caf::expected<std::vector<cursor>> memory_store::cursors(const ownership& own) {
  using result_type = caf::expected<std::vector<cursor>>;
  return as_owner("cursors", own, [&](auto& state) -> result_type {
    std::vector<cursor> result;
    for (unsigned i = 0; i < shape().logs; ++i) {
      auto log = static_cast<log_id>(i);
      auto found = state.cursors.find(log);
      result.push_back({log, found == state.cursors.end() ? 0 : found->second});
    }
    return result;
  });
}

caf::expected<std::vector<job>>
memory_store::due(const ownership& own, unix_ms up_to,
                  const std::optional<due_position>& after, size_t max) {
  using result_type = caf::expected<std::vector<job>>;
  return as_owner("due", own, [&](auto& state) -> result_type {
    std::vector<job> result;
    auto i = after ? state.due.upper_bound(*after) : state.due.begin();
    for (; i != state.due.end() && i->due <= up_to && result.size() < max; ++i)
      result.push_back(state.jobs.at(i->key));
    return result;
  });
}

caf::expected<std::vector<job>>
memory_store::jobs_of(const ownership& own, const subscription_id& sub,
                      const std::optional<job_key>& after, size_t max) {
  using result_type = caf::expected<std::vector<job>>;
  return as_owner("jobs_of", own, [&](auto& state) -> result_type {
    std::vector<job> result;
    auto i = after ? state.jobs.upper_bound(*after)
                   : state.jobs.lower_bound({sub, 0, 0});
    for (; i != state.jobs.end() && i->first.sub == sub && result.size() < max;
         ++i)
      result.push_back(i->second);
    return result;
  });
}

caf::expected<std::vector<lag>> memory_store::lagging(const ownership& own) {
  using result_type = caf::expected<std::vector<lag>>;
  return as_owner("lagging", own, [&](auto& state) -> result_type {
    std::vector<lag> result;
    for (const auto& [key, row] : state.lagging)
      result.push_back(row);
    return result;
  });
}

caf::expected<std::vector<condition>>
memory_store::failing(const ownership& own) {
  using result_type = caf::expected<std::vector<condition>>;
  return as_owner("failing", own, [&](auto& state) -> result_type {
    std::vector<condition> result;
    for (const auto& [sub, row] : state.failing)
      result.push_back(row);
    return result;
  });
}

caf::error memory_store::commit(const ownership& own,
                                const commit_batch& batch) {
  return as_owner("commit", own, [&](auto&) -> caf::error {
    if (auto err = check_batch(shape(), own.partition, batch))
      return err;
    disk_->apply(own.partition, batch);
    return caf::none;
  });
}

caf::error memory_store::forget(const ownership& own,
                                const subscription_id& sub) {
  return as_owner("forget", own, [&](auto&) -> caf::error {
    disk_->apply(own.partition, sub);
    return caf::none;
  });
}

caf::error memory_store::flush() {
  return run("flush", [&]() -> caf::error {
    disk_->sync();
    return caf::none;
  });
}

// -- history ------------------------------------------------------------------

caf::expected<page<attempt_record>>
memory_store::attempts(const subscription_id& sub, const std::string& after,
                       size_t limit) {
  auto from = parse_page(after);
  if (!from)
    return from.error();
  return run("attempts", [&]() -> caf::expected<page<attempt_record>> {
    return list(partition_of(sub).attempts, keys::subscription(sub), *from,
                limit);
  });
}

caf::expected<page<dead_letter>>
memory_store::dead_letters(const subscription_id& sub, const std::string& after,
                           size_t limit) {
  auto from = parse_page(after);
  if (!from)
    return from.error();
  return run("dead_letters", [&]() -> caf::expected<page<dead_letter>> {
    return list(partition_of(sub).dead, keys::subscription(sub), *from, limit);
  });
}

caf::expected<std::optional<dead_letter>>
memory_store::dead_letter_of(const job_key& key) {
  using result_type = caf::expected<std::optional<dead_letter>>;
  if (auto err = check_log(shape(), key.log))
    return err;
  return run("dead_letter_of", [&]() -> result_type {
    auto& rows = partition_of(key.sub).dead;
    auto prefix = keys::subscription(key.sub);
    auto i = rows.lower_bound(keys::dead({key.sub, 0, key.seq}));
    while (i != rows.end() && i->first.starts_with(prefix)
           && i->second.key.log != key.log)
      ++i;
    if (i == rows.end() || !i->first.starts_with(prefix)
        || i->second.up_to < key.seq)
      return std::optional<dead_letter>{};
    return std::optional{i->second};
  });
}

caf::expected<attempt_count>
memory_store::count_attempts(const std::string& after, unix_ms until,
                             size_t max) {
  return run("count_attempts", [&]() -> caf::expected<attempt_count> {
    attempt_count result{0, after};
    auto times = attempts_by_time(disk_->partitions);
    for (auto i = times.upper_bound(after); i != times.end(); ++i) {
      if (result.count == max || i->second->second.at >= until)
        break;
      ++result.count;
      result.last = i->first;
    }
    return result;
  });
}

caf::expected<dropped_history>
memory_store::drop_history(unix_ms before, size_t excess, size_t max) {
  return run("drop_history", [&]() -> caf::expected<dropped_history> {
    dropped_history gone;
    for (auto& [name, row] : attempts_by_time(disk_->partitions)) {
      auto is_old = row->second.at < before || gone.attempts < excess;
      if (!is_old || gone.attempts == max)
        break;
      auto sub = row->second.key.sub;
      partition_of(sub).attempts.erase(row);
      ++gone.attempts;
    }
    for (auto& state : disk_->partitions)
      gone.letters += drop_older(state.dead, before, max - gone.rows());
    disk_->sync();
    return gone;
  });
}

} // namespace herald
