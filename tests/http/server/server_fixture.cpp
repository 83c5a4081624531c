#include "tests/http/server/server_fixture.hpp"

#include <arpa/inet.h>
#include <boost/asio/post.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <future>
#include <memory>
#include <utility>

#include <unistd.h>

namespace herald::test {

raw_client::raw_client(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
  timeval limit{20, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
  EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
}

raw_client::~raw_client() {
  ::close(fd_);
}

void raw_client::send(std::string_view text) {
  while (!text.empty()) {
    auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return;
    text.remove_prefix(static_cast<size_t>(n));
  }
}

void raw_client::finish() {
  ::shutdown(fd_, SHUT_WR);
}

std::string raw_client::answer(bool without_body) {
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

std::string raw_client::rest() {
  while (receive())
    continue;
  return std::exchange(received_, {});
}

size_t raw_client::length(const std::string& head) {
  auto at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

bool raw_client::receive() {
  char bytes[4096];
  auto n = ::recv(fd_, bytes, sizeof(bytes), 0);
  if (n < 0 && errno == EAGAIN)
    ADD_FAILURE() << "the server neither answers nor closes";
  if (n > 0)
    received_.append(bytes, static_cast<size_t>(n));
  return n > 0;
}

void scripted_front_end::deliver(std::vector<exchange_ptr> batch) {
  std::lock_guard guard{mutex_};
  for (auto& x : batch)
    waiting_.push_back(std::move(x));
  arrived_.notify_all();
}

exchange_ptr scripted_front_end::next() {
  std::unique_lock lock{mutex_};
  if (!arrived_.wait_for(lock, 20s, [this] { return !waiting_.empty(); }))
    return nullptr;
  auto result = std::move(waiting_.front());
  waiting_.pop_front();
  return result;
}

size_t scripted_front_end::count() {
  std::lock_guard guard{mutex_};
  return waiting_.size();
}

a_server::a_server() {
  limits.sweep_interval = 5ms;
  limits.header_bytes = 1024;
  limits.body_bytes = 1000;
}

a_server::~a_server() {
  if (http && !stopped)
    stop();
}

void a_server::start() {
  auto opened = std::make_shared<std::promise<uint16_t>>();
  auto result = opened->get_future();
  http.emplace(
    io.context(), limits,
    [this](std::vector<exchange_ptr> batch) {
      front_end.deliver(std::move(batch));
    },
    judge);
  boost::asio::post(io.context(), [this, opened] {
    auto where = http->listen({"127.0.0.1", 0});
    opened->set_value(where ? where->port : uint16_t{0});
  });
  port = result.get();
}

void a_server::stop(milliseconds grace) {
  stopped = true;
  std::promise<void> done;
  http->stop(grace, [&] { done.set_value(); });
  done.get_future().wait();
}

http_request a_server::serve(std::string body) {
  auto x = front_end.next();
  if (x == nullptr)
    return {};
  auto result = x->request;
  x->answer({200, {}, std::move(body)});
  return result;
}

std::string a_server::status(const std::string& answer) {
  return answer.size() < 12 ? answer : answer.substr(9, 3);
}

bool a_server::says(const std::string& answer, std::string_view line) {
  return answer.find(line) != std::string::npos;
}

std::string post(const std::string& body, const std::string& more) {
  return "POST /events HTTP/1.1\r\nHost: h\r\n" + more
         + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace herald::test
