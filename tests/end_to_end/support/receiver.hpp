#pragma once

#include "tests/end_to_end/support/child_process.hpp"
#include "tests/end_to_end/support/http_client.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace herald::end_to_end {

/// What a receiver does with a request.
struct reply {
  enum class kind {
    answer, ///< Sends the status, the fields and the body.
    hold,   ///< As `answer`, but only when `receiver::release` is called.
    hang,   ///< Keeps the connection open and says nothing, ever.
    close,  ///< Closes the connection without an answer.
    raw,    ///< Sends the body as it stands, which need not be HTTP.
    cut,    ///< As `raw`, and closes the connection.
  };

  kind how = kind::answer;
  int status = 200;
  field_list fields;
  std::string body;

  static reply hang() { return {kind::hang, 0, {}, {}}; }
  static reply close() { return {kind::close, 0, {}, {}}; }
  static reply raw(std::string bytes) {
    return {kind::raw, 0, {}, std::move(bytes)};
  }
  static reply cut(std::string bytes) {
    return {kind::cut, 0, {}, std::move(bytes)};
  }
};

/// A subscriber inside the test: an HTTP server on a port of 127.0.0.1, one
/// thread for all of its connections. Echoes challenges, answers deliveries
/// with 200, and keeps every request, until told otherwise. Thread-safe; the
/// scripts run on its thread and must not call back into it.
class receiver {
public:
  using script = std::function<reply(const http_message&)>;
  using requests = std::vector<http_message>;

  receiver();
  /// At another address of this machine, a literal one; port 0 takes a free
  /// one. Throws `std::system_error` if it cannot be had.
  explicit receiver(const std::string& address, uint16_t port = 0);
  ~receiver();
  receiver(const receiver&) = delete;
  receiver& operator=(const receiver&) = delete;

  /// Answers POST requests from now on. `keep = false`: does not keep them.
  void on_delivery(script what, bool keep = true);

  /// Answers GET requests from now on.
  void on_challenge(script what);

  uint16_t port() const { return port_; }

  std::string url(const std::string& target = "/") const;

  requests deliveries() const;
  requests challenges() const;

  /// Waits until that many came; false after `patience`.
  bool wait_for_deliveries(size_t count) const;
  bool wait_for_challenges(size_t count) const;

  /// How many connections were accepted so far.
  size_t connections() const;

  /// Sends what has been held until now. What a `wait_for_…` has seen counts.
  void release();

  /// The answer to a challenge that confirms the intent.
  static reply echo(const http_message& challenge);

private:
  struct peer {
    std::string received;
    bool hung = false;
    std::string held; ///< An answer that waits for its release.
  };

  void run();
  void wake(uint64_t why);
  /// False if it is time to end.
  bool woken();
  void accept_peer();
  /// False if the connection is done with.
  bool serve(int fd, peer& who);
  void send_held();
  bool answer(int fd, peer& who, http_message request);
  reply decide(http_message request);

  std::string address_;
  int listener_ = -1;
  int wake_ = -1;
  uint16_t port_ = 0;
  std::map<int, peer> peers_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  script on_delivery_;
  script on_challenge_;
  bool keep_ = true;
  requests deliveries_;
  requests challenges_;
  size_t connections_ = 0;
  std::thread thread_;
};

} // namespace herald::end_to_end
