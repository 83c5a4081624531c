#include "http/client/transport.hpp"

#include <caf/send.hpp>

#include <utility>

namespace herald {

caf::typed_response_promise<fetch_reply>
transport_state::fetch(fetch_request what) {
  auto number = ++last;
  auto promise = self->make_response_promise<fetch_reply>();
  open.emplace(number, promise);
  client->fetch(std::move(what),
                [number, me = transport_worker_actor{self}](fetch_reply reply) {
                  caf::anon_send(me, atom::done_v, number, std::move(reply));
                });
  return promise;
}

void transport_state::settle(uint64_t number, fetch_reply reply) {
  auto i = open.find(number);
  if (i == open.end())
    return;
  i->second.deliver(std::move(reply));
  open.erase(i);
}

transport_worker_actor::behavior_type
transport(transport_worker_actor::stateful_pointer<transport_state> self,
          std::shared_ptr<http_client> client) {
  self->state.client = std::move(client);
  return {
    [self](fetch_request& what) { return self->state.fetch(std::move(what)); },
    [self](atom::done, uint64_t number, fetch_reply& reply) {
      self->state.settle(number, std::move(reply));
    },
  };
}

} // namespace herald
