#pragma once

#include "bench/load/sink_memory.hpp"
#include "bench/load/tls.hpp"
#include "bench/process/net.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herald::bench {

struct http_head;

/// The server of the sink process: one thread, epoll, keep-alive, pipelining.
/// Answers POST with an empty 200 and GET with its `hub.challenge`; a sick
/// callback's POST as `health` says, once they have fallen ill. A request
/// that is malformed, chunked or longer than `largest_request` closes its
/// connection and is counted.
class sink_loop {
public:
  static constexpr size_t largest_request = 2 * 1024 * 1024;

  /// `tls`: null for plain HTTP; else it outlives the loop.
  sink_loop(unique_fd listener, sink_memory& memory, const tls_server* tls);

  /// Serves until the process is killed.
  [[noreturn]] void run();

private:
  struct connection {
    unique_fd socket;
    std::string rest; ///< The beginning of an incomplete request.
    uint64_t number = 0;
    std::optional<tls_session> tls; ///< Nothing: plain HTTP.
  };

  /// An answer that is late on purpose.
  struct late_answer {
    uint64_t due_ns = 0;
    size_t slot = 0;
    uint64_t number = 0; ///< Of the connection: the slot is used again.
  };

  void accept_all();
  void serve(int fd);
  bool take_some(connection& peer);
  bool answer_all(connection& peer, size_t size);
  bool flush(connection& peer);
  void answer(const connection& peer, const http_head& head,
              std::string_view body);
  bool answer_sick(const connection& peer, std::string_view target);
  int patience_ms() const;
  void answer_late();
  void take_delivery(const http_head& head, std::string_view body);
  void check_signature(const http_head& head, std::string_view body);
  void verify(uint64_t number, std::string_view target);
  void answer_get(std::string_view target);

  unique_fd listener_;
  unique_fd epoll_;
  sink_memory& memory_;
  const tls_server* tls_;
  std::vector<std::unique_ptr<connection>> connections_; ///< By descriptor.
  std::vector<char> input_;
  std::string output_;
  std::deque<late_answer> late_; ///< In the order in which they are due.
  uint64_t accepted_ = 0;
};

} // namespace herald::bench
