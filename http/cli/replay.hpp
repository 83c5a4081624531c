#pragma once

#include <caf/expected.hpp>

#include <cstdint>
#include <string>

namespace herald {

/// The pure parts of `herald replay`.

/// How far a replay is.
struct replay_progress {
  bool running = false;
  uint64_t left = 0; ///< At most so many events; those of other topics count.
};

/// Reads the answer of `GET /subscriptions/{id}/replay`. Errors: `invalid` if
/// it is none.
caf::expected<replay_progress> parse_replay(const std::string& body);

/// How many events a replay has to look through, as the answer says that began
/// it. Errors: `invalid` if it is none.
caf::expected<uint64_t> events_of_replay(const std::string& body);

/// The body that asks for a replay; `until` may be empty.
std::string replay_body(const std::string& since, const std::string& until);

} // namespace herald
