#include "storage/keys.hpp"
#include "storage/memory/memory_store.hpp"

#include <algorithm>

namespace herald {

namespace {

using partition_state = memory_disk::partition_state;

void erase_job(partition_state& state, const job_key& key) {
  auto found = state.jobs.find(key);
  if (found == state.jobs.end())
    return;
  state.due.erase({found->second.due, key});
  state.jobs.erase(found);
}

void put_job(partition_state& state, const job& what) {
  erase_job(state, what.key);
  state.jobs.emplace(what.key, what);
  state.due.insert({what.due, what.key});
}

void apply_history(partition_state& state, const commit_batch& batch) {
  for (const auto& what : batch.attempts)
    state.attempts.insert_or_assign(keys::attempt(what), what);
  for (const auto& key : batch.undead)
    state.dead.erase(keys::dead(key));
  for (const auto& what : batch.dead)
    state.dead.insert_or_assign(keys::dead(what.key), what);
}

void apply_to(partition_state& state, const commit_batch& batch) {
  for (const auto& what : batch.advance) {
    auto& at = state.cursors[what.log];
    at = std::max(at, what.at);
  }
  for (const auto& what : batch.put)
    put_job(state, what);
  for (const auto& key : batch.drop)
    erase_job(state, key);
  for (const auto& what : batch.lagging)
    state.lagging[{what.sub, what.log}] = what;
  for (const auto& key : batch.unlag)
    state.lagging.erase(key);
  for (const auto& what : batch.failing)
    state.failing[what.sub] = what;
  for (const auto& sub : batch.recovered)
    state.failing.erase(sub);
  apply_history(state, batch);
}

void apply_to(partition_state& state, const subscription_id& forgotten) {
  auto job = state.jobs.lower_bound({forgotten, 0, 0});
  while (job != state.jobs.end() && job->first.sub == forgotten) {
    state.due.erase({job->second.due, job->first});
    job = state.jobs.erase(job);
  }
  auto row = state.lagging.lower_bound({forgotten, 0});
  while (row != state.lagging.end() && row->first.first == forgotten)
    row = state.lagging.erase(row);
  state.failing.erase(forgotten);
}

} // namespace

memory_disk::memory_disk(store_shape wanted)
  : shape{wanted}, logs(wanted.logs), shards(wanted.partitions),
    partitions(wanted.partitions), synced(wanted.partitions) {
}

void memory_disk::cut_power() {
  std::lock_guard guard{mutex};
  partitions = synced;
  unsynced.clear();
}

void memory_disk::sync() {
  for (const auto& [partition, what] : unsynced)
    std::visit([&, p = partition](const auto& x) { apply_to(synced[p], x); },
               what);
  unsynced.clear();
}

void memory_disk::apply(partition_id partition, const step& what) {
  std::visit([&](const auto& x) { apply_to(partitions[partition], x); }, what);
  if (tracks_power_cuts)
    unsynced.emplace_back(partition, what);
}

} // namespace herald
