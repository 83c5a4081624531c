#include "http/front_end/metrics.hpp"

#include "config/version.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <limits>
#include <utility>
#include <vector>

namespace herald {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using label_list = std::vector<ClientMetric::Label>;

/// By verdict.
constexpr std::array<const char*, engine_counters::verdicts> verdict_names{
  "done", "retry", "dead", "gone", "unused"};

/// Puts a family together. Prometheus has only doubles, so that counts above
/// 2^53 lose their last digits.
class family {
public:
  family(MetricType type, std::string name, std::string help) {
    made_.type = type;
    made_.name = std::move(name);
    made_.help = std::move(help);
  }

  template <class T>
  family& with(label_list labels, T value) {
    auto& metric = made_.metric.emplace_back();
    metric.label = std::move(labels);
    if (made_.type == MetricType::Counter)
      metric.counter.value = static_cast<double>(value);
    else
      metric.gauge.value = static_cast<double>(value);
    return *this;
  }

  template <class T>
  family& with(T value) {
    return with({}, value);
  }

  MetricFamily& made() { return made_; }

private:
  MetricFamily made_;
};

family counter(std::string name, std::string help) {
  return {MetricType::Counter, std::move(name), std::move(help)};
}

family gauge(std::string name, std::string help) {
  return {MetricType::Gauge, std::move(name), std::move(help)};
}

uint64_t read(const std::atomic<uint64_t>& from) {
  return from.load(relaxed);
}

/// All families of one answer.
class families {
public:
  void add(family& what) { all_.push_back(std::move(what.made())); }
  void add(family&& what) { add(what); }

  std::string text() const {
    return prometheus::TextSerializer{}.Serialize(all_);
  }

private:
  std::vector<MetricFamily> all_;
};

// -- the engine ---------------------------------------------------------------

void add_events(families& to, const engine_counters& from) {
  to.add(counter("herald_events_accepted_total", "Events that were stored.")
           .with(read(from.accepted)));
  to.add(counter("herald_events_duplicate_total",
                 "Events that were sent again and known already.")
           .with(read(from.duplicate)));
  to.add(counter("herald_events_mismatched_total",
                 "Events that were sent again under their name with another "
                 "body, and answered with the first.")
           .with(read(from.mismatched)));
  auto refused = counter("herald_publish_refused_total",
                         "Valid events that were not stored, by reason.");
  for (size_t i = 1; i < from.not_accepted.size(); ++i)
    if (auto count = read(from.not_accepted[i]); count > 0)
      refused.with({{"reason", to_string(static_cast<errc>(i))}}, count);
  to.add(refused);
}

void add_outcomes(families& to, const engine_counters& from) {
  auto ended = counter("herald_deliveries_total",
                       "How deliveries came back from a subscriber.");
  for (size_t i = 0; i < verdict_names.size(); ++i)
    ended.with({{"outcome", verdict_names[i]}}, read(from.outcomes[i]));
  to.add(ended);
  auto failed
    = counter("herald_attempts_failed_total", "Failed attempts, by error.");
  for (size_t i = 1; i < from.failed.size(); ++i)
    failed.with({{"error", std::string{to_string(static_cast<failure>(i))}}},
                read(from.failed[i]));
  to.add(failed);
  to.add(counter("herald_dead_letters_total", "Deliveries that were given up.")
           .with(read(from.dead_letters)));
}

void add_durations(families& to, const engine_counters& from) {
  constexpr double second_ms = 1000;
  family all{MetricType::Histogram, "herald_attempt_duration_seconds",
             "How long attempts took, good or bad."};
  auto& into = all.made().metric.emplace_back().histogram;
  auto& bounds = engine_counters::duration_bounds;
  for (size_t i = 0; i < from.durations.size(); ++i) {
    into.sample_count += read(from.durations[i]);
    auto bound = i < bounds.size() ? bounds[i] / second_ms
                                   : std::numeric_limits<double>::infinity();
    into.bucket.push_back({into.sample_count, bound});
  }
  into.sample_sum = static_cast<double>(read(from.duration_ms)) / second_ms;
  to.add(all);
}

void add_work(families& to, const engine_counters& from) {
  to.add(gauge("herald_jobs", "Deliveries that wait on disk for their time.")
           .with(read(from.jobs)));
  to.add(gauge("herald_lagging_subscribers",
               "Subscribers that are served from a log: far behind, or "
               "replayed to.")
           .with(read(from.lagging)));
  to.add(gauge("herald_open_deliveries",
               "Deliveries that are under way and not on disk.")
           .with(read(from.open)));
  to.add(gauge("herald_breakers_open",
               "Subscribers that are left alone for a while, because they "
               "kept failing.")
           .with(read(from.breakers)));
}

void add_logs(families& to, const engine& from) {
  auto head = gauge("herald_log_head", "The newest sequence of each log.");
  auto lag = gauge("herald_cursor_lag",
                   "How many sequences the partition that is furthest behind "
                   "has not spread yet.");
  for (size_t i = 0; i < from.heads->at.size(); ++i) {
    sequence at = from.heads->at[i];
    label_list labels{{"log", std::to_string(i)}};
    head.with(labels, at);
    lag.with(labels, from.counters->lag(static_cast<log_id>(i), at));
  }
  to.add(head);
  to.add(lag);
}

// -- subscriptions ------------------------------------------------------------

void add_subscriptions(families& to, const registry_counters& from) {
  to.add(gauge("herald_subscriptions",
               "Subscriptions; a pending one waits for its callback's word, "
               "and may be active meanwhile.")
           .with({{"state", "active_or_pending"}}, read(from.subscriptions))
           .with({{"state", "pending"}}, read(from.pending)));
  to.add(counter("herald_subscription_requests_total",
                 "Requests to subscribe or unsubscribe.")
           .with(read(from.requests)));
  to.add(counter("herald_verifications_total",
                 "Ends of verifications of intent, by outcome.")
           .with({{"outcome", "confirmed"}}, read(from.confirmed))
           .with({{"outcome", "refused"}}, read(from.refused))
           .with({{"outcome", "silent"}}, read(from.silent))
           .with({{"outcome", "denied"}}, read(from.denied)));
  to.add(counter("herald_subscriptions_expired_total",
                 "Subscriptions whose lease ended.")
           .with(read(from.expired)));
}

// -- node and process ---------------------------------------------------------

void add_node(families& to, const engine& from, bool ready) {
  to.add(gauge("herald_store_refuses", "1 if the last append of events failed.")
           .with(from.state->store_refuses.load()));
  to.add(counter("herald_self_calls_refused_total",
                 "Requests that would have gone to this node itself.")
           .with(read(from.loops->self_calls)));
  to.add(counter("herald_hops_refused_total",
                 "Requests to publish that had come through too many nodes.")
           .with(read(from.loops->hops)));
  to.add(gauge("herald_ready", "1 if the node takes requests.").with(ready));
  to.add(gauge("herald_build_info", "1; the version is in the label.")
           .with({{"version", std::string{version()}}}, 1));
}

void add_process(families& to, const process_usage& from) {
  to.add(gauge("process_resident_memory_bytes", "Memory in use.")
           .with(from.resident_bytes));
  to.add(counter("process_cpu_seconds_total", "Processor time spent.")
           .with(from.cpu_seconds));
  to.add(gauge("process_start_time_seconds", "Start, since 1970.")
           .with(from.started_at_s));
}

} // namespace

std::string metrics_text(const engine& of, bool ready,
                         const process_usage& usage) {
  families all;
  add_events(all, *of.counters);
  add_outcomes(all, *of.counters);
  add_durations(all, *of.counters);
  add_work(all, *of.counters);
  add_logs(all, of);
  add_subscriptions(all, *of.registrations);
  add_node(all, of, ready);
  add_process(all, usage);
  return all.text();
}

http_response metrics_response(const engine& of, bool ready) {
  return {200,
          {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
          metrics_text(of, ready, read_process_usage())};
}

} // namespace herald
