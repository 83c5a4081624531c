#include "http/client/resolver.hpp"

#include "config/text.hpp"

#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>

namespace herald {

namespace {

ip_address to_address(const addrinfo& info) {
  if (info.ai_family == AF_INET) {
    sockaddr_in raw{};
    std::memcpy(&raw, info.ai_addr, sizeof(raw));
    std::array<uint8_t, 4> octets{};
    std::memcpy(octets.data(), &raw.sin_addr, octets.size());
    return ip_address::v4(octets);
  }
  sockaddr_in6 raw{};
  std::memcpy(&raw, info.ai_addr, sizeof(raw));
  std::array<uint8_t, 16> octets{};
  std::memcpy(octets.data(), &raw.sin6_addr, octets.size());
  return ip_address::v6(octets);
}

bool is_localhost(std::string_view host) {
  auto name = lowered(host);
  if (name.ends_with('.'))
    name.pop_back();
  return name == "localhost" || name.ends_with(".localhost");
}

} // namespace

resolution system_lookup(const std::string& host) {
  if (is_localhost(host))
    return {
      {*ip_address::parse("127.0.0.1"), *ip_address::parse("::1")}, {}, {}};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  resolution result;
  if (auto code = getaddrinfo(host.c_str(), nullptr, &hints, &found)) {
    result.error = gai_strerror(code);
    return result;
  }
  for (auto* info = found; info != nullptr; info = info->ai_next)
    if (info->ai_family == AF_INET || info->ai_family == AF_INET6)
      result.addresses.push_back(to_address(*info));
  freeaddrinfo(found);
  if (result.addresses.empty())
    result.error = "no address";
  return result;
}

/// Runs lookups on threads of its own. The threads share it with the resolver
/// and are detached: a lookup may hang for longer than anyone wants to wait at
/// the end.
class resolver::lookups : public std::enable_shared_from_this<lookups> {
public:
  lookups(resolver* owner, boost::asio::io_context& io, lookup_function lookup)
    : owner_(owner), io_(io), lookup_(std::move(lookup)) {
    // nop
  }

  /// False if no thread could be started to do it.
  bool start(const std::string& host) {
    std::lock_guard guard{mutex_};
    waiting_.push_back(host);
    if (threads_ < max_lookups)
      spawn();
    return threads_ > 0 || (waiting_.pop_back(), false);
  }

  void stop() {
    std::lock_guard guard{mutex_};
    owner_ = nullptr;
    waiting_.clear();
  }

private:
  void spawn() {
    try {
      std::thread{[self = shared_from_this()] { self->run(); }}.detach();
      ++threads_;
    } catch (const std::system_error&) {
      // Those that run already take it on.
    }
  }

  void run() {
    std::unique_lock guard{mutex_};
    while (!waiting_.empty()) {
      auto host = std::move(waiting_.front());
      waiting_.pop_front();
      guard.unlock();
      auto answer = lookup_(host);
      guard.lock();
      hand_over(std::move(host), std::move(answer));
    }
    --threads_;
  }

  // The context may be gone once the resolver is; the lock keeps both here.
  void hand_over(std::string host, resolution answer) {
    if (owner_ == nullptr)
      return;
    auto tell = [self = shared_from_this(), host = std::move(host),
                 answer = std::move(answer)]() mutable {
      if (self->owner_ != nullptr)
        self->owner_->learn(host, std::move(answer));
    };
    boost::asio::post(io_, std::move(tell));
  }

  std::mutex mutex_;
  resolver* owner_; ///< Written under the lock, on the context's thread.
  boost::asio::io_context& io_;
  lookup_function lookup_;
  std::deque<std::string> waiting_;
  size_t threads_ = 0;
};

resolver::resolver(boost::asio::io_context& io, lookup_function lookup,
                   clock::duration keep)
  : lookups_(std::make_shared<lookups>(
    this, io, lookup ? std::move(lookup) : lookup_function{system_lookup})),
    keep_(std::min<clock::duration>(keep, keep_found)) {
  // nop
}

resolver::~resolver() {
  stop();
}

void resolver::resolve(const std::string& host, clock::time_point now,
                       handler done) {
  auto i = entries_.find(host);
  if (i != entries_.end() && i->second.answer && i->second.expires > now)
    return done(resolution_ptr{i->second.answer});
  if (i == entries_.end()) {
    make_room(now);
    i = entries_.try_emplace(host).first;
  }
  auto& known = i->second;
  auto asked = !known.waiting.empty();
  known.answer = nullptr;
  known.waiting.push_back(std::move(done));
  if (!asked && !lookups_->start(host))
    learn(host, resolution{{}, "no thread to resolve it"});
}

void resolver::stop() {
  lookups_->stop();
  entries_.clear();
}

void resolver::learn(const std::string& host, resolution answer) {
  auto i = entries_.find(host);
  if (i == entries_.end())
    return;
  auto found = !answer.addresses.empty();
  answer.at = clock::now();
  auto shared = std::make_shared<const resolution>(std::move(answer));
  i->second.answer = shared;
  i->second.expires = shared->at + (found ? keep_ : keep_failed);
  // The handlers may ask again, and so move the entry.
  for (auto& tell : std::exchange(i->second.waiting, {}))
    tell(shared);
}

void resolver::make_room(clock::time_point now) {
  if (entries_.size() < max_entries)
    return;
  std::erase_if(entries_, [now](const auto& kvp) {
    return kvp.second.answer && kvp.second.expires <= now;
  });
  if (entries_.size() >= max_entries)
    std::erase_if(entries_,
                  [](const auto& kvp) { return kvp.second.answer != nullptr; });
}

} // namespace herald
