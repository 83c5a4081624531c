#include "config/errc.hpp"
#include "config/load.hpp"
#include "http/cli/command_line.hpp"

#include <iostream>

namespace herald {

namespace {

constexpr std::string_view usage
  = "usage: herald config show [OPTIONS of serve]\n"
    "       herald config check FILE\n\n"
    "show   prints the effective values and where each came from\n"
    "check  validates a configuration file; exit status 2 if it is not valid\n";

void print_warnings(const loaded_config& loaded) {
  for (auto& warning : loaded.warnings)
    std::cerr << "herald: warning: " << warning << "\n";
}

int show(command_args args) {
  auto loaded = load_config(args, process_environment());
  if (!loaded)
    return complain(describe(loaded.error()), exit_usage);
  if (loaded->help) {
    std::cout << serve_help();
    return exit_success;
  }
  if (!loaded->rest.empty())
    return complain("unexpected word \"" + loaded->rest.front()
                      + "\"; accepted: options only",
                    exit_usage);
  print_warnings(*loaded);
  std::cout << show_table(*loaded);
  return exit_success;
}

int check(command_args args) {
  if (args.size() != 1)
    return complain("config check takes one FILE", exit_usage);
  auto loaded = load_config_file(args.front());
  if (!loaded)
    return complain(describe(loaded.error()), exit_usage);
  print_warnings(*loaded);
  std::cout << args.front() << ": ok\n";
  return exit_success;
}

} // namespace

int run_config(command_args args) {
  if (args.empty() || args.front() == "--help" || args.front() == "-h") {
    (args.empty() ? std::cerr : std::cout) << usage;
    return args.empty() ? exit_usage : exit_success;
  }
  if (args.front() == "show")
    return show(args.subspan(1));
  if (args.front() == "check")
    return check(args.subspan(1));
  return complain("unknown word \"" + args.front()
                    + "\" after config; accepted: show, check",
                  exit_usage);
}

} // namespace herald
