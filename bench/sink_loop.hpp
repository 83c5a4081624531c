#pragma once

#include "bench/net.hpp"
#include "bench/sink_memory.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace herald::bench {

struct http_head;

/// The server of the sink process: one thread, epoll, keep-alive, pipelining.
/// Answers POST with an empty 200 and GET with its `hub.challenge`. A request
/// that is malformed, chunked or longer than `largest_request` closes its
/// connection and is counted.
class sink_loop {
public:
  static constexpr size_t largest_request = 2 * 1024 * 1024;

  sink_loop(unique_fd listener, sink_memory& memory);

  /// Serves until the process is killed.
  [[noreturn]] void run();

private:
  struct connection {
    unique_fd socket;
    std::string rest; ///< The beginning of an incomplete request.
  };

  void accept_all();
  void serve(int fd);
  bool answer_all(connection& peer, size_t size);
  bool flush(const connection& peer);
  void answer(const http_head& head, std::string_view body);
  void take_delivery(std::string_view target, std::string_view body);
  void verify(uint64_t number, std::string_view target);
  void answer_get(std::string_view target);

  unique_fd listener_;
  unique_fd epoll_;
  sink_memory& memory_;
  std::vector<std::unique_ptr<connection>> connections_; ///< By descriptor.
  std::vector<char> input_;
  std::string output_;
};

} // namespace herald::bench
