#include "config/version.hpp"
#include "http/front_end/metrics.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <sstream>

using namespace herald;

namespace {

class the_metrics : public testing::Test {
protected:
  the_metrics() {
    of.state = node;
    of.heads = heads;
    of.counters = counters;
    of.registrations = registrations;
  }

  std::string text() { return metrics_text(of, true, {4096, 1.5, 1.7e9}); }

  bool has(const std::string& line) {
    return ('\n' + text()).find('\n' + line + '\n') != std::string::npos;
  }

  std::shared_ptr<health> node = std::make_shared<health>();
  std::shared_ptr<log_heads> heads = std::make_shared<log_heads>(2);
  std::shared_ptr<engine_counters> counters
    = std::make_shared<engine_counters>(1, 2);
  std::shared_ptr<registry_counters> registrations
    = std::make_shared<registry_counters>();
  engine of;
};

} // namespace

TEST_F(the_metrics, count_events_and_deliveries) {
  counters->accepted = 3;
  counters->duplicate = 1;
  counters->refused(fail(errc::overloaded, ""), 5);
  counters->outcomes[static_cast<size_t>(verdict::retry)] = 7;
  counters->failed[static_cast<size_t>(failure::timeout)] = 2;
  counters->dead_letters = 4;
  EXPECT_TRUE(has("herald_events_accepted_total 3"));
  EXPECT_TRUE(has("herald_events_duplicate_total 1"));
  EXPECT_TRUE(has("herald_publish_refused_total{reason=\"overloaded\"} 5"));
  EXPECT_TRUE(has("herald_deliveries_total{outcome=\"retry\"} 7"));
  EXPECT_TRUE(has("herald_deliveries_total{outcome=\"done\"} 0"));
  EXPECT_TRUE(has("herald_attempts_failed_total{error=\"timeout\"} 2"));
  EXPECT_TRUE(has("herald_attempts_failed_total{error=\"dns\"} 0"));
  EXPECT_TRUE(has("herald_dead_letters_total 4"));
}

TEST_F(the_metrics, add_up_the_buckets_of_a_histogram) {
  counters->durations[0] = 1;
  counters->durations[1] = 2;
  counters->durations[11] = 4;
  counters->duration_ms = 42'500;
  auto name = std::string{"herald_attempt_duration_seconds"};
  EXPECT_TRUE(has("# TYPE " + name + " histogram"));
  EXPECT_TRUE(has(name + "_bucket{le=\"0.005\"} 1"));
  EXPECT_TRUE(has(name + "_bucket{le=\"0.01\"} 3"));
  EXPECT_TRUE(has(name + "_bucket{le=\"10\"} 3"));
  EXPECT_TRUE(has(name + "_bucket{le=\"+Inf\"} 7"));
  EXPECT_TRUE(has(name + "_sum 42.5"));
  EXPECT_TRUE(has(name + "_count 7"));
}

TEST_F(the_metrics, show_the_state_of_the_node) {
  heads->at[1] = 20;
  counters->cursor_at(0, 1, 15);
  counters->jobs = 9;
  counters->breakers = 2;
  registrations->subscriptions = 100;
  registrations->pending = 3;
  node->store_refuses = true;
  EXPECT_TRUE(has("herald_log_head{log=\"1\"} 20"));
  EXPECT_TRUE(has("herald_cursor_lag{log=\"1\"} 5"));
  EXPECT_TRUE(has("herald_cursor_lag{log=\"0\"} 0"));
  EXPECT_TRUE(has("herald_jobs 9"));
  EXPECT_TRUE(has("herald_breakers_open 2"));
  EXPECT_TRUE(has("herald_lagging_subscribers 0"));
  EXPECT_TRUE(has("herald_open_deliveries 0"));
  EXPECT_TRUE(has("herald_subscriptions{state=\"active_or_pending\"} 100"));
  EXPECT_TRUE(has("herald_subscriptions{state=\"pending\"} 3"));
  EXPECT_TRUE(has("herald_store_refuses 1"));
  EXPECT_TRUE(has("herald_ready 1"));
  EXPECT_TRUE(
    has("herald_build_info{version=\"" + std::string{version()} + "\"} 1"));
  EXPECT_TRUE(has("process_resident_memory_bytes 4096"));
  EXPECT_TRUE(has("process_cpu_seconds_total 1.5"));
  EXPECT_TRUE(has("process_start_time_seconds 1700000000"));
}

TEST_F(the_metrics, explain_every_family) {
  std::istringstream lines{text()};
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(line.ends_with('.')) << line;
    } else if (!line.starts_with("# TYPE ")) {
      EXPECT_TRUE(line.starts_with(family)) << line;
    }
  }
}

TEST(process_usage, is_that_of_this_process) {
  auto usage = read_process_usage();
  EXPECT_GT(usage.resident_bytes, 1u << 20);
  EXPECT_LT(usage.resident_bytes, uint64_t{1} << 36);
  EXPECT_GT(usage.cpu_seconds, 0);
  auto now = static_cast<double>(std::time(nullptr));
  EXPECT_LE(usage.started_at_s, now + 1);
  EXPECT_GT(usage.started_at_s, now - 3600);
}
