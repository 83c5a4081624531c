#pragma once

#include "http/cli/command_line.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace herald {

/// The flags and words of one command. Declare them, then `parse`; what they
/// are bound to must outlive the set.
///
///     flag_set flags{"herald greet NAME [--loud]", "Says hello."};
///     flags.word("NAME", name);
///     flags.toggle("--loud", loud, "In capitals.");
///     if (auto status = flags.parse(args))
///       return *status;
///
/// Every mistake is one sentence that names the flag and what is accepted.
class flag_set {
public:
  using reader = std::function<caf::error(const std::string&)>;

  /// `usage` is the line for people, `description` may have several lines.
  flag_set(std::string usage, std::string description);

  /// The next positional word. One that is not `needed` may be left out.
  void word(std::string name, std::string& into, bool needed = true);

  /// A flag with a value, which `read` checks and keeps. At most once.
  void option(std::string flag, std::string value, reader read,
              std::string help);

  /// A flag whose value is any text.
  void option(std::string flag, std::string value, std::string& into,
              std::string help);

  /// A flag whose value is a whole number in min..max.
  void count(std::string flag, uint64_t& into, uint64_t min, uint64_t max,
             std::string help);

  /// A flag without a value.
  void toggle(std::string flag, bool& into, std::string help);

  /// True: go on. False: help was asked for. Errors: `invalid`.
  caf::expected<bool> read(command_args args);

  /// Nothing: go on. Otherwise the exit status; help or the mistake has been
  /// printed.
  std::optional<int> parse(command_args args);

  std::string help() const;

private:
  struct declared_word {
    std::string name;
    std::string* into = nullptr;
    bool needed = true;
  };

  struct declared_flag {
    std::string name;
    std::string value; ///< Empty: takes none.
    std::string help;
    reader read;
    bool* toggled = nullptr;
    std::vector<std::string> given;
  };

  std::vector<std::string> names() const;
  caf::error unknown(const std::string& word) const;
  caf::error wrong_value(const std::string& name) const;
  caf::error take_values();
  caf::error take_value(const declared_flag& flag) const;
  caf::error take_words(const std::vector<std::string>& left);

  std::string usage_;
  std::string description_;
  std::vector<declared_word> words_;
  std::vector<declared_flag> flags_;
};

/// Declares `--secret` and `--secret-file`. Who gives neither gets
/// HERALD_SECRET, or nothing: what stands on a command line can be read by
/// everybody on the machine. `help` says what it is for.
void add_secret_flags(flag_set& flags, std::string& into, std::string help);

/// What every command that talks to a node has in common.
struct client_settings {
  std::string node;      ///< `--node`, else HERALD_NODE, else the default.
  std::string token;     ///< HERALD_TOKEN, or empty. A secret.
  bool json = false;     ///< `--json`: for scripts, one JSON object a line.
  bool insecure = false; ///< `--insecure`: the token may go over plain http.
  bool is_node = true;   ///< False: any server; errors give no advice on nodes.
};

/// Settings from the environment of this process.
client_settings default_client_settings();

/// Declares `--node`, `--json` and `--insecure`.
void add_client_flags(flag_set& flags, client_settings& into);

} // namespace herald
