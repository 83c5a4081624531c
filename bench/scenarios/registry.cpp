#include "bench/scenarios/registry.hpp"

#include "bench/load/http_get.hpp"
#include "bench/load/node_process.hpp"
#include "bench/load/subscribe.hpp"
#include "bench/process/child_process.hpp"
#include "bench/process/clock.hpp"
#include "bench/process/interrupt.hpp"
#include "bench/process/progress.hpp"
#include "bench/scenarios/usage_meter.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>

namespace herald::bench {

namespace {

/// After this the allocator has given back what it does not need, and the store
/// has written what it had in memory.
constexpr double settle_seconds = 15;

void wait_for(const char* what, double seconds) {
  stage shown{what, seconds};
  for (auto end = monotonic_ns() + seconds_to_ns(seconds);
       monotonic_ns() < end;)
    pause_ms(20);
}

/// A node with many subscriptions.
class registry_run {
public:
  registry_run(const std::string& name, const bench_options& options,
               sink& target, uint64_t subscriptions);

  void subscribe(const limit_figures& limit);
  void settle();
  void restart();
  void stand_idle();
  scenario_result finish();

private:
  void start();
  double bytes_each(double rss_mib) const;

  const bench_options& options_;
  sink& target_;
  uint64_t subscriptions_;
  temp_folder folder_;
  std::optional<node_process> node_;
  double idle_mib_ = 0;
  scenario_result result_;
};

registry_run::registry_run(const std::string& name,
                           const bench_options& options, sink& target,
                           uint64_t subscriptions)
  : options_{options}, target_{target}, subscriptions_{subscriptions},
    folder_{options.data}, result_{options.is_signed ? name + " signed" : name,
                                   "subscription",
                                   {},
                                   {}} {
  start();
  wait_for("node starts", 1);
  idle_mib_ = read_usage(node_->pid()).rss_mib;
  result_.add("rss_idle_mib", idle_mib_);
  result_.add("subscriptions", static_cast<double>(subscriptions));
}

void registry_run::start() {
  node_.emplace(options_.herald, folder_.path(), options_.herald_arguments);
  std::cerr << result_.scenario << ": node ready, pid " << node_->pid() << '\n';
}

double registry_run::bytes_each(double rss_mib) const {
  return (rss_mib - idle_mib_) * 1024 * 1024
         / static_cast<double>(subscriptions_);
}

void registry_run::subscribe(const limit_figures& limit) {
  auto begin = look_at_usage(node_->pid(), target_.pid());
  subscribe_all({.node_port = node_->port(),
                 .topics = subscriptions_,
                 .is_signed = options_.is_signed},
                target_, target_);
  auto end = look_at_usage(node_->pid(), target_.pid());
  add_rates(result_, begin, end, static_cast<double>(subscriptions_), limit);
  result_.add("subscribe_s", seconds_between(begin, end));
}

void registry_run::settle() {
  wait_for("settling", settle_seconds);
  auto usage = read_usage(node_->pid());
  result_.add("rss_subscribed_mib", usage.rss_mib);
  result_.add("rss_peak_mib", usage.peak_rss_mib);
  result_.add("rss_bytes_each", bytes_each(usage.rss_mib));
}

void registry_run::restart() {
  auto stopped = node_->stop();
  result_.add("stop_s", stopped.seconds);
  if (stopped.exit_code != 0)
    result_.problems.emplace_back("the node exited with "
                                  + std::to_string(stopped.exit_code) + ": "
                                  + node_->log_tail());
  auto begin = monotonic_ns();
  {
    stage shown{"restarting"};
    start();
  }
  result_.add("ready_s", static_cast<double>(monotonic_ns() - begin) / 1e9);
  result_.add("rss_ready_mib", read_usage(node_->pid()).rss_mib);
  wait_for("settling", settle_seconds);
  auto usage = read_usage(node_->pid());
  result_.add("rss_restarted_mib", usage.rss_mib);
  result_.add("rss_restarted_bytes_each", bytes_each(usage.rss_mib));
}

void registry_run::stand_idle() {
  auto begin = look_at_usage(node_->pid(), target_.pid());
  wait_for("idle", options_.seconds);
  auto end = look_at_usage(node_->pid(), target_.pid());
  auto cpu_ns = static_cast<double>(end.engine.cpu_ns - begin.engine.cpu_ns);
  result_.add("idle_cpu_percent", cpu_ns / 1e7 / seconds_between(begin, end));
  result_.add("idle_rss_mib", end.engine.rss_mib);
  result_.add(
    "idle_written_bytes_per_s",
    static_cast<double>(end.engine.written_bytes - begin.engine.written_bytes)
      / seconds_between(begin, end));
}

scenario_result registry_run::finish() {
  auto found = static_cast<uint64_t>(read_metric(
    node_->port(), "herald_subscriptions{state=\"active_or_pending\"}"));
  result_.add_fault("missing",
                    subscriptions_ - std::min(found, subscriptions_));
  auto stopped = node_->stop();
  if (stopped.exit_code != 0)
    result_.problems.emplace_back("the node exited with "
                                  + std::to_string(stopped.exit_code));
  return std::move(result_);
}

uint64_t given_or(uint64_t given, uint64_t otherwise) {
  return given == 0 ? otherwise : given;
}

} // namespace

scenario_result run_registry(const bench_options& options, sink& target,
                             const limit_figures& limit) {
  registry_run run{"registry", options, target,
                   given_or(options.subscribers, 1'000'000)};
  run.subscribe(limit);
  run.settle();
  run.restart();
  return run.finish();
}

scenario_result run_idle(const bench_options& options, sink& target,
                         const limit_figures& limit) {
  registry_run run{"idle", options, target,
                   given_or(options.subscribers, 100'000)};
  run.subscribe(limit);
  run.settle();
  run.stand_idle();
  return run.finish();
}

} // namespace herald::bench
