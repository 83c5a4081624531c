#pragma once

#include <caf/actor_system.hpp>
#include <caf/detail/type_list.hpp>
#include <caf/detail/type_traits.hpp>

#include <utility>

namespace herald::test {

/// `sys.spawn(f)` for a function of the actor itself. CAF 0.17.6 dereferences
/// null where there are no further arguments, which the library's assertions
/// notice; so it gets one.
template <class F>
auto spawn_function(caf::actor_system& sys, F f) {
  using trait = typename caf::detail::get_callable_trait<F>::type;
  using self_type = caf::detail::tl_head_t<typename trait::arg_types>;
  auto with_argument
    = [f = std::move(f)](self_type self, int) mutable { return f(self); };
  return sys.spawn(std::move(with_argument), 0);
}

} // namespace herald::test
