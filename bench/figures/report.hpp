#pragma once

#include "bench/figures/machine.hpp"
#include "bench/figures/result.hpp"
#include "bench/options.hpp"

#include <filesystem>
#include <iosfwd>
#include <vector>

namespace herald::bench {

/// All that one call of the program measured.
struct report {
  machine_facts machine;
  std::vector<scenario_result> runs;    ///< In the order they were made.
  std::vector<scenario_result> medians; ///< One per scenario.
};

void print_machine(std::ostream& out, const machine_facts& machine);

/// The column titles, and one line that they stand over.
void print_titles(std::ostream& out);
void print_row(std::ostream& out, const scenario_result& result);

/// All of it, with the options; throws `std::runtime_error` if the file cannot
/// be written.
void write_json(const std::filesystem::path& file, const report& results,
                const bench_options& options);

} // namespace herald::bench
