#pragma once

#include "config/network.hpp"
#include "storage/model.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// A request as it was read from a socket: complete and within the limits.
struct http_request {
  std::string method;        ///< Upper case, e.g. `POST`.
  std::string target;        ///< As received: path and query.
  std::vector<field> fields; ///< Names in lower case, in order, repeats kept.
  std::string body;
  ip_address peer{};    ///< The other end of the connection.
  std::string client{}; ///< Who asks (http/api/gate.hpp).
  /// What every answer to it carries beside its own fields.
  std::vector<field> answer_fields{};

  /// The value of the first field `name` (lower case), or empty.
  std::string_view value(std::string_view name) const;
};

struct http_response {
  unsigned status = 200;
  std::vector<field> fields; ///< Without Content-Length, Date, Connection.
  std::string body;
};

/// One request that waits for its response.
class exchange {
public:
  virtual ~exchange() = default;

  /// Read by the front end only, until it answered.
  http_request request;

  /// Sends the response. Call it exactly once, from any thread; an exchange
  /// that is destroyed unanswered closes its connection.
  virtual void answer(http_response response) = 0;
};

using exchange_ptr = std::shared_ptr<exchange>;

} // namespace herald
