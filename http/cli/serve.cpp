#include "http/serve.hpp"

#include "config/errc.hpp"
#include "config/load.hpp"
#include "config/log.hpp"
#include "http/cli/command_line.hpp"

#include <cstdlib>
#include <iostream>

namespace herald {

namespace {

void announce(const std::vector<endpoint>& where) {
  for (auto& x : where)
    std::cout << "herald ready on http://" << x.to_string() << std::endl;
}

} // namespace

int run_serve(command_args args) {
  auto loaded = load_config(args, process_environment());
  if (!loaded)
    return complain(describe(loaded.error()), exit_usage);
  if (loaded->help) {
    std::cout << serve_help();
    return exit_success;
  }
  if (!loaded->rest.empty())
    return complain("unexpected word \"" + loaded->rest.front()
                      + "\" after serve; accepted: options only",
                    exit_usage);
  start_logging(loaded->values.log);
  for (auto& warning : loaded->warnings)
    log_warn("config", "warning", {{"text", warning}});
  auto reload = [args]() -> caf::expected<config> {
    auto fresh = load_config(args, process_environment());
    if (!fresh)
      return std::move(fresh.error());
    for (auto& warning : fresh->warnings)
      log_warn("config", "warning", {{"text", warning}});
    return std::move(fresh->values);
  };
  if (auto err = serve(loaded->values, announce, reload)) {
    complain(describe(err), exit_failure);
    std::_Exit(exit_failure);
  }
  return exit_success;
}

} // namespace herald
