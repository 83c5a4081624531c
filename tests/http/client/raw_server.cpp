#include "tests/http/client/raw_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <unistd.h>

namespace herald::test {

raw_peer::raw_peer(int fd, size_t number, SSL* tls)
  : fd_(fd), number_(number), tls_(tls, SSL_free) {
  // nop
}

raw_peer::~raw_peer() {
  ::close(fd_);
}

std::optional<std::string> raw_peer::request() {
  size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos)
    if (!receive())
      return std::nullopt;
  auto total = end + 4 + content_length();
  while (received_.size() < total)
    if (!receive())
      return std::nullopt;
  auto result = received_.substr(0, total);
  received_.erase(0, total);
  return result;
}

void raw_peer::peek_head() {
  while (received_.find("\r\n\r\n") == std::string::npos && receive())
    continue;
}

void raw_peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = write(bytes);
    if (n <= 0)
      return;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void raw_peer::wait_closed() {
  while (receive())
    continue;
}

void raw_peer::close() {
  if (tls_)
    SSL_shutdown(tls_.get());
  ::shutdown(fd_, SHUT_RDWR);
}

void raw_peer::reset() {
  linger now{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  auto null = ::socket(AF_INET, SOCK_STREAM, 0);
  dup2(null, fd_);
  ::close(null);
}

bool raw_peer::accept_tls() {
  return !tls_ || SSL_accept(tls_.get()) == 1;
}

std::string raw_peer::asked_host() const {
  auto* name = SSL_get_servername(tls_.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

bool raw_peer::receive() {
  char buffer[16 * 1024];
  auto n = tls_ ? SSL_read(tls_.get(), buffer, sizeof(buffer))
                : static_cast<int>(::read(fd_, buffer, sizeof(buffer)));
  if (n <= 0)
    return false;
  received_.append(buffer, static_cast<size_t>(n));
  return true;
}

ssize_t raw_peer::write(std::string_view bytes) {
  if (tls_)
    return SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
  return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

size_t raw_peer::content_length() const {
  constexpr std::string_view name = "Content-Length: ";
  auto at = received_.find(name);
  if (at == std::string::npos)
    return 0;
  return std::strtoul(received_.c_str() + at + name.size(), nullptr, 10);
}

raw_server::raw_server(script what, ssl_context_ptr tls)
  : script_(std::move(what)), tls_(std::move(tls)),
    listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, raw, size) != 0 || listen(listener_, 128) != 0
      || getsockname(listener_, raw, &size) != 0)
    throw std::runtime_error{"no socket to listen on"};
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread{[this] { accept_all(); }};
}

raw_server::~raw_server() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    std::lock_guard guard{mutex_};
    for (auto& peer : peers_)
      ::shutdown(peer->handle(), SHUT_RDWR);
  }
  for (auto& thread : threads_)
    thread.join();
}

std::string raw_server::url(std::string_view path) const {
  return std::string{tls_ ? "https" : "http"}
         + "://127.0.0.1:" + std::to_string(port_) + std::string{path};
}

size_t raw_server::connections() const {
  std::lock_guard guard{mutex_};
  return peers_.size();
}

void raw_server::accept_all() {
  for (;;) {
    auto fd = accept(listener_, nullptr, nullptr);
    if (fd < 0)
      return;
    std::lock_guard guard{mutex_};
    auto* tls = tls_ ? SSL_new(tls_.get()) : nullptr;
    if (tls != nullptr)
      SSL_set_fd(tls, fd);
    peers_.push_back(std::make_unique<raw_peer>(fd, peers_.size(), tls));
    threads_.emplace_back([this, peer = peers_.back().get()] {
      if (peer->accept_tls())
        script_(*peer);
      peer->close();
    });
  }
}

raw_server::script always(std::string answer) {
  return [answer = std::move(answer)](raw_peer& peer) {
    while (peer.request())
      peer.send(answer);
  };
}

} // namespace herald::test
