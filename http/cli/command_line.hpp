#pragma once

#include <span>
#include <string>
#include <string_view>

namespace herald {

/// The command line. Exit statuses: 0 success, 1 failure, 2 a word, flag or
/// value that is not understood (the message names it, its place and what is
/// accepted).
inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;

/// The words after the command's name.
using command_args = std::span<const std::string>;

struct command {
  std::string_view name;
  std::string_view summary; ///< One line for `herald --help`.
  int (*run)(command_args args);
};

/// Runs `herald ARGS…` (without the program's name); the exit status.
int run_command_line(std::span<const std::string> args);

// One function per command; each in the .cpp named after it (cli_NAME.cpp).
int run_serve(command_args args);
int run_demo(command_args args);
int run_receive(command_args args);
int run_publish(command_args args);
int run_subscribe(command_args args);
int run_unsubscribe(command_args args);
int run_subscriptions(command_args args);
int run_events(command_args args);
int run_dead(command_args args);
int run_replay(command_args args);
int run_status(command_args args);
int run_config(command_args args);

/// Prints `herald: SENTENCE` to stderr and returns `status`.
int complain(std::string_view sentence, int status);

} // namespace herald
