// What it costs to find out who wants an event, with more and more
// subscriptions to other topics: the cost must not depend on their number.
#include "actors/registry/topic_index.hpp"
#include "actors/topics/topic_layers.hpp"
#include "actors/topics/topic_marks.hpp"
#include "storage/topic.hpp"

#include <benchmark/benchmark.h>

#include <bit>
#include <memory>
#include <string>
#include <vector>

namespace herald {
namespace {

constexpr size_t published_topics = 500;

/// Half of the subscriptions are to URLs, half to predicates of four parts;
/// some topics, spread among them, are the ones that are published.
class population {
public:
  explicit population(size_t size) {
    for (size_t i = 0; i < size; ++i) {
      subscription what;
      what.topic = what.topic_key = topic_name(i);
      what.callback = "http://subscriber.example/" + std::to_string(i);
      what.id = make_subscription_id(what.topic_key, i % 2 == 0, what.callback);
      what.active = true;
      what.starts = {0};
      index_.add(table_.put(what).now);
    }
    auto step = size / published_topics;
    for (size_t i = 0; i < published_topics; ++i) {
      published_.push_back(topic_name(i * step + i % 2));
      unknown_.push_back(topic_name(size + i));
    }
  }

  static std::string topic_name(size_t i) {
    auto n = std::to_string(i);
    return i % 2 == 0 ? "http://publisher.example/feeds/" + n
                      : "un.cefact.trade" + std::to_string(i % 97) + "." + n;
  }

  size_t match_one(size_t turn) {
    return match(published_[turn % published_topics]);
  }

  /// What most partitions find.
  size_t match_none(size_t turn) {
    return match(unknown_[turn % published_topics]);
  }

private:
  size_t match(const std::string& topic) {
    found_.clear();
    index_.match(
      published_key_in(topic, buffer_),
      [](const topic_index::entry&) { return true; }, found_);
    return found_.size();
  }

  subscription_table table_;
  topic_index index_;
  std::vector<std::string> published_;
  std::vector<std::string> unknown_;
  std::vector<const topic_index::entry*> found_;
  std::string buffer_;
};

void match_one_event(benchmark::State& state) {
  population all{static_cast<size_t>(state.range(0))};
  size_t turn = 0;
  size_t found = 0;
  for ([[maybe_unused]] auto _ : state)
    found += all.match_one(turn++);
  if (found < turn)
    state.SkipWithError("a published topic has its subscriber");
}

void match_no_event(benchmark::State& state) {
  population all{static_cast<size_t>(state.range(0))};
  size_t turn = 0;
  size_t found = 0;
  for ([[maybe_unused]] auto _ : state)
    found += all.match_none(turn++);
  if (found > 0)
    state.SkipWithError("nobody has subscribed to that");
}

// What a publisher asks before it tells any partition.
void match_marks(benchmark::State& state) {
  constexpr size_t places = 16;
  auto topics = static_cast<size_t>(state.range(0));
  topic_marks marks{places};
  for (size_t i = 0; i < places; ++i)
    marks.open(i);
  std::string buffer;
  for (size_t i = 0; i < topics; ++i)
    marks.mark(i % places, population::topic_name(i));
  std::vector<std::string> published;
  for (size_t i = 0; i < published_topics; ++i)
    published.push_back(
      population::topic_name(i * (topics / published_topics)));
  size_t turn = 0;
  size_t told = 0;
  for ([[maybe_unused]] auto _ : state) {
    auto& topic = published[turn++ % published_topics];
    auto found = marks.find(published_key_in(topic, buffer));
    told += static_cast<size_t>(std::popcount(found));
  }
  state.counters["partitions"]
    = static_cast<double>(told) / static_cast<double>(turn);
}

BENCHMARK(match_marks)->Arg(1000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(match_no_event)->Arg(1000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(match_one_event)->Arg(1000)->Arg(100'000)->Arg(1'000'000);

} // namespace
} // namespace herald

BENCHMARK_MAIN();
