#include "tests/end_to_end/support/http_client.hpp"

#include "tests/end_to_end/support/child_process.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <unistd.h>

namespace herald::end_to_end {

namespace {

/// Where nobody listens, the system may connect a socket to itself.
bool is_own_port(int fd, uint16_t port) {
  sockaddr_in own{};
  socklen_t size = sizeof(own);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size);
  return ntohs(own.sin_port) == port;
}

int connect_to(uint16_t port) {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval limit{std::chrono::seconds{patience}.count(), 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&where), sizeof(where)) != 0
      || is_own_port(fd, port))
    return ::close(fd), -1;
  return fd;
}

} // namespace

connection::connection(uint16_t port) : fd_(connect_to(port)) {
  // nop
}

connection::~connection() {
  if (fd_ >= 0)
    ::close(fd_);
}

bool connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool connection::receive() {
  char buffer[16384];
  auto n = ::recv(fd_, buffer, sizeof(buffer), 0);
  if (n <= 0)
    return false;
  received_.append(buffer, static_cast<size_t>(n));
  return true;
}

std::optional<http_message> connection::read() {
  for (;;) {
    if (auto result = take_message(received_))
      return result;
    if (!receive())
      return std::nullopt;
  }
}

std::optional<http_message> connection::request(const std::string& method,
                                                const std::string& target,
                                                const field_list& fields,
                                                std::string_view body) {
  // A node that refuses a body answers before it has read all of it.
  send(format_request(method, target, fields, body));
  return read();
}

bool connection::wait_closed() {
  while (receive())
    continue;
  char byte;
  return ::recv(fd_, &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET
         || errno == ENOTCONN;
}

std::string format_request(const std::string& method, const std::string& target,
                           const field_list& fields, std::string_view body) {
  auto result = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  for (auto& [name, value] : fields)
    result += name + ": " + value + "\r\n";
  result += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return result.append(body);
}

http_message request(uint16_t port, const std::string& method,
                     const std::string& target, const field_list& fields,
                     std::string_view body) {
  connection to{port};
  return to.request(method, target, fields, body).value_or(http_message{});
}

http_message post_form(uint16_t port, const std::string& target,
                       const field_list& form) {
  std::string body;
  for (auto& [name, value] : form)
    body += (body.empty() ? "" : "&") + percent_encode(name) + "="
            + percent_encode(value);
  return request(port, "POST", target,
                 {{"Content-Type", "application/x-www-form-urlencoded"}}, body);
}

} // namespace herald::end_to_end
