#pragma once

#include "http/exchange.hpp"

#include <ctime>
#include <string>
#include <string_view>

namespace herald {

/// How a response is framed.
struct framing {
  bool head_only = false; ///< The request was HEAD.
  bool close = false;     ///< The connection ends after it.
  bool http_1_0 = false;  ///< The client has to be told that it stays open.
};

/// Appends `response` in HTTP/1.1, ready to be sent. `date` is a value of the
/// field Date. Pure.
void write_response(std::string& to, const http_response& response, framing how,
                    std::string_view date);

/// The value of Date, made once a second. One thread.
class date_cache {
public:
  std::string_view at(std::time_t now);

private:
  std::time_t time_ = -1;
  std::string text_;
};

} // namespace herald
