#include "tests/end_to_end/support/receiver.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <system_error>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace herald::end_to_end {

namespace {

// What is added to the counter that wakes the receiver's thread.
constexpr uint64_t reason_release = 1;
constexpr uint64_t reason_end = uint64_t{1} << 32;

/// A listening socket at a literal address of either family.
int listen_on(const std::string& address, uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  ::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr);
  auto is_v4 = ::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1;
  auto where = is_v4 ? reinterpret_cast<sockaddr*>(&v4)
                     : reinterpret_cast<sockaddr*>(&v6);
  auto size = static_cast<socklen_t>(is_v4 ? sizeof(v4) : sizeof(v6));
  auto fd = ::socket(where->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(fd, where, size) != 0 || ::listen(fd, 512) != 0)
    throw std::system_error{errno, std::generic_category(),
                            "listen on " + address};
  return fd;
}

uint16_t port_of(int fd) {
  sockaddr_in6 where{};
  socklen_t size = sizeof(where);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &size);
  return ntohs(where.sin6_port); // Of IPv4 it is at the same place.
}

std::string format(const reply& what) {
  auto result = "HTTP/1.1 " + std::to_string(what.status) + " Status\r\n";
  for (auto& [name, value] : what.fields)
    result += name + ": " + value + "\r\n";
  if (what.status == 204 || what.status == 304)
    return result + "\r\n"; // Their body is empty by definition.
  return result + "Content-Length: " + std::to_string(what.body.size())
         + "\r\n\r\n" + what.body;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

} // namespace

receiver::receiver() : receiver("127.0.0.1") {
  // nop
}

receiver::receiver(const std::string& address, uint16_t port)
  : address_(address), listener_(listen_on(address, port)),
    wake_(::eventfd(0, EFD_CLOEXEC)), port_(port_of(listener_)),
    on_delivery_([](const http_message&) { return reply{}; }),
    on_challenge_(echo) {
  thread_ = std::thread{[this] { run(); }};
}

receiver::~receiver() {
  wake(reason_end);
  thread_.join();
  for (auto& [fd, who] : peers_)
    ::close(fd);
  ::close(listener_);
  ::close(wake_);
}

void receiver::on_delivery(script what, bool keep) {
  std::lock_guard guard{mutex_};
  on_delivery_ = std::move(what);
  keep_ = keep;
}

void receiver::on_challenge(script what) {
  std::lock_guard guard{mutex_};
  on_challenge_ = std::move(what);
}

std::string receiver::url(const std::string& target) const {
  auto is_v6 = address_.find(':') != std::string::npos;
  auto host = is_v6 ? "[" + address_ + "]" : address_;
  return "http://" + host + ":" + std::to_string(port_) + target;
}

receiver::requests receiver::deliveries() const {
  std::lock_guard guard{mutex_};
  return deliveries_;
}

receiver::requests receiver::challenges() const {
  std::lock_guard guard{mutex_};
  return challenges_;
}

bool receiver::wait_for_deliveries(size_t count) const {
  std::unique_lock guard{mutex_};
  return changed_.wait_for(guard, patience,
                           [&] { return deliveries_.size() >= count; });
}

bool receiver::wait_for_challenges(size_t count) const {
  std::unique_lock guard{mutex_};
  return changed_.wait_for(guard, patience,
                           [&] { return challenges_.size() >= count; });
}

size_t receiver::connections() const {
  std::lock_guard guard{mutex_};
  return connections_;
}

void receiver::release() {
  wake(reason_release);
}

reply receiver::echo(const http_message& challenge) {
  auto target = challenge.word(1);
  auto query = target.substr(std::min(target.find('?'), target.size() - 1) + 1);
  reply result;
  result.body = form_value(query, "hub.challenge");
  return result;
}

void receiver::run() {
  for (;;) {
    std::vector<pollfd> all{{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (auto& [fd, who] : peers_)
      all.push_back({fd, POLLIN, 0});
    ::poll(all.data(), all.size(), -1);
    if (all[0].revents != 0 && !woken())
      return;
    for (size_t i = 2; i < all.size(); ++i)
      if (all[i].revents != 0 && !serve(all[i].fd, peers_[all[i].fd])) {
        ::close(all[i].fd);
        peers_.erase(all[i].fd);
      }
    if (all[1].revents != 0)
      accept_peer();
  }
}

void receiver::wake(uint64_t why) {
  [[maybe_unused]] auto n = ::write(wake_, &why, sizeof(why));
}

bool receiver::woken() {
  uint64_t why = 0;
  [[maybe_unused]] auto n = ::read(wake_, &why, sizeof(why));
  send_held();
  return why < reason_end;
}

void receiver::send_held() {
  for (auto& [fd, who] : peers_)
    if (!who.held.empty()) {
      send_all(fd, std::exchange(who.held, {}));
      who.hung = false;
    }
}

void receiver::accept_peer() {
  auto fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0)
    return;
  peers_[fd];
  std::lock_guard guard{mutex_};
  ++connections_;
}

bool receiver::serve(int fd, peer& who) {
  char buffer[65536];
  auto n = ::recv(fd, buffer, sizeof(buffer), 0);
  if (n <= 0)
    return false;
  who.received.append(buffer, static_cast<size_t>(n));
  while (!who.hung) {
    auto request = take_message(who.received);
    if (!request)
      break;
    if (!answer(fd, who, std::move(*request)))
      return false;
  }
  return true;
}

bool receiver::answer(int fd, peer& who, http_message request) {
  auto what = decide(std::move(request));
  who.hung = what.how == reply::kind::hang || what.how == reply::kind::hold;
  if (what.how == reply::kind::hold)
    who.held = format(what);
  if (what.how == reply::kind::answer)
    return send_all(fd, format(what));
  if (what.how == reply::kind::raw)
    return send_all(fd, what.body);
  if (what.how == reply::kind::cut)
    send_all(fd, what.body);
  return who.hung;
}

reply receiver::decide(http_message request) {
  std::lock_guard guard{mutex_};
  auto is_delivery = request.word(0) == "POST";
  auto result = (is_delivery ? on_delivery_ : on_challenge_)(request);
  if (!is_delivery)
    challenges_.push_back(std::move(request));
  else if (keep_)
    deliveries_.push_back(std::move(request));
  changed_.notify_all();
  return result;
}

} // namespace herald::end_to_end
