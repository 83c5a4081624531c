#include "http/cli/command_line.hpp"

#include "config/version.hpp"

#include <algorithm>
#include <array>
#include <iostream>

namespace herald {

namespace {

constexpr std::array<command, 12> commands{{
  {"serve", "run a node", run_serve},
  {"demo", "watch verification, delivery, retry and recovery live", run_demo},
  {"receive", "be a subscriber: answer challenges, print deliveries",
   run_receive},
  {"publish", "publish events to a topic", run_publish},
  {"subscribe", "subscribe a callback to a topic", run_subscribe},
  {"unsubscribe", "end a subscription", run_unsubscribe},
  {"subscriptions", "list subscriptions", run_subscriptions},
  {"events", "list events, or show what became of one", run_events},
  {"dead", "list, redeliver or drop dead letters", run_dead},
  {"replay", "deliver again what was accepted since a time", run_replay},
  {"status", "say how the node is", run_status},
  {"config", "show or check the configuration", run_config},
}};

void print_usage(std::ostream& out) {
  out << "herald " << version()
      << ": delivers events to subscribers over HTTP, durably\n\n"
         "usage: herald COMMAND [OPTIONS]\n\n";
  for (auto& x : commands)
    out << "  " << x.name << std::string(16 - x.name.size(), ' ') << x.summary
        << "\n";
  out << "\n`herald COMMAND --help` explains a command.\n";
}

std::string names() {
  std::string result;
  for (auto& x : commands)
    result.append(result.empty() ? "" : ", ").append(x.name);
  return result;
}

} // namespace

int complain(std::string_view sentence, int status) {
  std::cerr << "herald: " << sentence << "\n";
  return status;
}

int run_command_line(std::span<const std::string> args) {
  if (args.empty()) {
    print_usage(std::cerr);
    return exit_usage;
  }
  auto& name = args.front();
  if (name == "--help" || name == "-h" || name == "help") {
    print_usage(std::cout);
    return exit_success;
  }
  if (name == "--version" || name == "-V") {
    std::cout << "herald " << version() << "\n";
    return exit_success;
  }
  auto i = std::find_if(commands.begin(), commands.end(),
                        [&](const command& x) { return x.name == name; });
  if (i == commands.end())
    return complain("unknown command \"" + name + "\"; accepted: " + names(),
                    exit_usage);
  return i->run(args.subspan(1));
}

} // namespace herald
