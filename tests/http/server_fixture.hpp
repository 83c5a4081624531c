#pragma once

#include "config/errc.hpp"
#include "http/io_thread.hpp"
#include "http/problem.hpp"
#include "http/server.hpp"

#include <arpa/inet.h>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <unistd.h>

namespace herald::test {

using namespace std::chrono_literals;

/// A client that sends bytes and reads answers, blocking.
class raw_client {
public:
  explicit raw_client(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    timeval limit{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
  }

  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  ~raw_client() { ::close(fd_); }

  void send(std::string_view text) {
    while (!text.empty()) {
      auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0)
        return;
      text.remove_prefix(static_cast<size_t>(n));
    }
  }

  /// No more will be sent.
  void finish() { ::shutdown(fd_, SHUT_WR); }

  /// One answer, head and body; what there is if the server closes.
  std::string answer(bool without_body = false) {
    size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
      if (!receive())
        return std::exchange(received_, {});
    end += 4;
    if (!without_body)
      end += length(received_.substr(0, end));
    while (received_.size() < end && receive())
      continue;
    auto result = received_.substr(0, end);
    received_.erase(0, end);
    return result;
  }

  /// All that comes until the server closes.
  std::string rest() {
    while (receive())
      continue;
    return std::exchange(received_, {});
  }

private:
  static size_t length(const std::string& head) {
    auto at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
  }

  bool receive() {
    char bytes[4096];
    auto n = ::recv(fd_, bytes, sizeof(bytes), 0);
    if (n < 0 && errno == EAGAIN)
      ADD_FAILURE() << "the server neither answers nor closes";
    if (n > 0)
      received_.append(bytes, static_cast<size_t>(n));
    return n > 0;
  }

  int fd_;
  std::string received_;
};

/// Stands for the front end: keeps the exchanges until the test takes them.
class scripted_front_end {
public:
  void deliver(std::vector<exchange_ptr> batch) {
    std::lock_guard guard{mutex_};
    for (auto& x : batch)
      waiting_.push_back(std::move(x));
    arrived_.notify_all();
  }

  exchange_ptr next() {
    std::unique_lock lock{mutex_};
    if (!arrived_.wait_for(lock, 20s, [this] { return !waiting_.empty(); }))
      return nullptr;
    auto result = std::move(waiting_.front());
    waiting_.pop_front();
    return result;
  }

  size_t count() {
    std::lock_guard guard{mutex_};
    return waiting_.size();
  }

private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<exchange_ptr> waiting_;
};

class a_server : public testing::Test {
protected:
  a_server() {
    limits.sweep_interval = 5ms;
    limits.header_bytes = 1024;
    limits.body_bytes = 1000;
  }

  ~a_server() override {
    if (http && !stopped)
      stop();
  }

  void start() {
    auto opened = std::make_shared<std::promise<uint16_t>>();
    auto result = opened->get_future();
    http.emplace(io.context(), limits, [this](std::vector<exchange_ptr> batch) {
      front_end.deliver(std::move(batch));
    });
    boost::asio::post(io.context(), [this, opened] {
      auto where = http->listen({"127.0.0.1", 0});
      opened->set_value(where ? where->port : uint16_t{0});
    });
    port = result.get();
  }

  void stop(milliseconds grace = 20s) {
    stopped = true;
    std::promise<void> done;
    http->stop(grace, [&] { done.set_value(); });
    done.get_future().wait();
  }

  /// Takes the next request, answers with `body`, and returns the request.
  http_request serve(std::string body = "ok") {
    auto x = front_end.next();
    if (x == nullptr)
      return {};
    auto result = x->request;
    x->answer({200, {}, std::move(body)});
    return result;
  }

  static std::string status(const std::string& answer) {
    return answer.size() < 12 ? answer : answer.substr(9, 3);
  }

  static bool says(const std::string& answer, std::string_view line) {
    return answer.find(line) != std::string::npos;
  }

  io_thread io{"http"};
  server_limits limits;
  scripted_front_end front_end;
  std::optional<server> http;
  uint16_t port = 0;
  bool stopped = false;
};

inline const std::string get = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

inline std::string post(const std::string& body, const std::string& more = {}) {
  return "POST /events HTTP/1.1\r\nHost: h\r\n" + more
         + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace herald::test
