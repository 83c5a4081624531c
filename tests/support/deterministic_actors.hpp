#pragma once

#include "actors/messages.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/spawn.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <utility>

namespace herald::test {

// What `deterministic` does with actors. Each new combination of types costs
// the compiler up to a second.

template <class F, class... Ts>
auto deterministic::spawn(F f, Ts&&... xs) {
  auto make = [&] {
    if constexpr (sizeof...(Ts) == 0)
      return spawn_function(sys, f);
    else
      return sys.spawn(f, std::forward<Ts>(xs)...);
  };
  auto handle = make();
  keep(handle);
  return handle;
}

template <class Result, class Response>
caf::expected<Result> deterministic::outcome(Response& response) {
  caf::expected<Result> result{caf::error{caf::sec::request_timeout}};
  response.receive([&](Result& x) { result = std::move(x); },
                   [&](caf::error& err) { result = std::move(err); });
  return result;
}

template <class Result, class Handle, class... Ts>
caf::expected<Result> deterministic::ask(const Handle& dest, Ts&&... xs) {
  auto response
    = self->request(dest, std::chrono::minutes{60}, std::forward<Ts>(xs)...);
  run();
  return outcome<Result>(response);
}

} // namespace herald::test
