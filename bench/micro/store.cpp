// What the store costs, on a disk (HERALD_BENCH_DATA, or a temporary folder
// that is on one): fsynced appends, pages of the log, commits of outcomes.
// Time is that of the wall: fsyncs are waited for.
#include "bench/micro/values.hpp"
#include "bench/process/child_process.hpp"
#include "config/errc.hpp"
#include "storage/rocksdb/rocksdb_store.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <stdexcept>

namespace herald::micro {
namespace {

constexpr uint64_t stored = 10'000;
constexpr unsigned partitions = 16;

std::string parent_folder() {
  auto given = std::getenv("HERALD_BENCH_DATA");
  return given == nullptr ? "" : given;
}

/// A store of its own, removed with its folder.
class bench_store {
public:
  bench_store() {
    store_options options;
    options.path = (folder_.path() / "data").string();
    options.shape = {1, partitions};
    auto opened = open_rocksdb_store(options);
    if (!opened)
      throw std::runtime_error{describe(opened.error())};
    store_ = std::move(*opened);
    owned_ = *store_->acquire("bench", partitions, std::chrono::hours{1}, {});
  }

  store* operator->() { return store_.get(); }

  void commit(const subscription_id& whose, const commit_batch& batch) {
    auto& own = owned_.at(whose.partition(partitions));
    if (auto err = store_->commit(own, batch))
      throw std::runtime_error{describe(err)};
  }

  void append(std::span<const event> what) {
    auto result = store_->append(0, what);
    if (!result)
      throw std::runtime_error{describe(result.error())};
  }

  /// `count` new events, to be appended later.
  std::vector<event> prepare(size_t count) {
    std::vector<event> what;
    for (size_t i = 0; i < count; ++i)
      what.push_back(make_event(++last_));
    return what;
  }

  /// Appends `stored` events.
  void fill() {
    for (uint64_t done = 0; done < stored; done += 100)
      append(prepare(100));
  }

private:
  bench::temp_folder folder_{parent_folder()};
  std::unique_ptr<store> store_;
  std::vector<ownership> owned_; ///< By partition.
  uint64_t last_ = 0;
};

/// Rates per event, beside the time per call.
void count_items(benchmark::State& state, size_t each) {
  state.SetItemsProcessed(static_cast<int64_t>(each) * state.iterations());
}

void store_append(benchmark::State& state) {
  auto count = static_cast<size_t>(state.range(0));
  bench_store store;
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    auto what = store.prepare(count);
    state.ResumeTiming();
    store.append(what);
  }
  count_items(state, count);
}

void store_read_page(benchmark::State& state) {
  auto count = static_cast<size_t>(state.range(0));
  bench_store store;
  store.fill();
  for (sequence after = 0; [[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(store->read(0, after, count));
    after = (after + count) % (stored - count);
  }
  count_items(state, count);
}

void store_read_bodies(benchmark::State& state) {
  auto count = static_cast<size_t>(state.range(0));
  bench_store store;
  store.fill();
  std::vector<sequence> wanted(count);
  for (sequence after = 0; [[maybe_unused]] auto _ : state) {
    for (auto& one : wanted)
      one = ++after;
    benchmark::DoNotOptimize(store->bodies(0, wanted, 64 * 1024 * 1024));
    after %= stored - count;
  }
  count_items(state, count);
}

/// What all went well comes to: the cursor.
void store_commit_cursor(benchmark::State& state) {
  bench_store store;
  commit_batch batch;
  batch.advance = {{0, 0}};
  for ([[maybe_unused]] auto _ : state) {
    ++batch.advance[0].at;
    store.commit({}, batch);
  }
}

/// Failed attempts: a row and an attempt each, and later they are done.
void store_commit_failures(benchmark::State& state) {
  auto count = static_cast<size_t>(state.range(0));
  bench_store store;
  auto who = make_subscription("http://publisher.example/feeds/1", 1).id;
  for (sequence seq = 0; [[maybe_unused]] auto _ : state) {
    commit_batch failed;
    commit_batch done;
    for (size_t i = 0; i < count; ++i) {
      job_key key{who, 0, ++seq};
      failed.put.push_back({key, 1, static_cast<unix_ms>(seq)});
      failed.attempts.push_back(
        {key, 1, static_cast<unix_ms>(seq), 12, 503, failure::status, "busy"});
      done.drop.push_back(key);
    }
    store.commit(who, failed);
    store.commit(who, done);
  }
  count_items(state, count);
}

BENCHMARK(store_append)->Arg(1)->Arg(100)->UseRealTime();
BENCHMARK(store_read_page)->Arg(100)->UseRealTime();
BENCHMARK(store_read_bodies)->Arg(100)->UseRealTime();
BENCHMARK(store_commit_cursor)->UseRealTime();
BENCHMARK(store_commit_failures)->Arg(1)->Arg(100)->UseRealTime();

} // namespace
} // namespace herald::micro
