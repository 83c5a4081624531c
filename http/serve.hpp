#pragma once

#include "config/config.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <functional>
#include <string>
#include <vector>

namespace herald {

/// Runs a node until it is told to stop: opens the store, starts the engine and
/// the I/O threads, serves, and on SIGTERM or SIGINT stops in order. The
/// calling thread must be the process's only one; SIGTERM and SIGINT are
/// blocked and waited for here. A second signal ends the process at once.
///
/// `on_ready` is called once, on the calling thread, with the addresses that
/// are listened on, when the node takes requests.
///
/// Returns none after an orderly stop. After an error the node could not be
/// started: nothing was acknowledged, threads of it may still run, and the
/// caller has to end the process without unwinding (std::_Exit).
///
/// On SIGHUP (unless stdin is a terminal) `reload` says what the configuration
/// is now: what `option_spec::reloads` says is put into force, a log line names
/// what needs a restart, and of an error only a log line comes.
caf::error
serve(const config& settings,
      const std::function<void(const std::vector<endpoint>&)>& on_ready,
      const std::function<caf::expected<config>()>& reload);

} // namespace herald
