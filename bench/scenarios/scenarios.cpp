#include "bench/scenarios/scenarios.hpp"

#include "bench/load/event_body.hpp"
#include "bench/scenarios/scenario_run.hpp"

namespace herald::bench {

namespace {

uint64_t value_or(uint64_t given, uint64_t otherwise) {
  return given == 0 ? otherwise : given;
}

// One profile per node: numbered where there are several.
std::filesystem::path profile_of(const scenario& plan,
                                 const bench_options& options, unsigned run) {
  if (options.perf.empty() || (options.runs == 1 && options.what.size() == 1))
    return options.perf;
  return options.perf.string() + "-" + plan.name + "-" + std::to_string(run);
}

// Tells rows apart that are not of the plain scenario.
std::string suffix_of(const std::string& name, const bench_options& options) {
  auto result = options.body == mixed_sizes ? std::string{" mix"} : "";
  if (name != "ingest")
    return (options.is_signed ? " signed" : "")
           + std::string{options.by_tls ? " tls" : ""} + result;
  return options.batch > 1 ? " x" + std::to_string(options.batch) : result;
}

} // namespace

scenario make_scenario(const std::string& name, const bench_options& options) {
  scenario result;
  result.name = name + suffix_of(name, options);
  result.rate = options.rate;
  result.topics = value_or(options.topics, name == "unicast" ? 10'000 : 1);
  if (name == "ingest") {
    result.batch = options.batch;
    return result;
  }
  auto fans_out = name == "fan-out";
  result.topics = fans_out ? 1 : result.topics;
  result.subscribers = fans_out ? value_or(options.subscribers, 1000) : 1;
  result.window = value_or(options.window, fans_out ? 4 : 256);
  result.is_signed = options.is_signed;
  return result;
}

scenario_result run_scenario(const scenario& plan, const bench_options& options,
                             sink& target, const limit_figures& limit,
                             unsigned run, const sick_ones& sick) {
  return scenario_run{plan, options, target, limit, sick}.run(
    profile_of(plan, options, run));
}

} // namespace herald::bench
