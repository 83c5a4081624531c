#include "bench/figures/machine.hpp"
#include "bench/figures/report.hpp"
#include "bench/load/sink.hpp"
#include "bench/options.hpp"
#include "bench/process/interrupt.hpp"
#include "bench/process/progress.hpp"
#include "bench/scenarios/backlog.hpp"
#include "bench/scenarios/growth.hpp"
#include "bench/scenarios/isolation.hpp"
#include "bench/scenarios/latency.hpp"
#include "bench/scenarios/limit.hpp"
#include "bench/scenarios/registry.hpp"
#include "bench/scenarios/scenarios.hpp"
#include "bench/self_test.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <stdexcept>

namespace {

using namespace herald::bench;

void print_limit(const limit_figures& limit) {
  std::cout << std::fixed << std::setprecision(0) << "limit: ";
  if (limit.bare_per_s > 0)
    std::cout << "bare client " << limit.bare_per_s << "/s, ";
  std::cout << "wrk ";
  if (limit.wrk_per_s)
    std::cout << *limit.wrk_per_s << "/s" << std::endl;
  else
    std::cout << "none" << std::endl;
}

limit_figures measure_limit(sink& target, const bench_options& options) {
  auto limit = herald::bench::measure_limit(
    target, {options.limit_seconds, options.body, 64});
  print_limit(limit);
  return limit;
}

int serve_sink(const bench_options& options) {
  sink target{options.port};
  target.expect_body(options.body);
  std::cout << "sink ready on " << target.callback(0) << std::endl;
  for (uint64_t last = 0;;) {
    pause_ms(1000);
    auto now = target.counters().deliveries.load();
    if (now != last)
      std::cout << now - last << " deliveries/s" << std::endl;
    last = now;
  }
}

int measure_limits(const bench_options& options) {
  for (unsigned run = 0; run < options.runs; ++run) {
    sink target{0, options.by_tls};
    measure_limit(target, options);
  }
  return 0;
}

scenario_result run_on(const std::string& name, const bench_options& options,
                       sink& target, const limit_figures& limit, unsigned run) {
  if (name == "registry")
    return run_registry(options, target, limit);
  if (name == "idle")
    return run_idle(options, target, limit);
  return run_scenario(make_scenario(name, options), options, target, limit,
                      run);
}

// A new sink for each run, so that all its counters start at zero.
scenario_result run_once(const std::string& name, const bench_options& options,
                         unsigned run) {
  sink target{0, options.by_tls};
  auto limit = measure_limit(target, options);
  auto result = run_on(name, options, target, limit, run);
  print_row(std::cout, result);
  std::cout.flush();
  return result;
}

std::vector<scenario_result> measure_once(const std::string& name,
                                          const bench_options& options,
                                          unsigned run) {
  if (name == "isolation")
    return run_isolation(options, run);
  if (name == "backlog")
    return run_backlog(options, run);
  if (name == "growth")
    return run_growth(options, run);
  if (name == "latency")
    return run_latency(options, run);
  return {run_once(name, options, run)};
}

/// The names of `runs`, each once, in order.
std::vector<std::string> names_of(const std::vector<scenario_result>& runs) {
  std::vector<std::string> names;
  for (const auto& run : runs)
    if (std::find(names.begin(), names.end(), run.scenario) == names.end())
      names.push_back(run.scenario);
  return names;
}

report measure_all(const bench_options& options) {
  report results{read_machine_facts(), {}, {}};
  print_machine(std::cout, results.machine);
  print_titles(std::cout);
  for (unsigned run = 1; run <= options.runs; ++run)
    for (const auto& name : options.what) {
      name_progress(name + ' ' + std::to_string(run) + '/'
                    + std::to_string(options.runs));
      for (auto& result : measure_once(name, options, run))
        results.runs.push_back(std::move(result));
    }
  for (const auto& name : names_of(results.runs)) {
    std::vector<scenario_result> same;
    std::copy_if(results.runs.begin(), results.runs.end(),
                 std::back_inserter(same),
                 [&](const auto& run) { return run.scenario == name; });
    results.medians.push_back(median_of(same));
  }
  return results;
}

int measure_scenarios(const bench_options& options) {
  if (!std::filesystem::exists(options.herald))
    throw std::runtime_error{options.herald.string()
                             + " does not exist: build it, or give --herald"};
  auto results = measure_all(options);
  if (options.runs > 1) {
    std::cout << "\nmedians of " << options.runs << " runs\n";
    print_titles(std::cout);
    for (const auto& median : results.medians)
      print_row(std::cout, median);
  }
  if (!options.json.empty())
    write_json(options.json, results, options);
  auto is_sound = [](const auto& run) { return run.problems.empty(); };
  return std::all_of(results.runs.begin(), results.runs.end(), is_sound) ? 0
                                                                         : 1;
}

int run(const bench_options& options) {
  catch_interrupts();
  auto is_only = [&](const char* what) {
    return options.what == std::vector<std::string>{what};
  };
  if (is_only("self-test"))
    return run_self_test(std::cout) ? 0 : 1;
  if (is_only("sink"))
    return serve_sink(options);
  if (is_only("limit"))
    return measure_limits(options);
  return measure_scenarios(options);
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(parse_options(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "herald_bench: " << error.what() << '\n';
    return 1;
  }
}
