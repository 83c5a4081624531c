#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace herald::bench {

/// The command line; see README.md. Numbers of 0 mean: the scenario's own.
struct bench_options {
  std::vector<std::string> what; ///< Scenarios, or limit, sink, self-test.
  std::filesystem::path herald;
  std::vector<std::string> herald_arguments;
  std::filesystem::path data; ///< Empty: see `temp_folder`.
  std::filesystem::path json; ///< Empty: none.
  std::filesystem::path perf; ///< Empty: none.
  uint64_t subscribers = 0;
  uint64_t topics = 0;
  size_t body = 1024; ///< Or `mixed_sizes`.
  size_t batch = 1;
  bool is_signed = false;
  bool by_tls = false;
  size_t connections = 64;
  uint64_t window = 0;
  double rate = 0;
  std::string topology = "fan-out"; ///< Of isolation, or `unicast`.
  std::vector<double> loads; ///< Of isolation the first: a share of the limit;
                             ///< of latency: shares of the capacity.
  uint64_t events = 1'000'000;          ///< Of backlog.
  std::string dead = "refused";         ///< Of backlog, or `503`.
  std::vector<uint64_t> sizes;          ///< Of growth: subscribers of fan-out.
  std::vector<uint64_t> registry_sizes; ///< Of growth: subscriptions.
  double hang_percent = 5; ///< Of all subscribers, as are the next.
  double slow_percent = 5;
  double fail_percent = 5;
  double slow_seconds = 2;
  bool share_origin = false; ///< Sick and well have one callback origin.
  double seconds = 10;
  double warm_up_seconds = 2;
  double limit_seconds = 3;
  double keep_running_seconds = 0;
  unsigned runs = 1;
  uint16_t port = 0; ///< Of `sink`.
  bool verify = false;
};

/// Prints help or an error and ends the process where CLI11 says so.
bench_options parse_options(int argc, char** argv);

} // namespace herald::bench
