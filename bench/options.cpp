#include "bench/options.hpp"

#include "bench/load/event_body.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>

namespace herald::bench {

namespace {

const std::vector<std::string> everything{
  "fan-out", "unicast",  "ingest", "isolation", "latency", "growth",
  "backlog", "registry", "idle",   "limit",     "sink",    "self-test"};

bool stands_alone(const std::string& what) {
  return what == "limit" || what == "sink" || what == "self-test";
}

bool can_use_tls(const std::string& what) {
  return what == "fan-out" || what == "unicast" || what == "limit";
}

void add_node_options(CLI::App& app, bench_options& options) {
  app.add_option("--herald", options.herald, "The binary to measure")
    ->capture_default_str();
  app
    .add_option("--herald-arg", options.herald_arguments,
                "Passed on to `herald serve`; repeatable, write "
                "--herald-arg=--threads=2")
    ->allow_extra_args(false);
  app.add_option("--data-dir", options.data,
                 "Where the store is put for the run (default: a temporary "
                 "folder on a disk)");
}

void add_load_options(CLI::App& app, bench_options& options) {
  app.add_option(
    "--subscribers", options.subscribers,
    "Subscribers of the topic in fan-out (default 1000); subscriptions "
    "in registry (1000000) and idle (100000)");
  app.add_option("--topics", options.topics,
                 "Topics in unicast (default 10000) and ingest (default 1)");
  app.add_option("--body", options.body, "Bytes of an event")
    ->check(CLI::Range(stamp_size, size_t{1024} * 1024))
    ->capture_default_str();
  app.add_flag_callback(
    "--body-mix", [&options] { options.body = mixed_sizes; },
    "Bodies of 100 B to 1 MiB instead: see bench/README.md");
  app.add_flag("--signed", options.is_signed,
               "fan-out, unicast, registry, idle: each subscriber has a "
               "hub.secret");
  app.add_flag("--tls", options.by_tls,
               "fan-out, unicast: the callbacks are https URLs; needs wrk");
  app
    .add_option("--batch", options.batch,
                "ingest: events of one request (NDJSON if above 1)")
    ->check(CLI::Range(1, 10'000))
    ->capture_default_str();
  app.add_option("--connections", options.connections, "Of the publisher")
    ->check(CLI::Range(1, 4096))
    ->capture_default_str();
  app.add_option("--window", options.window,
                 "Closed loop: events published but not yet received "
                 "(default 4 in fan-out, 256 in unicast)");
  app.add_option("--rate", options.rate, "Open loop instead: events a second")
    ->check(CLI::NonNegativeNumber);
}

void add_isolation_options(CLI::App& app, bench_options& options) {
  app
    .add_option("--topology", options.topology, "isolation: fan-out or unicast")
    ->check(CLI::IsMember({"fan-out", "unicast"}))
    ->capture_default_str();
  app
    .add_option("--load", options.loads,
                "Without --rate. isolation: deliveries to the healthy, as a "
                "share of the limit (default 0.1 in fan-out, 0.03 in unicast). "
                "latency: a share of the capacity (default 0.2); several with "
                "commas")
    ->delimiter(',')
    ->check(CLI::Range(0.001, 1.0));
  auto percent = [&](const char* name, double& to, const char* text) {
    app.add_option(name, to, text)
      ->check(CLI::Range(0.0, 30.0))
      ->capture_default_str();
  };
  percent("--hang", options.hang_percent, "Percent that never answer");
  percent("--slow", options.slow_percent, "Percent that answer late");
  percent("--fail", options.fail_percent, "Percent that answer 503");
  app.add_option("--slow-seconds", options.slow_seconds, "How late")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  app.add_flag("--share-origin", options.share_origin,
               "The sick and the healthy have one callback origin");
}

void add_size_options(CLI::App& app, bench_options& options) {
  auto sizes = [&](const char* name, auto& to, const char* text) {
    app.add_option(name, to, text)
      ->delimiter(',')
      ->check(CLI::Range(1, 10'000'000));
  };
  sizes("--sizes", options.sizes,
        "growth: subscribers of the topic (default 10,100,1000,10000,100000)");
  sizes("--registry-sizes", options.registry_sizes,
        "growth: subscriptions in all (default 1000,10000,100000,1000000)");
}

void add_backlog_options(CLI::App& app, bench_options& options) {
  app.add_option("--events", options.events, "backlog: how many")
    ->check(CLI::Range(1, 1'000'000'000))
    ->capture_default_str();
  app
    .add_option("--dead", options.dead,
                "backlog: how the subscriber is dead, refused or 503")
    ->check(CLI::IsMember({"refused", "503"}))
    ->capture_default_str();
}

void add_time_options(CLI::App& app, bench_options& options) {
  app.add_option("--seconds", options.seconds, "Measured part of a scenario")
    ->take_last()
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  app.add_option("--warm-up", options.warm_up_seconds, "Load before it")
    ->check(CLI::NonNegativeNumber)
    ->capture_default_str();
  app
    .add_option("--limit-seconds", options.limit_seconds,
                "Each measurement of the limit")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  app
    .add_option("--keep-running", options.keep_running_seconds,
                "Load after the measured part, to attach a profiler")
    ->check(CLI::NonNegativeNumber);
  app
    .add_option("--runs", options.runs,
                "Pairs of (limit, scenario); medians are printed")
    ->check(CLI::Range(1, 1000))
    ->capture_default_str();
}

void add_output_options(CLI::App& app, bench_options& options) {
  app.add_option("--json", options.json, "Write the results to this file");
  app.add_option("--perf", options.perf,
                 "Profile the node in the measured part with `perf record "
                 "-g` into this file");
  app.add_flag("--verify", options.verify,
               "Check that each event came exactly once to each subscriber");
  app.add_option("--port", options.port, "Of `sink` (default: any free one)");
}

} // namespace

bench_options parse_options(int argc, char** argv) {
  bench_options options;
  options.herald = HERALD_BENCH_DEFAULT_BINARY;
  options.what = {"fan-out", "unicast", "ingest"};
  CLI::App app{"Measures herald from outside: the real binary, a bare sink, "
               "and the limit of the machine in the same run."};
  app
    .add_option("what", options.what,
                "fan-out, unicast, ingest (default: these three), isolation, "
                "latency, growth, backlog, registry, idle, "
                "limit, sink, self-test")
    ->check(CLI::IsMember(everything));
  add_node_options(app, options);
  add_load_options(app, options);
  add_isolation_options(app, options);
  add_size_options(app, options);
  add_backlog_options(app, options);
  add_time_options(app, options);
  add_output_options(app, options);
  app.final_callback([&options] {
    if (options.what.size() > 1
        && std::any_of(options.what.begin(), options.what.end(), stands_alone))
      throw CLI::ValidationError{"what",
                                 "limit, sink and self-test stand alone"};
    if (options.by_tls
        && !std::all_of(options.what.begin(), options.what.end(), can_use_tls))
      throw CLI::ValidationError{"--tls", "is for fan-out, unicast and limit"};
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    auto code = app.exit(error) == 0 ? 0 : 2;
    std::exit(code); // NOLINT(concurrency-mt-unsafe): no other thread yet
  }
  return options;
}

} // namespace herald::bench
