#include "bench/scenarios.hpp"

#include "bench/clock.hpp"
#include "bench/interrupt.hpp"
#include "bench/machine.hpp"
#include "bench/node_process.hpp"
#include "bench/publisher.hpp"
#include "bench/subscribe.hpp"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <memory>
#include <utility>

#include <unistd.h>

namespace fs = std::filesystem;

namespace herald::bench {

namespace {

constexpr std::chrono::microseconds look_again{200};
constexpr uint64_t drain_patience_ns = 15'000'000'000;

/// Everything that is read at both ends of the measured part.
struct snapshot {
  uint64_t at_ns = 0;
  uint64_t deliveries = 0;
  uint64_t accepted = 0;
  process_usage engine;
  process_usage sink_usage;
  process_usage driver;
  uint64_t machine_ns = 0; ///< CPU time of everybody.
  histogram latency;
  histogram accept_latency;
};

/// One run of one scenario against one node.
class scenario_run {
public:
  scenario_run(const scenario& plan, const bench_options& options, sink& target,
               const limit_figures& limit, const sick_ones& sick)
    : plan_{plan}, options_{options}, target_{target}, limit_{limit},
      sick_{sick}, folder_{options.data}, node_{options.herald, folder_.path(),
                                                options.herald_arguments} {
    std::cerr << plan.name << ": node ready, pid " << node_.pid() << '\n';
  }

  scenario_result run(const fs::path& profile);

private:
  void subscribe();
  void subscribe_sick();
  void publish_to_sick();
  void fall_ill();
  void load(const fs::path& profile);
  void drive(double seconds);
  snapshot look();
  void drain();
  void stop();
  void count(const std::string& name, uint64_t value,
             const std::string& explanation = {});
  void add(const std::string& name, double value);
  void add_latency(const std::string& name, const histogram& latency);
  void summarise();
  void add_rates(double seconds);
  void add_cpu(double seconds, double units);
  void add_counts();
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

publish_options scenario_run::to_publish() const {
  return {node_.port(),
          plan_.topics,
          plan_.subscribers,
          options_.body,
          plan_.window,
          plan_.rate,
          0};
}

scenario_result scenario_run::run(const fs::path& profile) {
  result_.scenario = plan_.name;
  result_.unit = plan_.subscribers == 0 ? "event" : "delivery";
  add("rss_idle_mib", read_usage(node_.pid()).rss_mib);
  subscribe();
  add("rss_subscribed_mib", read_usage(node_.pid()).rss_mib);
  load(profile);
  drain();
  summarise();
  stop();
  return std::move(result_);
}

void scenario_run::subscribe() {
  auto begin = monotonic_ns();
  if (plan_.subscribers > 0)
    subscribe_all({node_.port(), plan_.topics, plan_.subscribers}, target_,
                  target_);
  if (sick_.count() > 0)
    subscribe_sick();
  add("subscribe_s", static_cast<double>(monotonic_ns() - begin) / 1e9);
}

void scenario_run::subscribe_sick() {
  auto next_topic = sick_.own_topics ? plan_.topics : 0;
  auto subscribe = [&](uint64_t count, health how) {
    if (count == 0)
      return;
    subscribe_options wish{node_.port(), 1, count};
    if (sick_.own_topics)
      std::swap(wish.topics, wish.subscribers);
    wish.first_topic = next_topic;
    wish.how = how;
    subscribe_all(wish, *sick_.at, target_);
    next_topic += sick_.own_topics ? count : 0;
  };
  subscribe(sick_.hang, health::hangs);
  subscribe(sick_.slow, health::slow);
  subscribe(sick_.fail, health::fails);
}

/// As often as to the healthy ones, in addition to that.
void scenario_run::publish_to_sick() {
  if (sick_.count() == 0 || !sick_.own_topics)
    return;
  auto wish = to_publish();
  wish.topics = sick_.count();
  wish.subscribers = 0;
  wish.first_topic = plan_.topics;
  wish.rate = plan_.rate * static_cast<double>(sick_.count())
              / static_cast<double>(plan_.topics);
  sick_publisher_ = std::make_unique<publisher>(wish, target_);
  sick_client_
    = std::make_unique<load_client>(node_.port(), options_.connections);
}

void scenario_run::fall_ill() {
  if (sick_.count() > 0)
    sick_.at->fall_ill(sick_.slow_ns);
}

void scenario_run::load(const fs::path& profile) {
  target_.expect_body(options_.body);
  if (options_.verify)
    target_.verify(plan_.topics, plan_.subscribers);
  publisher_ = std::make_unique<publisher>(to_publish(), target_);
  client_ = std::make_unique<load_client>(node_.port(), options_.connections);
  publish_to_sick();
  drive(options_.warm_up_seconds);
  std::unique_ptr<child_process> perf;
  if (!profile.empty())
    perf = std::make_unique<child_process>(
      std::vector<std::string>{"perf", "record", "-g", "-p",
                               std::to_string(node_.pid()), "-o",
                               profile.string()},
      folder_.path() / "perf.log");
  fall_ill();
  begin_ = look();
  drive(options_.seconds);
  end_ = look();
  if (perf) {
    perf->signal(SIGINT);
    if (perf->wait(30) == 127)
      result_.problems.emplace_back("perf is not installed");
  }
  drive(options_.keep_running_seconds);
}

void scenario_run::drive(double seconds) {
  auto end = monotonic_ns() + seconds_to_ns(seconds);
  while (monotonic_ns() < end) {
    check_interrupted();
    client_->turn(*publisher_, look_again);
    if (sick_client_)
      sick_client_->turn(*sick_publisher_, std::chrono::nanoseconds{0});
  }
}

snapshot scenario_run::look() {
  return {monotonic_ns(),
          target_.counters().deliveries,
          publisher_->accepted(),
          read_usage(node_.pid()),
          read_usage(target_.pid()),
          read_usage(::getpid()),
          read_busy_ns(),
          target_.latency(),
          publisher_->accept_latency()};
}

void scenario_run::drain() {
  auto begin = monotonic_ns();
  if (!client_->finish(*publisher_, begin + drain_patience_ns))
    result_.problems.emplace_back("publish requests without an answer");
  if (sick_client_)
    sick_client_->finish(*sick_publisher_, monotonic_ns() + drain_patience_ns);
  auto last = publisher_->delivered();
  auto since = begin;
  while (publisher_->delivered() < publisher_->expected()
         && monotonic_ns() - since < drain_patience_ns) {
    pause_ms(1);
    if (publisher_->delivered() != std::exchange(last, publisher_->delivered()))
      since = monotonic_ns();
  }
  add("drain_s", static_cast<double>(monotonic_ns() - begin) / 1e9);
}

void scenario_run::stop() {
  auto stopped = node_.stop();
  add("stop_s", stopped.seconds);
  if (stopped.exit_code != 0)
    result_.problems.emplace_back("the node exited with "
                                  + std::to_string(stopped.exit_code) + ": "
                                  + node_.log_tail());
}

void scenario_run::add(const std::string& name, double value) {
  result_.metrics.push_back({name, value});
}

void scenario_run::add_latency(const std::string& name,
                               const histogram& latency) {
  auto to_ms
    = [&](double q) { return static_cast<double>(latency.quantile(q)) / 1e6; };
  add(name + "_p50_ms", to_ms(0.5));
  add(name + "_p99_ms", to_ms(0.99));
  add(name + "_max_ms", to_ms(1));
}

void scenario_run::summarise() {
  auto seconds = static_cast<double>(end_.at_ns - begin_.at_ns) / 1e9;
  add_rates(seconds);
  auto accept = end_.accept_latency.since(begin_.accept_latency);
  auto latency = end_.latency.since(begin_.latency);
  add_latency("latency", plan_.subscribers == 0 ? accept : latency);
  add_latency("accept", accept);
  add("rss_peak_mib", read_usage(node_.pid()).peak_rss_mib);
  add_counts();
}

void scenario_run::add_rates(double seconds) {
  auto accepted = static_cast<double>(end_.accepted - begin_.accepted);
  auto delivered = static_cast<double>(end_.deliveries - begin_.deliveries);
  auto units = plan_.subscribers == 0 ? accepted : delivered;
  add("rate_per_s", units / seconds);
  add("accepted_per_s", accepted / seconds);
  add("limit_per_s", limit_.per_s());
  add("limit_bare_per_s", limit_.bare_per_s);
  if (limit_.wrk_per_s)
    add("limit_wrk_per_s", *limit_.wrk_per_s);
  add("ratio_to_limit", units / seconds / limit_.per_s());
  add_cpu(seconds, units);
  if (units == 0)
    result_.problems.emplace_back("nothing happened in the measured part");
}

void scenario_run::add_cpu(double seconds, double units) {
  auto spent = [&](process_usage snapshot::*who) {
    return static_cast<double>((end_.*who).cpu_ns - (begin_.*who).cpu_ns);
  };
  auto engine = spent(&snapshot::engine);
  auto sink_ns = spent(&snapshot::sink_usage);
  auto ours = engine + sink_ns + spent(&snapshot::driver);
  auto all = static_cast<double>(end_.machine_ns - begin_.machine_ns);
  auto written = end_.engine.written_bytes - begin_.engine.written_bytes;
  auto divisor = std::max(units, 1.0);
  add("engine_cpu_us", engine / 1e3 / divisor);
  add("sink_cpu_us", sink_ns / 1e3 / divisor);
  add("engine_written_bytes", static_cast<double>(written) / divisor);
  add("engine_cores", engine / 1e9 / seconds);
  add("other_cores", std::max(all - ours, 0.0) / 1e9 / seconds);
}

void scenario_run::count(const std::string& name, uint64_t value,
                         const std::string& explanation) {
  add(name, static_cast<double>(value));
  if (value > 0)
    result_.problems.push_back(name + ": " + std::to_string(value)
                               + (explanation.empty() ? "" : " ")
                               + explanation);
}

// Without verification a repeated delivery can hide a lost one.
void scenario_run::add_counts() {
  const auto& seen = target_.counters();
  auto distinct = publisher_->delivered() - seen.duplicates;
  auto expected = publisher_->expected();
  add("accepted", static_cast<double>(publisher_->accepted()));
  add("refused", static_cast<double>(publisher_->refused()));
  add("sink_connections", static_cast<double>(seen.connections));
  if (sick_.count() > 0)
    add("sick_attempts", static_cast<double>(sick_.at->counters().sick));
  count("failed", publisher_->failed(), publisher_->first_failure());
  count("lost", expected - std::min(distinct, expected));
  count("surplus", distinct - std::min(distinct, expected));
  count("duplicates", seen.duplicates);
  count("misrouted", seen.misrouted);
  count("unverified", seen.unverified);
  count("bad_lengths", seen.bad_lengths);
  count("bad_bodies", seen.bad_bodies);
  count("malformed", seen.malformed);
}

uint64_t value_or(uint64_t given, uint64_t otherwise) {
  return given == 0 ? otherwise : given;
}

// One profile per node: numbered where there are several.
fs::path profile_of(const scenario& plan, const bench_options& options,
                    unsigned run) {
  if (options.perf.empty() || (options.runs == 1 && options.what.size() == 1))
    return options.perf;
  return options.perf.string() + "-" + plan.name + "-" + std::to_string(run);
}

} // namespace

scenario make_scenario(const std::string& name, const bench_options& options) {
  if (name == "fan-out")
    return {name, 1, value_or(options.subscribers, 1000),
            value_or(options.window, 4), options.rate};
  if (name == "unicast")
    return {name, value_or(options.topics, 10'000), 1,
            value_or(options.window, 256), options.rate};
  return {name, value_or(options.topics, 1), 0, 0, options.rate};
}

scenario_result run_scenario(const scenario& plan, const bench_options& options,
                             sink& target, const limit_figures& limit,
                             unsigned run, const sick_ones& sick) {
  return scenario_run{plan, options, target, limit, sick}.run(
    profile_of(plan, options, run));
}

} // namespace herald::bench
