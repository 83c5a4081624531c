// What rows cost before the store has them: keys and records, both ways.
#include "storage/codec.hpp"

#include "bench/micro/values.hpp"
#include "storage/keys.hpp"

#include <benchmark/benchmark.h>

namespace herald::micro {
namespace {

job make_job() {
  return {{make_subscription("a.b", 1).id, 0, 1'000'000}, 3, 1'790'000'500'000};
}

void key_of_event(benchmark::State& state) {
  for (sequence seq = 0; [[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(keys::event(0, ++seq));
}

void key_of_due_job(benchmark::State& state) {
  auto what = make_job();
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(keys::due(7, {what.due, what.key}));
}

void key_of_due_job_parsed(benchmark::State& state) {
  auto what = make_job();
  auto key = keys::due(7, {what.due, what.key});
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(keys::parse_due(key));
}

/// Writes `what` as a record.
template <class T>
void encode(benchmark::State& state, const T& what) {
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(codec::encode(what));
  state.counters["bytes"] = static_cast<double>(codec::encode(what).size());
}

/// Reads a record by `read`.
template <class Read>
void decode(benchmark::State& state, const std::string& record, Read read) {
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(read(record));
}

void encode_event(benchmark::State& state) {
  auto what = make_event(1);
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(codec::encode(what, what.body.size()));
  state.counters["bytes"]
    = static_cast<double>(codec::encode(what, what.body.size()).size());
}

void decode_event(benchmark::State& state) {
  decode(state, codec::encode(make_event(1), body_bytes), codec::decode_event);
}

void encode_subscription(benchmark::State& state) {
  encode(state, make_subscription("http://publisher.example/feeds/1", 1));
}

void decode_subscription(benchmark::State& state) {
  auto what = make_subscription("http://publisher.example/feeds/1", 1);
  decode(state, codec::encode(what), codec::decode_subscription);
}

void encode_job(benchmark::State& state) {
  encode(state, make_job());
}

void decode_job(benchmark::State& state) {
  decode(state, codec::encode(make_job()), codec::decode_job);
}

BENCHMARK(key_of_event);
BENCHMARK(key_of_due_job);
BENCHMARK(key_of_due_job_parsed);
BENCHMARK(encode_event);
BENCHMARK(decode_event);
BENCHMARK(encode_subscription);
BENCHMARK(decode_subscription);
BENCHMARK(encode_job);
BENCHMARK(decode_job);

} // namespace
} // namespace herald::micro
