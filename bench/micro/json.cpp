// What it costs to understand one published message of 1 KiB.
#include "bench/micro/values.hpp"
#include "http/api/answer_json.hpp"
#include "http/api/cloud_events.hpp"
#include "http/api/routes.hpp"
#include "http/json/slices.hpp"

#include <benchmark/benchmark.h>

namespace herald::micro {
namespace {

http_request make_request(std::string type, std::string body,
                          std::string target = "/events") {
  http_request result;
  result.method = "POST";
  result.target = std::move(target);
  result.fields = {{"host", "127.0.0.1:8080"},
                   {"content-type", std::move(type)},
                   {"content-length", std::to_string(body.size())}};
  result.body = std::move(body);
  return result;
}

/// The whole way from a read request to an event; a copy of it is part of that,
/// since `route` takes the body.
void route_all(benchmark::State& state, const http_request& request) {
  route_options options;
  for ([[maybe_unused]] auto _ : state) {
    auto copy = request;
    auto result = route(copy, options);
    if (!std::holds_alternative<publish_command>(result))
      state.SkipWithError("the request is refused");
    benchmark::DoNotOptimize(result);
  }
}

void json_predicate(benchmark::State& state) {
  auto body = make_json();
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(find_predicate(body));
}

void json_check(benchmark::State& state) {
  auto body = make_cloud_event();
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(json_fault(body));
}

void json_cloud_event(benchmark::State& state) {
  auto body = make_cloud_event();
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(read_cloud_event(body, ""));
}

void route_plain(benchmark::State& state) {
  route_all(state, make_request("application/octet-stream",
                                std::string(body_bytes, 'x'),
                                "/events?topic=un.cefact.trade.invoice"));
}

void route_json(benchmark::State& state) {
  route_all(state, make_request("application/json", make_json()));
}

void route_cloud_event(benchmark::State& state) {
  route_all(state,
            make_request("application/cloudevents+json", make_cloud_event()));
}

BENCHMARK(json_predicate);
BENCHMARK(json_check);
BENCHMARK(json_cloud_event);
BENCHMARK(route_plain);
BENCHMARK(route_json);
BENCHMARK(route_cloud_event);

} // namespace
} // namespace herald::micro
