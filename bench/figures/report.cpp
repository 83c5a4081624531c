#include "bench/figures/report.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <fstream>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <stdexcept>

namespace herald::bench {

namespace {

using json = nlohmann::ordered_json;

struct column {
  const char* title;
  const char* metric;
  int decimals;
};

constexpr std::array columns{
  column{"rate/s", "rate_per_s", 0},
  column{"limit/s", "limit_per_s", 0},
  column{"ratio", "ratio_to_limit", 2},
  column{"p50 ms", "latency_p50_ms", 2},
  column{"p99 ms", "latency_p99_ms", 2},
  column{"max ms", "latency_max_ms", 1},
  column{"202 p99", "accept_p99_ms", 2},
  column{"cpu us", "engine_cpu_us", 2},
  column{"cores", "engine_cores", 2},
  column{"others", "other_cores", 2},
  column{"stalled", "stalled_share", 2},
  column{"MiB idle", "rss_idle_mib", 1},
  column{"subscr.", "rss_subscribed_mib", 1},
  column{"peak", "rss_peak_mib", 1},
};

constexpr int name_width = 16;
constexpr int column_width = 9;

json to_json(const scenario_result& result) {
  json metrics = json::object();
  for (const auto& [name, value] : result.metrics)
    metrics[name] = value;
  return {{"scenario", result.scenario},
          {"unit", result.unit},
          {"metrics", metrics},
          {"problems", result.problems}};
}

json to_json(const std::vector<scenario_result>& results) {
  json list = json::array();
  for (const auto& result : results)
    list.push_back(to_json(result));
  return list;
}

json to_json(const machine_facts& machine) {
  return {{"cores", machine.cores},
          {"cpu", machine.cpu},
          {"kernel", machine.kernel},
          {"memory_gib", machine.memory_gib}};
}

json to_json(const bench_options& options) {
  return {{"seconds", options.seconds},
          {"warm_up_seconds", options.warm_up_seconds},
          {"runs", options.runs},
          {"subscribers", options.subscribers},
          {"topics", options.topics},
          {"body", options.body},
          {"batch", options.batch},
          {"signed", options.is_signed},
          {"tls", options.by_tls},
          {"connections", options.connections},
          {"window", options.window},
          {"rate", options.rate},
          {"topology", options.topology},
          {"loads", options.loads},
          {"sizes", options.sizes},
          {"registry_sizes", options.registry_sizes},
          {"events", options.events},
          {"dead", options.dead},
          {"hang_percent", options.hang_percent},
          {"slow_percent", options.slow_percent},
          {"fail_percent", options.fail_percent},
          {"slow_seconds", options.slow_seconds},
          {"share_origin", options.share_origin},
          {"verify", options.verify},
          {"herald_arguments", options.herald_arguments}};
}

void print_registry(std::ostream& out, const scenario_result& result) {
  out << std::setprecision(0);
  if (result.has("rss_bytes_each"))
    out << "  " << result["rss_bytes_each"] << " bytes a subscription";
  if (result.has("ready_s"))
    out << "; started again: ready in " << std::setprecision(2)
        << result["ready_s"] << " s, " << std::setprecision(0)
        << result["rss_restarted_mib"] << " MiB, "
        << result["rss_restarted_bytes_each"] << " bytes a subscription";
  if (result.has("idle_cpu_percent"))
    out << "; idle: " << std::setprecision(1) << result["idle_rss_mib"]
        << " MiB, " << std::setprecision(2) << result["idle_cpu_percent"]
        << " % of a core";
  if (result.has("rss_bytes_each"))
    out << '\n';
}

} // namespace

void print_machine(std::ostream& out, const machine_facts& machine) {
  out << machine.cores << " cores, " << machine.cpu << ", Linux "
      << machine.kernel << ", " << std::fixed << std::setprecision(0)
      << machine.memory_gib << " GiB\n";
}

void print_titles(std::ostream& out) {
  out << std::left << std::setw(name_width) << "" << std::right;
  for (const auto& column : columns)
    out << std::setw(column_width) << column.title;
  out << '\n';
}

void print_row(std::ostream& out, const scenario_result& result) {
  out << std::left << std::setw(name_width) << result.scenario << std::right
      << std::fixed;
  for (const auto& [title, name, decimals] : columns) {
    out << std::setw(column_width) << std::setprecision(decimals);
    if (result.has(name))
      out << result[name];
    else
      out << '-';
  }
  out << '\n';
  if (result["refused"] > 0)
    out << "  refused (429, 503): " << std::setprecision(0) << result["refused"]
        << " events\n";
  if (result["p99_ratio"] > 0)
    out << "  p99 of the healthy: " << std::setprecision(2)
        << result["p99_ratio"] << " times that without the sick, which got "
        << std::setprecision(0) << result["sick_attempts"] << " attempts\n";
  if (result.has("cpu_growth"))
    out << "  CPU per delivery, the largest of these sizes by the smallest: "
        << std::setprecision(2) << result["cpu_growth"] << '\n';
  print_registry(out, result);
  if (result.has("ratio_to_fan_out"))
    out << "  drained at " << std::setprecision(2) << result["ratio_to_fan_out"]
        << " of fan-out's rate, " << std::setprecision(1) << result["wake_s"]
        << " s after the return; " << std::setprecision(0) << result["events"]
        << " events held took " << std::setprecision(1)
        << result["rss_growth_mib"] << " MiB, " << result["rss_growth_peak_mib"]
        << " at the peak\n";
  if (result.has("unit_ms"))
    out << "  one fdatasync and one round trip: " << std::setprecision(3)
        << result["unit_ms"] << " ms (" << result["fdatasync_p50_ms"] << " + "
        << result["round_trip_p50_ms"] << "); p50 is " << std::setprecision(1)
        << result["p50_units"] << " times that, p99 " << result["p99_units"]
        << '\n';
  for (const auto& problem : result.problems)
    out << "  PROBLEM " << problem << '\n';
}

void write_json(const std::filesystem::path& file, const report& results,
                const bench_options& options) {
  json document{{"machine", to_json(results.machine)},
                {"options", to_json(options)},
                {"medians", to_json(results.medians)},
                {"runs", to_json(results.runs)}};
  std::ofstream out{file};
  out << document.dump(2) << '\n';
  if (!out.flush())
    throw std::runtime_error{"cannot write " + file.string()};
}

} // namespace herald::bench
