#pragma once

#include "actors/interfaces.hpp"
#include "http/client/http_client.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <memory>
#include <unordered_map>

namespace herald {

/// What a transport is to its own client, besides what it is to all.
using transport_worker_actor = transport_actor::extend<
  // Internal: the fetch of this number is done.
  caf::reacts_to<atom::done, uint64_t, fetch_reply>>;

/// The actor in front of an `http_client`, for fetches: their replies come back
/// here, because only the actor may settle its promises. Every fetch answers
/// with a fetch_reply, a failed one too. One per I/O thread; handles convert
/// to `transport_actor`.
struct transport_state {
  static inline constexpr const char* name = "transport";

  explicit transport_state(transport_worker_actor::pointer ptr) : self(ptr) {
    // nop
  }

  caf::typed_response_promise<fetch_reply> fetch(fetch_request what);
  void settle(uint64_t number, fetch_reply reply);

  transport_worker_actor::pointer self;
  std::shared_ptr<http_client> client;
  uint64_t last = 0;
  std::unordered_map<uint64_t, caf::typed_response_promise<fetch_reply>> open;
};

/// The client is stopped by whoever made it, before this actor is ended.
transport_worker_actor::behavior_type
transport(transport_worker_actor::stateful_pointer<transport_state> self,
          std::shared_ptr<http_client> client);

} // namespace herald
