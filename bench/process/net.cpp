#include "bench/process/net.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cctype>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace herald::bench {

namespace {

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// The socket API takes every address family through this one type.
sockaddr* generic(sockaddr_in& address) {
  return reinterpret_cast<sockaddr*>(&address);
}

void set_flag(const unique_fd& socket, int level, int option) {
  int on = 1;
  check(::setsockopt(socket.get(), level, option, &on, sizeof on),
        "setsockopt");
}

bool is_unreserved(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'
         || c == '.' || c == '_' || c == '~';
}

} // namespace

void unique_fd::reset() {
  if (fd_ >= 0)
    ::close(std::exchange(fd_, -1));
}

int check(int result, const char* what) {
  if (result < 0)
    throw std::system_error{errno, std::generic_category(), what};
  return result;
}

unique_fd listen_loopback(uint16_t port) {
  unique_fd result{
    check(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
          "socket")};
  set_flag(result, SOL_SOCKET, SO_REUSEADDR);
  auto address = loopback(port);
  check(::bind(result.get(), generic(address), sizeof address), "bind");
  check(::listen(result.get(), SOMAXCONN), "listen");
  return result;
}

uint16_t port_of(const unique_fd& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  check(::getsockname(socket.get(), generic(address), &size), "getsockname");
  return ntohs(address.sin_port);
}

unique_fd connect_loopback(uint16_t port) {
  unique_fd result{
    check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
  auto address = loopback(port);
  check(::connect(result.get(), generic(address), sizeof address), "connect");
  set_flag(result, IPPROTO_TCP, TCP_NODELAY);
  check(::fcntl(result.get(), F_SETFL, O_NONBLOCK), "fcntl");
  return result;
}

uint16_t free_port() {
  return port_of(listen_loopback(0));
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string result;
  for (auto c : text) {
    if (is_unreserved(c)) {
      result += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    result += {'%', hex[byte / 16U], hex[byte % 16U]};
  }
  return result;
}

std::string percent_decode(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    auto digits = text.substr(i + 1 < text.size() ? i + 1 : i, 2);
    auto [end, error] = std::from_chars(
      digits.data(), digits.data() + digits.size(), value, 16);
    auto is_escape = text[i] == '%' && end == digits.data() + 2;
    result += is_escape ? static_cast<char>(value) : text[i];
    i += is_escape ? 2 : 0;
  }
  return result;
}

} // namespace herald::bench
