#pragma once

#include "actors/messages.hpp"
#include "http/api/page_query.hpp"
#include "http/moment.hpp"

#include <optional>
#include <string>
#include <variant>

namespace herald {

/// What an operator asks for one subscription (docs/operation.md): the commands
/// of the paths below `/subscriptions/{id}`.

/// What was tried, newest first.
struct attempts_command {
  page_query page;
};

/// What was given up, newest first.
struct dead_command {
  page_query page;
};

struct patch_command {
  subscription_patch what;
};

/// Deliver again; without an event everything that was given up.
struct redeliver_command {
  std::string event;
};

/// Drop the dead letter of an event; without one, all.
struct drop_command {
  std::string event;
};

/// Deliver again what was accepted from `since` to `until`, both included, or
/// until now.
struct replay_command {
  moment since;
  std::optional<moment> until;
};

struct replay_status_command {};

struct cancel_replay_command {};

/// Publish an event for this subscription alone.
struct probe_command {};

struct operation_command {
  subscription_id id;
  std::variant<attempts_command, dead_command, patch_command, redeliver_command,
               drop_command, replay_command, replay_status_command,
               cancel_replay_command, probe_command>
    what;
};

/// A command, or why it is none.
template <class Command>
using command_or_refusal = std::variant<Command, refusal>;

// How they are read. Pure functions, any thread. Every refusal is a 400 that
// names the member or parameter.

command_or_refusal<attempts_command> read_attempts(const http_request& from);
command_or_refusal<dead_command> read_dead(const http_request& from);
command_or_refusal<patch_command> read_patch(const http_request& from);

/// `{"event":ID}` or `{"dead":true}`.
command_or_refusal<redeliver_command> read_redeliver(const http_request& from);

/// `?event=ID`, or nothing.
command_or_refusal<drop_command> read_drop(const http_request& from);

/// `{"since":TIME,"until":TIME}`; `until` may be left out.
command_or_refusal<replay_command> read_replay(const http_request& from);

/// When the replay begins and ends, `until` at most `now`; or what is wrong
/// with it: it begins in the future, or ends before it begins.
std::variant<std::pair<unix_ms, unix_ms>, refusal>
bounds_of(const replay_command& what, unix_ms now);

} // namespace herald
