#include "bench/scenarios/backlog.hpp"

#include "bench/figures/report.hpp"
#include "bench/load/load_client.hpp"
#include "bench/load/node_process.hpp"
#include "bench/load/publisher.hpp"
#include "bench/load/sink.hpp"
#include "bench/load/subscribe.hpp"
#include "bench/process/child_process.hpp"
#include "bench/process/clock.hpp"
#include "bench/process/interrupt.hpp"
#include "bench/process/progress.hpp"
#include "bench/scenarios/limit.hpp"
#include "bench/scenarios/scenarios.hpp"
#include "bench/scenarios/usage_meter.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <stdexcept>

namespace herald::bench {

namespace {

constexpr size_t default_batch = 100;
/// Few, so that the requests themselves take no memory to speak of.
constexpr size_t publish_connections = 4;
constexpr uint64_t no_progress_ns = 60'000'000'000;
constexpr std::string_view pause_flag = "--breaker-max-pause";

// A dead subscriber is asked again after 2 s at most: by default that may take
// ten minutes, which is no part of what is measured.
std::vector<std::string> with_short_pause(std::vector<std::string> arguments) {
  auto is_given
    = std::any_of(arguments.begin(), arguments.end(), [](const auto& argument) {
        return argument.starts_with(pause_flag);
      });
  if (!is_given)
    arguments.push_back(std::string{pause_flag} + "=2s");
  return arguments;
}

class backlog_run {
public:
  explicit backlog_run(const bench_options& options);

  scenario_result run(const limit_figures& limit);

private:
  double rss_mib() const { return read_usage(node_.pid()).rss_mib; }
  uint64_t delivered() const { return target_->counters().deliveries; }
  void subscribe();
  void die();
  void publish();
  void revive();
  uint64_t await(uint64_t deliveries, const char* what);
  void drain(const limit_figures& limit);
  void finish();

  const bench_options& options_;
  std::optional<sink> target_{std::in_place};
  uint16_t port_ = target_->port();
  sink names_; ///< Names the topic, and does not die.
  temp_folder folder_;
  node_process node_;
  uint64_t events_ = 0; ///< Accepted.
  double rss_before_mib_ = 0;
  scenario_result result_{"backlog", "delivery", {}, {}};
};

backlog_run::backlog_run(const bench_options& options)
  : options_{options}, folder_{options.data}, node_{
                                                options.herald, folder_.path(),
                                                with_short_pause(
                                                  options.herald_arguments)} {
  std::cerr << "backlog: node ready, pid " << node_.pid() << '\n';
}

scenario_result backlog_run::run(const limit_figures& limit) {
  result_.add("rss_idle_mib", rss_mib());
  subscribe();
  die();
  publish();
  revive();
  drain(limit);
  finish();
  return std::move(result_);
}

void backlog_run::subscribe() {
  subscribe_all({.node_port = node_.port()}, *target_, names_);
  rss_before_mib_ = rss_mib();
  result_.add("rss_subscribed_mib", rss_before_mib_);
}

void backlog_run::die() {
  if (options_.dead == "503")
    target_->play_dead(true);
  else
    target_.reset();
}

void backlog_run::publish() {
  stage shown{"publishing to the dead"};
  publisher source{
    {.node_port = node_.port(),
     .body = options_.body,
     .batch = options_.batch > 1 ? options_.batch : default_batch,
     .most = options_.events},
    names_};
  load_client client{node_.port(), publish_connections};
  auto begin = monotonic_ns();
  while (!source.is_done()) {
    client.turn(source, std::chrono::milliseconds{1});
    check_interrupted();
    show_share(static_cast<double>(source.accepted())
               / static_cast<double>(options_.events));
    if (source.failed() > 0)
      throw std::runtime_error{"publishing was answered "
                               + source.first_failure()};
  }
  client.finish(source, monotonic_ns() + no_progress_ns);
  events_ = source.accepted();
  auto usage = read_usage(node_.pid());
  result_.add("events", static_cast<double>(events_));
  result_.add("publish_s", static_cast<double>(monotonic_ns() - begin) / 1e9);
  result_.add("rss_growth_mib", usage.rss_mib - rss_before_mib_);
  result_.add("rss_growth_peak_mib", usage.peak_rss_mib - rss_before_mib_);
}

void backlog_run::revive() {
  if (target_)
    target_->play_dead(false);
  else
    target_.emplace(port_);
  target_->expect_body(options_.body);
  if (options_.verify)
    target_->verify(1, 1);
}

/// Until there are so many, or no more come; how many there are.
uint64_t backlog_run::await(uint64_t deliveries, const char* what) {
  stage shown{what};
  auto last = delivered();
  auto since = monotonic_ns();
  while (delivered() < deliveries && monotonic_ns() - since < no_progress_ns) {
    pause_ms(1);
    show_share(static_cast<double>(delivered()) / static_cast<double>(events_));
    if (auto now = delivered(); now != std::exchange(last, now))
      since = monotonic_ns();
  }
  return delivered();
}

void backlog_run::drain(const limit_figures& limit) {
  auto revived = monotonic_ns();
  auto first = await(1, "waiting for the first delivery");
  auto begin = look_at_usage(node_.pid(), target_->pid());
  result_.add("wake_s", static_cast<double>(begin.at_ns - revived) / 1e9);
  auto last = await(events_, "draining");
  auto end = look_at_usage(node_.pid(), target_->pid());
  add_rates(result_, begin, end, static_cast<double>(last - first), limit);
  result_.add("drain_s", seconds_between(begin, end));
}

void backlog_run::finish() {
  const auto& seen = target_->counters();
  auto distinct = delivered() - seen.duplicates;
  result_.add("rss_peak_mib", read_usage(node_.pid()).peak_rss_mib);
  result_.add_fault("lost", events_ - std::min(distinct, events_));
  result_.add_fault("surplus", distinct - std::min(distinct, events_));
  result_.add_fault("duplicates", seen.duplicates);
  result_.add_fault("bad_lengths", seen.bad_lengths);
  result_.add_fault("bad_bodies", seen.bad_bodies);
  auto stopped = node_.stop();
  result_.add("stop_s", stopped.seconds);
  if (stopped.exit_code != 0)
    result_.problems.emplace_back("the node exited with "
                                  + std::to_string(stopped.exit_code) + ": "
                                  + node_.log_tail());
}

} // namespace

std::vector<scenario_result> run_backlog(const bench_options& options,
                                         unsigned run) {
  auto limit = measure_limit_alone(options);
  std::vector<scenario_result> results;
  {
    sink target;
    results.push_back(run_scenario(make_scenario("fan-out", options), options,
                                   target, limit, run));
    results.back().scenario = "before";
    print_row(std::cout, results.back());
  }
  auto backlog = backlog_run{options}.run(limit);
  backlog.add("ratio_to_fan_out",
              backlog["rate_per_s"] / results.front()["rate_per_s"]);
  print_row(std::cout, backlog);
  results.push_back(std::move(backlog));
  return results;
}

} // namespace herald::bench
