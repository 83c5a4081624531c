#include "bench/scenarios/scenario_run.hpp"

#include <algorithm>

namespace herald::bench {

void scenario_run::add_latency(const std::string& name,
                               const histogram& latency) {
  auto to_ms
    = [&](double q) { return static_cast<double>(latency.quantile(q)) / 1e6; };
  result_.add(name + "_p50_ms", to_ms(0.5));
  result_.add(name + "_p99_ms", to_ms(0.99));
  result_.add(name + "_max_ms", to_ms(1));
}

void scenario_run::summarise() {
  auto seconds = seconds_between(begin_.usage, end_.usage);
  auto accepted = static_cast<double>(end_.accepted - begin_.accepted);
  auto delivered = static_cast<double>(end_.deliveries - begin_.deliveries);
  add_rates(result_, begin_.usage, end_.usage,
            plan_.subscribers == 0 ? accepted : delivered, limit_);
  result_.add("accepted_per_s", accepted / seconds);
  auto accept = end_.accept_latency.since(begin_.accept_latency);
  auto latency = end_.latency.since(begin_.latency);
  add_latency("latency", plan_.subscribers == 0 ? accept : latency);
  add_latency("accept", accept);
  result_.add("rss_peak_mib", read_usage(node_.pid()).peak_rss_mib);
  add_counts();
}

// Without verification a repeated delivery can hide a lost one.
void scenario_run::add_counts() {
  const auto& seen = target_.counters();
  auto distinct = publisher_->delivered() - seen.duplicates;
  auto expected = publisher_->expected();
  result_.add("accepted", static_cast<double>(publisher_->accepted()));
  result_.add("refused", static_cast<double>(publisher_->refused()));
  result_.add("sink_connections", static_cast<double>(seen.connections));
  if (sick_.count() > 0)
    result_.add("sick_attempts",
                static_cast<double>(sick_.at->counters().sick));
  result_.add_fault("failed", publisher_->failed(),
                    publisher_->first_failure());
  result_.add_fault("lost", expected - std::min(distinct, expected));
  result_.add_fault("surplus", distinct - std::min(distinct, expected));
  result_.add_fault("duplicates", seen.duplicates);
  result_.add_fault("misrouted", seen.misrouted);
  add_faults();
}

void scenario_run::add_faults() {
  const auto& seen = target_.counters();
  result_.add_fault("unverified", seen.unverified);
  result_.add_fault("bad_lengths", seen.bad_lengths);
  result_.add_fault("bad_bodies", seen.bad_bodies);
  result_.add_fault("malformed", seen.malformed);
  result_.add_fault("unsigned", seen.unsigned_);
  result_.add_fault("bad_signatures", seen.bad_signatures);
}

} // namespace herald::bench
