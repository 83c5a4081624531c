#pragma once

#include "tests/end_to_end/support/http_client.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace herald::end_to_end {

/// A request's bytes with these fields and no other: no Host, no length.
std::string bare_request(const std::string& method, const std::string& target,
                         const field_list& fields, std::string_view body = {});

/// As `request`, but under another Host than 127.0.0.1. A GET has no body.
http_message request_to_host(uint16_t port, const std::string& host,
                             const std::string& method,
                             const std::string& target, field_list fields = {},
                             std::string_view body = {});

/// What a node does with bytes that need not be HTTP.
struct raw_outcome {
  std::vector<int> statuses; ///< Of its answers, in order.
  bool closed = false;       ///< It closed the connection after them.

  bool operator==(const raw_outcome&) const = default;
};

/// Sends `bytes` and reads until the node closes the connection.
raw_outcome send_raw(uint16_t port, std::string_view bytes);

} // namespace herald::end_to_end
