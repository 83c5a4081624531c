#include "tests/end_to_end/support/raw_http.hpp"

namespace herald::end_to_end {

std::string bare_request(const std::string& method, const std::string& target,
                         const field_list& fields, std::string_view body) {
  auto result = method + " " + target + " HTTP/1.1\r\n";
  for (auto& [name, value] : fields)
    result += name + ": " + value + "\r\n";
  return result.append("\r\n").append(body);
}

http_message request_to_host(uint16_t port, const std::string& host,
                             const std::string& method,
                             const std::string& target, field_list fields,
                             std::string_view body) {
  fields.insert(fields.begin(), {"Host", host});
  if (method != "GET")
    fields.emplace_back("Content-Length", std::to_string(body.size()));
  connection to{port};
  to.send(bare_request(method, target, fields, body));
  return to.read().value_or(http_message{});
}

raw_outcome send_raw(uint16_t port, std::string_view bytes) {
  raw_outcome result;
  connection to{port};
  to.send(bytes);
  while (auto answer = to.read())
    result.statuses.push_back(answer->status());
  result.closed = to.wait_closed();
  return result;
}

} // namespace herald::end_to_end
