#pragma once

#include <cstdint>
#include <string>

namespace herald::bench {

struct whole_answer {
  int status = 0; ///< 0: nobody listens, or the connection was lost.
  std::string body;
};

/// One GET on a connection of its own; waits for the answer.
whole_answer http_get(uint16_t port, const std::string& target);

/// The sample `name` (labels included) of what `/metrics` of the node says.
/// Throws `std::runtime_error` if there is none.
double read_metric(uint16_t port, const std::string& name);

} // namespace herald::bench
