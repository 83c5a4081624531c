#pragma once

#include "actors/messages.hpp"

#include <caf/error.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace herald {

/// How long an expired subscription stays in listings before it is dropped.
inline constexpr std::chrono::seconds expiry_grace{30};

/// One thing to do to one subscription row. What it does depends on the row as
/// it is when its turn comes, so that no outdated word overwrites a newer one.
struct operation {
  enum class kind : uint8_t {
    request, ///< Somebody asks: the row gets a pending intent.
    confirm, ///< `about` was confirmed by the callback.
    give_up, ///< `about` was not confirmed.
    remove,  ///< Operator or 410.
    deny,    ///< Policy refuses the pair.
    expire,  ///< The lease is over.
    patch,   ///< An operator changes how it is served.
    rewind,  ///< An operator lets it begin earlier: for a replay.
  };

  kind what = kind::request;
  subscription_id id;
  std::shared_ptr<const intent_request> asked; ///< For `request`.
  intent about;                                ///< For `confirm` and `give_up`.
  unix_ms sent_at = 0;                         ///< From when the lease counts.
  std::vector<sequence> heads; ///< Of the logs, for what may become active.
  std::shared_ptr<const subscription_patch> change; ///< For `patch`.
  std::vector<sequence> starts;                     ///< For `rewind`, per log.
  uint64_t ticket = 0;    ///< Of the promise to answer; 0: none.
  unsigned conflicts = 0; ///< With the stored revision.
};

/// What an operation, or several one after another, did to a row.
struct operation_effect {
  bool changed = false;   ///< The row is to be written.
  bool activated = false; ///< Its active state is new.
  bool altered = false;   ///< It is served in another way.
  bool ended = false;     ///< The active state of before is over, even if the
                          ///< row is active again.
  caf::error problem;     ///< Of the last operation: why it is refused.
};

/// True if the operation may start a new life of a subscription, which then
/// needs `heads`.
bool needs_heads(const operation& what);

/// Replaces the members of `policy` that `what` gives. Pure, any thread.
void apply(const subscription_patch& what, delivery_policy& policy);

/// Applies `what` at the time `now` to a row, which is empty where there is
/// none, and adds to `effect`. Pure, any thread. WebSub 5.1 to 5.3.
void apply(const operation& what, std::optional<subscription>& row, unix_ms now,
           operation_effect& effect);

} // namespace herald
