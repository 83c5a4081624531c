#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace herald::bench {

/// Owns a file descriptor. Move-only; -1 means none.
class unique_fd {
public:
  unique_fd() = default;
  explicit unique_fd(int fd) : fd_{fd} {}
  unique_fd(unique_fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~unique_fd() { reset(); }

  int get() const { return fd_; }
  void reset();

private:
  int fd_ = -1;
};

/// Throws `std::system_error` from errno if `result` is negative.
int check(int result, const char* what);

/// A non-blocking listening socket on 127.0.0.1. Port 0: any free port.
unique_fd listen_loopback(uint16_t port);

uint16_t port_of(const unique_fd& socket);

/// A connected, non-blocking socket with TCP_NODELAY. Throws
/// `std::system_error` if nobody listens.
unique_fd connect_loopback(uint16_t port);

/// A port of 127.0.0.1 that was free a moment ago.
uint16_t free_port();

/// Percent-encodes everything but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);

/// Undoes percent-encoding; a broken escape is kept as it is.
std::string percent_decode(std::string_view text);

} // namespace herald::bench
