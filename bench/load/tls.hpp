#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string_view>

namespace herald::bench {

struct free_tls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};

/// A server at 127.0.0.1 with a key (P-256) and a certificate of its own, made
/// by the constructor and valid for a day. Throws `std::runtime_error`.
class tls_server {
public:
  tls_server();

  /// In PEM, for whoever is to trust the server.
  void write_certificate(const std::filesystem::path& file) const;

  SSL_CTX* context() const { return context_.get(); }

private:
  std::unique_ptr<SSL_CTX, free_tls> context_;
};

/// The server's end of one connection, over a socket that does not block and
/// stays its owner's. The handshake is part of the first `receive`s.
class tls_session {
public:
  tls_session(const tls_server& of, int socket);

  /// Like recv(2): takes all that has come and fits; 0 at the end, and -1 with
  /// errno EAGAIN if there is nothing.
  ssize_t receive(char* to, size_t size);

  /// True if the last `receive` filled its room: there may be more, of which
  /// the socket does not tell.
  bool may_hold_more() const { return was_full_; }

  /// False if it does not all go out at once.
  bool send(std::string_view what);

private:
  std::unique_ptr<SSL, free_tls> session_;
  bool was_full_ = false;
};

} // namespace herald::bench
