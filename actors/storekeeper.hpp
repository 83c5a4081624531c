#pragma once

#include "storage/store.hpp"

#include "actors/interfaces.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <string>

namespace herald {

/// Calls a store, one call after the other, and answers with what it said.
/// Spawned detached, since every call blocks; several share one store.
struct storekeeper_state {
  static inline constexpr const char* name = "storekeeper";

  storekeeper_actor::pointer self;
  std::shared_ptr<store> db;
  std::string hub_url; ///< For the wire fields of events that are read back.

  explicit storekeeper_state(storekeeper_actor::pointer ptr) : self(ptr) {
    // nop
  }

  caf::result<std::vector<event_ptr>>
  bodies(log_id log, const std::vector<sequence>& seqs, uint64_t max_bytes);
};

storekeeper_actor::behavior_type
storekeeper(storekeeper_actor::stateful_pointer<storekeeper_state> self,
            std::shared_ptr<store> db, std::string hub_url);

} // namespace herald
