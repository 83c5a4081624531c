#pragma once

#include "actors/messages.hpp"

namespace herald {

/// What a node says of itself, for those who subscribe to it.
enum class notice_kind : uint8_t {
  failing,   ///< Attempts have begun to fail.
  recovered, ///< They succeed again.
  expired,   ///< The lease is over.
  paused,
  resumed,
  dead, ///< An event, or a range of them, was given up.
};

struct notice {
  notice_kind what = notice_kind::failing;
  subscription_ptr who;
  unix_ms at = 0;
  failure why = failure::none; ///< Of `failing` and `dead`.
  uint16_t status = 0;         ///< The same; 0: there was no answer.
  uint32_t attempts = 0;       ///< Of `dead`.
  log_id log = 0;              ///< Of `dead`, and the rest, too.
  sequence seq = 0;
  sequence up_to = 0;
};

/// Where it is published: `herald.subscription.failing`, `herald.dead`, ...
std::string_view topic_of(notice_kind what);

/// The event that tells of it: JSON. Never a secret, nor the callback's query.
/// Pure, any thread.
event event_of(const notice& what, std::string id);

} // namespace herald

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::notice)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::notice>)
