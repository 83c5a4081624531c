#pragma once

#include "config/errc.hpp"
#include "http/io_thread.hpp"
#include "http/problem.hpp"
#include "http/server/server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herald::test {

using namespace std::chrono_literals;

/// A client that sends bytes and reads answers, blocking.
class raw_client {
public:
  explicit raw_client(uint16_t port);
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;
  ~raw_client();

  void send(std::string_view text);

  /// No more will be sent.
  void finish();

  /// One answer, head and body; what there is if the server closes.
  std::string answer(bool without_body = false);

  /// All that comes until the server closes.
  std::string rest();

private:
  static size_t length(const std::string& head);

  bool receive();

  int fd_;
  std::string received_;
};

/// Stands for the front end: keeps the exchanges until the test takes them.
class scripted_front_end {
public:
  void deliver(std::vector<exchange_ptr> batch);

  exchange_ptr next();

  size_t count();

private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<exchange_ptr> waiting_;
};

class a_server : public testing::Test {
protected:
  a_server();
  ~a_server() override;

  void start();

  void stop(milliseconds grace = 20s);

  /// Takes the next request, answers with `body`, and returns the request.
  http_request serve(std::string body = "ok");

  static std::string status(const std::string& answer);

  static bool says(const std::string& answer, std::string_view line);

  io_thread io{"http"};
  server_limits limits;
  scripted_front_end front_end;
  server::judge judge = let_all_pass;
  std::optional<server> http;
  uint16_t port = 0;
  bool stopped = false;
};

inline const std::string simple_get = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

std::string post(const std::string& body, const std::string& more = {});

} // namespace herald::test
