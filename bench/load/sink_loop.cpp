#include "bench/load/sink_loop.hpp"

#include "bench/load/event_body.hpp"
#include "bench/load/http_head.hpp"
#include "bench/load/signature.hpp"
#include "bench/process/clock.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace herald::bench {

namespace {

constexpr std::string_view empty_ok
  = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view empty_503
  = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

void watch(const unique_fd& epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  check(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

// The number that ends `/s/17` or `/s/17?key=value`.
uint64_t subscriber_of(std::string_view target) {
  target = target.substr(0, target.find('?'));
  auto digits = target.substr(target.rfind('/') + 1);
  uint64_t value = UINT64_MAX;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// The raw value of a query parameter; empty if there is none.
std::string_view parameter(std::string_view target, std::string_view name) {
  auto query = target.substr(std::min(target.find('?'), target.size()));
  while (!query.empty()) {
    query.remove_prefix(1);
    auto pair = query.substr(0, query.find('&'));
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
      return pair.substr(name.size() + 1);
    query.remove_prefix(pair.size());
  }
  return {};
}

bool set_bit(uint64_t* words, uint64_t index) {
  auto mask = uint64_t{1} << (index % 64);
  auto was_set = (words[index / 64] & mask) != 0;
  words[index / 64] |= mask;
  return !was_set;
}

} // namespace

sink_loop::sink_loop(unique_fd listener, sink_memory& memory,
                     const tls_server* tls)
  : listener_{std::move(listener)}, epoll_{check(::epoll_create1(EPOLL_CLOEXEC),
                                                 "epoll_create1")},
    memory_{memory}, tls_{tls}, input_(largest_request) {
  watch(epoll_, listener_.get());
}

void sink_loop::run() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    auto ready = ::epoll_wait(epoll_.get(), events.data(),
                              static_cast<int>(events.size()), patience_ms());
    for (auto i = 0; i < ready; ++i) {
      auto fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == listener_.get())
        accept_all();
      else
        serve(fd);
    }
    answer_late();
  }
}

void sink_loop::accept_all() {
  for (;;) {
    unique_fd socket{::accept4(listener_.get(), nullptr, nullptr,
                               SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (socket.get() < 0)
      return;
    int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(epoll_, socket.get());
    auto slot = static_cast<size_t>(socket.get());
    connections_.resize(std::max(connections_.size(), slot + 1));
    auto& peer = *(connections_[slot] = std::make_unique<connection>());
    peer.socket = std::move(socket);
    peer.number = ++accepted_;
    if (tls_ != nullptr)
      peer.tls.emplace(*tls_, peer.socket.get());
    bump(memory_.counters.connections);
  }
}

// One buffer serves all connections, so that it stays in the cache; only the
// rest of an incomplete request is kept with its connection.
void sink_loop::serve(int fd) {
  auto& peer = connections_[static_cast<size_t>(fd)];
  do {
    if (!take_some(*peer))
      return peer.reset();
  } while (peer->tls && peer->tls->may_hold_more());
}

/// False if the connection is over.
bool sink_loop::take_some(connection& peer) {
  auto kept = peer.rest.size();
  std::memcpy(input_.data(), peer.rest.data(), kept);
  auto* to = input_.data() + kept;
  auto size = input_.size() - kept;
  auto received = peer.tls ? peer.tls->receive(to, size)
                           : ::recv(peer.socket.get(), to, size, 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR))
    return true;
  return received > 0 && answer_all(peer, kept + static_cast<size_t>(received));
}

bool sink_loop::answer_all(connection& peer, size_t size) {
  std::string_view input{input_.data(), size};
  output_.clear();
  while (auto head = parse_head(input)) {
    if (head->chunked) {
      bump(memory_.counters.malformed);
      return false;
    }
    auto whole = head->size + head->content_length;
    if (whole > input.size())
      break;
    answer(peer, *head, input.substr(head->size, head->content_length));
    input.remove_prefix(whole);
  }
  peer.rest.assign(input);
  if (peer.rest.size() == largest_request)
    bump(memory_.counters.malformed);
  return peer.rest.size() < largest_request && flush(peer);
}

// Answers are tiny: a peer that lets its receive buffer fill up is closed.
bool sink_loop::flush(connection& peer) {
  if (output_.empty())
    return true;
  if (peer.tls)
    return peer.tls->send(output_);
  auto sent
    = ::send(peer.socket.get(), output_.data(), output_.size(), MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(output_.size());
}

void sink_loop::answer(const connection& peer, const http_head& head,
                       std::string_view body) {
  auto target = target_of(head.first_line);
  if (!head.first_line.starts_with("POST "))
    return answer_get(target);
  if (!target.starts_with("/s/") && answer_sick(peer, target))
    return;
  auto is_dead = memory_.settings.is_dead.load(std::memory_order_relaxed);
  output_ += is_dead ? empty_503 : empty_ok;
  if (is_dead)
    bump(memory_.counters.refused);
  else
    take_delivery(head, body);
}

/// False if the target is no sick callback. They are not measured.
bool sink_loop::answer_sick(const connection& peer, std::string_view target) {
  auto delay_ns = memory_.settings.sick_delay_ns.load();
  auto hangs = target.starts_with("/hang/");
  auto is_slow = target.starts_with("/slow/");
  if (!hangs && !is_slow && !target.starts_with("/fail/"))
    return false;
  bump(memory_.counters.sick);
  if (delay_ns == 0)
    output_ += empty_ok;
  else if (is_slow)
    late_.push_back({monotonic_ns() + delay_ns,
                     static_cast<size_t>(peer.socket.get()), peer.number});
  else if (!hangs)
    output_ += empty_503;
  return true;
}

int sink_loop::patience_ms() const {
  if (late_.empty())
    return -1;
  auto now = monotonic_ns();
  auto due = std::max(late_.front().due_ns, now);
  return static_cast<int>((due - now) / 1'000'000 + 1);
}

void sink_loop::answer_late() {
  for (auto now = late_.empty() ? 0 : monotonic_ns();
       !late_.empty() && late_.front().due_ns <= now; late_.pop_front()) {
    auto& peer = connections_[late_.front().slot];
    if (!peer || peer->number != late_.front().number)
      continue; // It was given up.
    output_ = empty_ok;
    if (!flush(*peer))
      peer.reset();
  }
}

void sink_loop::take_delivery(const http_head& head, std::string_view body) {
  auto& settings = memory_.settings;
  auto wanted = settings.body_size.load(std::memory_order_relaxed);
  if (settings.is_signed.load(std::memory_order_relaxed))
    check_signature(head, body);
  if (auto stamp = read_stamp(body)) {
    if (body.size() != body_size_of(wanted, stamp->number))
      bump(memory_.counters.bad_lengths);
    memory_.latency.record(monotonic_ns() - stamp->published_ns);
    if (settings.verify.load(std::memory_order_acquire))
      verify(stamp->number, target_of(head.first_line));
  } else {
    bump(memory_.counters.bad_bodies);
  }
  bump(memory_.counters.deliveries); // last: whoever sees it sees the rest
}

// To compute all of them would measure the sink.
void sink_loop::check_signature(const http_head& head, std::string_view body) {
  constexpr uint64_t every = 64;
  auto signature = signature_in(head.text);
  if (signature.empty())
    bump(memory_.counters.unsigned_);
  else if (memory_.counters.deliveries % every == 0
           && signature
                != sign(secret_of(subscriber_of(target_of(head.first_line))),
                        body))
    bump(memory_.counters.bad_signatures);
}

void sink_loop::verify(uint64_t number, std::string_view target) {
  uint64_t topics = memory_.settings.topics;
  uint64_t subscribers = memory_.settings.subscribers;
  auto subscriber = subscriber_of(target);
  auto bit = number * subscribers + subscriber % subscribers;
  if (subscriber / subscribers != number % topics)
    bump(memory_.counters.misrouted);
  else if (bit >= sink_memory::seen_bits)
    bump(memory_.counters.unverified);
  else if (!set_bit(memory_.seen, bit))
    bump(memory_.counters.duplicates);
}

void sink_loop::answer_get(std::string_view target) {
  auto challenge = percent_decode(parameter(target, "hub.challenge"));
  bump(challenge.empty() ? memory_.counters.denials
                         : memory_.counters.challenges);
  output_ += "HTTP/1.1 200 OK\r\nContent-Length: ";
  output_ += std::to_string(challenge.size());
  output_ += "\r\n\r\n";
  output_ += challenge;
}

} // namespace herald::bench
