#pragma once

#include "bench/load/histogram.hpp"
#include "bench/load/sink.hpp"

#include <cstddef>
#include <filesystem>

namespace herald::bench {

/// What no engine can do without for one durable event and one delivery, each
/// done alone and one at a time, in ns.
struct unit_cost {
  histogram fdatasync;  ///< After 1 KiB was appended to a file.
  histogram round_trip; ///< One POST to the sink on a kept connection.

  /// The sum of the two medians.
  double ms() const;
};

/// Half of `seconds` for each. The file is made, and removed, in `folder`;
/// empty: where the stores are put. Throws `std::system_error`.
unit_cost measure_unit_cost(const std::filesystem::path& folder, sink& target,
                            size_t body, double seconds);

} // namespace herald::bench
