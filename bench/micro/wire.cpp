// What it costs to make one delivery's request: the signature over the body,
// and the head from its three parts.
#include "actors/delivery/wire.hpp"

#include "bench/micro/values.hpp"
#include "http/client/request_head.hpp"

#include <benchmark/benchmark.h>

#include <memory>

namespace herald::micro {
namespace {

constexpr unix_ms attempt_time = 1'790'000'500'000;

void sign_sha256_1k(benchmark::State& state) {
  auto what = make_event(1);
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(
      hub_signature(signature_method::sha256, secret, what.body));
}

void sign_standard_1k(benchmark::State& state) {
  auto what = make_event(1);
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(
      standard_signature(secret, what.id, attempt_time / 1000, what.body));
}

/// Argument: whether the subscription has a secret, and so both signatures.
void fields_of_attempt(benchmark::State& state) {
  auto what = make_event(1);
  auto who = make_subscription(what.topic, 1);
  if (state.range(0) == 0)
    who.secret.clear();
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(attempt_fields(who, what, 1, attempt_time));
}

/// As the outbound client does it: into a buffer that is used again.
void head_of_delivery(benchmark::State& state) {
  auto what = std::make_shared<event>(make_event(1));
  auto who = make_subscription(what->topic, 1);
  post_request request;
  request.head = subscription_head(*parse_target(who.callback), who);
  request.fields = attempt_fields(who, *what, 1, attempt_time);
  request.what = what;
  std::string out;
  for ([[maybe_unused]] auto _ : state) {
    out.clear();
    append_head(request, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}

void fields_of_event(benchmark::State& state) {
  auto what = make_event(1);
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(event_fields(what, "http://127.0.0.1:8080/hub"));
}

BENCHMARK(sign_sha256_1k);
BENCHMARK(sign_standard_1k);
BENCHMARK(fields_of_attempt)->ArgName("secret")->Arg(0)->Arg(1);
BENCHMARK(fields_of_event);
BENCHMARK(head_of_delivery);

} // namespace
} // namespace herald::micro
