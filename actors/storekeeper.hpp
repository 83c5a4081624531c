#pragma once

#include "actors/interfaces.hpp"
#include "storage/store.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace herald {

/// Calls a store, one call after the other, and answers with what it said.
/// Spawned detached, since every call blocks; several share one store. Failures
/// of the store are logged here, where all of them pass: a line per kind of
/// call and second.
struct storekeeper_state {
  static inline constexpr const char* name = "storekeeper";

  storekeeper_actor::pointer self;
  std::shared_ptr<store> db;
  std::string hub_url; ///< For the wire fields of events that are read back.

  explicit storekeeper_state(storekeeper_actor::pointer ptr) : self(ptr) {
    // nop
  }

  /// Passes on what `call` said.
  template <class T>
  caf::result<T> told(std::string_view call, caf::expected<T> what) {
    if (!what) {
      note(call, what.error());
      return std::move(what.error());
    }
    return std::move(*what);
  }

  caf::result<atom::done> told(std::string_view call, caf::error err);

  caf::result<std::vector<event_ptr>>
  bodies(log_id log, const std::vector<sequence>& seqs, uint64_t max_bytes);

  using change_promise
    = caf::typed_response_promise<std::vector<caf::expected<uint64_t>>>;

  /// Waits for the message that commits, and so for all that is in the mailbox
  /// now: one fsync for what the registries of all partitions ask for.
  change_promise change(std::shared_ptr<std::vector<subscription_change>> what);

  void commit_changes();

private:
  struct waiting_change {
    change_promise answer;
    std::shared_ptr<std::vector<subscription_change>> what;
  };

  void note(std::string_view call, const caf::error& why);

  std::vector<waiting_change> changing;
  std::map<std::string_view, caf::actor_clock::time_point> noted; ///< By call.
};

storekeeper_actor::behavior_type
storekeeper(storekeeper_actor::stateful_pointer<storekeeper_state> self,
            std::shared_ptr<store> db, std::string hub_url);

} // namespace herald
