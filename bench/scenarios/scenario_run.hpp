#pragma once

#include "bench/load/histogram.hpp"
#include "bench/load/load_client.hpp"
#include "bench/load/node_process.hpp"
#include "bench/load/publisher.hpp"
#include "bench/scenarios/scenarios.hpp"
#include "bench/scenarios/usage_meter.hpp"

#include <filesystem>
#include <memory>

namespace herald::bench {

/// Everything that is read at both ends of the measured part.
struct snapshot {
  usage_look usage;
  uint64_t deliveries = 0;
  uint64_t accepted = 0;
  histogram latency;
  histogram accept_latency;
};

/// One run of one scenario against one node that it starts.
class scenario_run {
public:
  scenario_run(const scenario& plan, const bench_options& options, sink& target,
               const limit_figures& limit, const sick_ones& sick);

  /// Once. `profile`: the file for perf; empty: none.
  scenario_result run(const std::filesystem::path& profile);

private:
  void subscribe();
  void subscribe_sick();
  void subscribe_bystanders();
  void publish_to_sick();
  void fall_ill();
  void load(const std::filesystem::path& profile);
  void drive(double seconds, const char* what);
  snapshot look();
  void drain();
  void stop();

  // In scenario_figures.cpp.
  void summarise();
  void add_latency(const std::string& name, const histogram& latency);
  void add_counts();
  void add_faults();
  publish_options to_publish() const;

  const scenario& plan_;
  const bench_options& options_;
  sink& target_;
  const limit_figures& limit_;
  const sick_ones& sick_;
  temp_folder folder_;
  node_process node_;
  std::unique_ptr<publisher> publisher_;
  std::unique_ptr<load_client> client_;
  std::unique_ptr<publisher> sick_publisher_; ///< To topics of their own.
  std::unique_ptr<load_client> sick_client_;
  snapshot begin_;
  snapshot end_;
  scenario_result result_;
};

} // namespace herald::bench
