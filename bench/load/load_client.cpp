#include "bench/load/load_client.hpp"

#include "bench/load/http_head.hpp"
#include "bench/process/clock.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <stdexcept>

namespace herald::bench {

namespace {

constexpr size_t read_size = size_t{64} * 1024;

timespec to_timespec(std::chrono::nanoseconds span) {
  timespec result{};
  result.tv_sec = span.count() / 1'000'000'000;
  result.tv_nsec = span.count() % 1'000'000'000;
  return result;
}

} // namespace

load_client::load_client(uint16_t port, size_t connections)
  : port_{port}, epoll_{check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
    connections_(connections), buffer_(read_size) {
  for (size_t i = 0; i < connections; ++i) {
    open(i);
    idle_.push_back(i);
  }
}

void load_client::turn(load_source& source, std::chrono::nanoseconds max_wait) {
  fill(source);
  wait(source, max_wait);
}

bool load_client::finish(load_source& source, uint64_t deadline_ns) {
  while (in_flight() > 0 && monotonic_ns() < deadline_ns)
    wait(source, std::chrono::milliseconds{1});
  return in_flight() == 0;
}

void load_client::fill(load_source& source) {
  while (!idle_.empty()) {
    auto& peer = connections_[idle_.back()];
    peer.output.clear();
    if (!source.next(peer.output, peer.tag))
      return;
    auto index = idle_.back();
    idle_.pop_back();
    start(index);
  }
}

void load_client::wait(load_source& source, std::chrono::nanoseconds max_wait) {
  std::array<epoll_event, 256> events{};
  auto timeout = to_timespec(max_wait);
  auto ready
    = ::epoll_pwait2(epoll_.get(), events.data(),
                     static_cast<int>(events.size()), &timeout, nullptr);
  for (auto i = 0; i < ready; ++i) {
    const auto& event = events[static_cast<size_t>(i)];
    auto index = static_cast<size_t>(event.data.u64);
    if ((event.events & EPOLLOUT) != 0 && write_some(index))
      watch(index, EPOLLIN, EPOLL_CTL_MOD);
    if ((event.events & ~static_cast<uint32_t>(EPOLLOUT)) != 0)
      read_some(index, source);
  }
}

void load_client::start(size_t index) {
  auto& peer = connections_[index];
  if (peer.socket.get() < 0)
    open(index);
  peer.sent = 0;
  peer.is_busy = true;
  peer.started_ns = monotonic_ns();
  if (!write_some(index))
    watch(index, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

// True when all is out, or never will be: then reading reports the loss.
bool load_client::write_some(size_t index) {
  auto& peer = connections_[index];
  auto sent = ::send(peer.socket.get(), peer.output.data() + peer.sent,
                     peer.output.size() - peer.sent, MSG_NOSIGNAL);
  if (sent < 0)
    return errno != EAGAIN && errno != EINTR;
  peer.sent += static_cast<size_t>(sent);
  return peer.sent == peer.output.size();
}

void load_client::read_some(size_t index, load_source& source) {
  auto& peer = connections_[index];
  auto received = ::recv(peer.socket.get(), buffer_.data(), buffer_.size(), 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (received <= 0 || !peer.is_busy) // closed, or an answer to nothing
    return lose(index, source);
  peer.input.append(buffer_.data(), static_cast<size_t>(received));
  parse(index, source);
}

void load_client::parse(size_t index, load_source& source) {
  auto& peer = connections_[index];
  auto head = parse_head(peer.input);
  if (!head)
    return;
  if (head->chunked)
    throw std::runtime_error{"a chunked answer: not supported"};
  if (peer.input.size() < head->size + head->content_length)
    return;
  auto body
    = std::string_view{peer.input}.substr(head->size, head->content_length);
  complete(index, source, status_of(head->first_line), body);
  peer.input.clear();
}

void load_client::lose(size_t index, load_source& source) {
  auto& peer = connections_[index];
  peer.socket.reset();
  peer.input.clear();
  if (peer.is_busy)
    complete(index, source, 0, {});
}

void load_client::complete(size_t index, load_source& source, int status,
                           std::string_view body) {
  auto& peer = connections_[index];
  assert(peer.is_busy);
  peer.is_busy = false;
  idle_.push_back(index);
  source.answered({status, body, peer.tag, monotonic_ns() - peer.started_ns});
}

void load_client::watch(size_t index, uint32_t events, int operation) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = index;
  check(::epoll_ctl(epoll_.get(), operation, connections_[index].socket.get(),
                    &event),
        "epoll_ctl");
}

void load_client::open(size_t index) {
  connections_[index].socket = connect_loopback(port_);
  watch(index, EPOLLIN, EPOLL_CTL_ADD);
}

} // namespace herald::bench
