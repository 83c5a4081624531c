#pragma once

#include "actors/engine.hpp"
#include "http/exchange.hpp"
#include "http/front_end/process_usage.hpp"

#include <string>

namespace herald {

/// What the engine counts, in the text format of Prometheus (version 0.0.4).
/// docs/reading.md lists the families. Reads the counters and nothing else; any
/// thread.
std::string metrics_text(const engine& of, bool ready,
                         const process_usage& usage);

/// The same as an answer, with the usage of this process.
http_response metrics_response(const engine& of, bool ready);

} // namespace herald
