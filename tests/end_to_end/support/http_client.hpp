#pragma once

#include "tests/end_to_end/support/http_message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald::end_to_end {

using field_list = std::vector<std::pair<std::string, std::string>>;

/// A blocking connection to 127.0.0.1. Nothing throws: what fails is seen as
/// an answer that does not come. Not thread-safe.
class connection {
public:
  explicit connection(uint16_t port);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// False if the peer is gone.
  bool send(std::string_view bytes);

  /// The next answer; nothing if the peer closed or `patience` passed.
  std::optional<http_message> read();

  /// Sends a request and reads its answer.
  std::optional<http_message> request(const std::string& method,
                                      const std::string& target,
                                      const field_list& fields = {},
                                      std::string_view body = {});

  /// True once the peer has closed and nothing is left to read; false after
  /// `patience`.
  bool wait_closed();

private:
  bool receive();

  int fd_;
  std::string received_;
};

/// A request's bytes, with Host and Content-Length.
std::string format_request(const std::string& method, const std::string& target,
                           const field_list& fields, std::string_view body);

/// One request over a connection of its own. Without an answer: status 0.
http_message request(uint16_t port, const std::string& method,
                     const std::string& target, const field_list& fields = {},
                     std::string_view body = {});

/// POST of a form.
http_message post_form(uint16_t port, const std::string& target,
                       const field_list& form);

} // namespace herald::end_to_end
