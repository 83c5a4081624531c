#include "bench/scenarios/scenario_run.hpp"

#include "bench/load/subscribe.hpp"
#include "bench/process/clock.hpp"
#include "bench/process/interrupt.hpp"
#include "bench/process/progress.hpp"

#include <csignal>
#include <iostream>
#include <utility>

namespace herald::bench {

namespace {

constexpr std::chrono::microseconds look_again{200};
constexpr uint64_t drain_patience_ns = 15'000'000'000;

} // namespace

publish_options scenario_run::to_publish() const {
  return {.node_port = node_.port(),
          .topics = plan_.topics,
          .subscribers = plan_.subscribers,
          .body = options_.body,
          .batch = plan_.batch,
          .window = plan_.window,
          .rate = plan_.rate};
}

scenario_run::scenario_run(const scenario& plan, const bench_options& options,
                           sink& target, const limit_figures& limit,
                           const sick_ones& sick)
  : plan_{plan}, options_{options}, target_{target}, limit_{limit}, sick_{sick},
    folder_{options.data}, node_{options.herald, folder_.path(),
                                 options.herald_arguments,
                                 target.certificate()} {
  std::cerr << plan.name << ": node ready, pid " << node_.pid() << '\n';
}

scenario_result scenario_run::run(const std::filesystem::path& profile) {
  result_.scenario = plan_.name;
  result_.unit = plan_.subscribers == 0 ? "event" : "delivery";
  result_.add("rss_idle_mib", read_usage(node_.pid()).rss_mib);
  subscribe();
  result_.add("rss_subscribed_mib", read_usage(node_.pid()).rss_mib);
  load(profile);
  drain();
  summarise();
  stop();
  return std::move(result_);
}

void scenario_run::subscribe() {
  auto begin = monotonic_ns();
  if (plan_.subscribers > 0)
    subscribe_all({.node_port = node_.port(),
                   .topics = plan_.topics,
                   .subscribers = plan_.subscribers,
                   .is_signed = plan_.is_signed},
                  target_, target_);
  if (sick_.count() > 0)
    subscribe_sick();
  if (plan_.bystanders > 0)
    subscribe_bystanders();
  result_.add("subscribe_s", static_cast<double>(monotonic_ns() - begin) / 1e9);
}

void scenario_run::subscribe_bystanders() {
  subscribe_all({.node_port = node_.port(),
                 .topics = plan_.bystanders,
                 .first_topic = plan_.topics + sick_.count()},
                target_, target_);
}

void scenario_run::subscribe_sick() {
  auto next_topic = sick_.own_topics ? plan_.topics : 0;
  auto subscribe = [&](uint64_t count, health how) {
    if (count == 0)
      return;
    subscribe_options wish{.node_port = node_.port(), .subscribers = count};
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

void scenario_run::load(const std::filesystem::path& profile) {
  target_.expect_body(options_.body);
  target_.expect_signatures(plan_.is_signed);
  if (options_.verify)
    target_.verify(plan_.topics, plan_.subscribers);
  publisher_ = std::make_unique<publisher>(to_publish(), target_);
  client_ = std::make_unique<load_client>(node_.port(), options_.connections);
  publish_to_sick();
  drive(options_.warm_up_seconds, "warming up");
  std::unique_ptr<child_process> perf;
  if (!profile.empty())
    perf = std::make_unique<child_process>(
      std::vector<std::string>{"perf", "record", "-g", "-p",
                               std::to_string(node_.pid()), "-o",
                               profile.string()},
      folder_.path() / "perf.log");
  fall_ill();
  begin_ = look();
  drive(options_.seconds, "measuring");
  end_ = look();
  if (perf) {
    perf->signal(SIGINT);
    if (perf->wait(30) == 127)
      result_.problems.emplace_back("perf is not installed");
  }
  drive(options_.keep_running_seconds, "still running");
}

void scenario_run::drive(double seconds, const char* what) {
  stage shown{what, seconds};
  auto end = monotonic_ns() + seconds_to_ns(seconds);
  while (monotonic_ns() < end) {
    check_interrupted();
    client_->turn(*publisher_, look_again);
    if (sick_client_)
      sick_client_->turn(*sick_publisher_, std::chrono::nanoseconds{0});
  }
}

snapshot scenario_run::look() {
  return {look_at_usage(node_.pid(), target_.pid()),
          target_.counters().deliveries, publisher_->accepted(),
          target_.latency(), publisher_->accept_latency()};
}

void scenario_run::drain() {
  auto begin = monotonic_ns();
  if (!client_->finish(*publisher_, begin + drain_patience_ns))
    result_.problems.emplace_back("publish requests without an answer");
  if (sick_client_)
    sick_client_->finish(*sick_publisher_, monotonic_ns() + drain_patience_ns);
  stage shown{"draining"};
  auto last = publisher_->delivered();
  auto since = begin;
  while (publisher_->delivered() < publisher_->expected()
         && monotonic_ns() - since < drain_patience_ns) {
    pause_ms(1);
    if (publisher_->delivered() != std::exchange(last, publisher_->delivered()))
      since = monotonic_ns();
  }
  result_.add("drain_s", static_cast<double>(monotonic_ns() - begin) / 1e9);
}

void scenario_run::stop() {
  auto stopped = node_.stop();
  result_.add("stop_s", stopped.seconds);
  if (stopped.exit_code != 0)
    result_.problems.emplace_back("the node exited with "
                                  + std::to_string(stopped.exit_code) + ": "
                                  + node_.log_tail());
}

} // namespace herald::bench
