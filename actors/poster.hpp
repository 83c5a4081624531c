#pragma once

#include "actors/interfaces.hpp"

#include <vector>

namespace herald {

/// Where delivery actors hand in their requests: the seam that tests replace. A
/// call and not a message, since there is nothing to wait for: a delivery costs
/// one turn of an actor less.
class poster {
public:
  virtual ~poster() = default;

  /// Takes the requests over; `who` gets a reply for each, several in a
  /// message: within its deadline plus its time in the queue, deadlines and
  /// limits being those of `delivery_config`. Any thread. Does not block.
  virtual void post(post_listener who, std::vector<post_request> what) = 0;
};

} // namespace herald
