#pragma once

#include <string_view>

namespace herald {

/// The version of this build, e.g. `0.2.0`. It stands in `User-Agent`, in
/// `herald --version` and in metrics.
std::string_view version() noexcept;

} // namespace herald
