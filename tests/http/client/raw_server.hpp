#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace herald::test {

using ssl_context_ptr = std::shared_ptr<SSL_CTX>;

/// The server's end of one connection: raw bytes, blocking.
class raw_peer {
public:
  raw_peer(int fd, size_t number, SSL* tls);
  raw_peer(const raw_peer&) = delete;
  raw_peer& operator=(const raw_peer&) = delete;
  ~raw_peer();

  /// How many connections came before this one.
  size_t number() const { return number_; }

  /// The next request, head and body (Content-Length); nothing once the client
  /// has closed.
  std::optional<std::string> request();

  /// Reads until a request's head is there, and leaves it.
  void peek_head();

  void send(std::string_view bytes);

  /// Returns once the client has closed.
  void wait_closed();

  /// Ends both directions with a FIN.
  void close();

  /// Ends the connection with an RST.
  void reset();

  /// False if the handshake failed.
  bool accept_tls();

  /// The host that the client named in its handshake.
  std::string asked_host() const;

  int handle() const { return fd_; }

private:
  bool receive();
  ssize_t write(std::string_view bytes);
  size_t content_length() const;

  int fd_;
  size_t number_;
  std::unique_ptr<SSL, void (*)(SSL*)> tls_;
  std::string received_;
};

/// A TCP server on 127.0.0.1 that does what a script says: it is run for each
/// connection, on a thread of its own, and the connection closes when it
/// returns. Waiting scripts are woken at the end by closing their sockets.
class raw_server {
public:
  using script = std::function<void(raw_peer&)>;

  explicit raw_server(script what, ssl_context_ptr tls = nullptr);
  raw_server(const raw_server&) = delete;
  raw_server& operator=(const raw_server&) = delete;
  ~raw_server();

  uint16_t port() const { return port_; }

  std::string url(std::string_view path = "/") const;

  /// Connections so far.
  size_t connections() const;

private:
  void accept_all();

  script script_;
  ssl_context_ptr tls_;
  int listener_;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<raw_peer>> peers_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// Answers every request with `answer`.
raw_server::script always(std::string answer);

inline const std::string ok = "HTTP/1.1 204 No Content\r\n\r\n";

} // namespace herald::test
