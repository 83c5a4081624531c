#pragma once

#include "bench/process/net.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace herald::bench {

struct http_answer {
  int status = 0; ///< 0: the connection was lost before an answer.
  std::string_view body;
  uint64_t tag = 0;        ///< As set by `load_source::next`.
  uint64_t elapsed_ns = 0; ///< From sending to the whole answer.
};

/// Where a `load_client` takes its requests from.
class load_source {
public:
  virtual ~load_source() = default;

  /// Puts the next request, head and body, into `request` (empty, its memory
  /// kept from the last one) and a mark of its own into `tag`; false: none now.
  virtual bool next(std::string& request, uint64_t& tag) = 0;

  virtual void answered(const http_answer& answer) = 0;
};

/// HTTP/1.1 keep-alive client for 127.0.0.1: one thread, epoll, one request at
/// a time on each connection. A lost connection is opened again when needed;
/// `std::system_error` if nobody listens any more.
class load_client {
public:
  load_client(uint16_t port, size_t connections);

  /// Sends on every free connection what `source` has, then waits up to
  /// `max_wait` for answers and hands them over.
  void turn(load_source& source, std::chrono::nanoseconds max_wait);

  /// Takes no more requests; waits for the open ones until `deadline_ns`
  /// (monotonic). False if some are still open.
  bool finish(load_source& source, uint64_t deadline_ns);

  size_t in_flight() const { return connections_.size() - idle_.size(); }

private:
  struct connection {
    unique_fd socket;
    std::string output;
    size_t sent = 0;
    std::string input;
    uint64_t tag = 0;
    uint64_t started_ns = 0;
    bool is_busy = false;
  };

  void fill(load_source& source);
  void wait(load_source& source, std::chrono::nanoseconds max_wait);
  void start(size_t index);
  bool write_some(size_t index);
  void read_some(size_t index, load_source& source);
  void parse(size_t index, load_source& source);
  void lose(size_t index, load_source& source);
  void complete(size_t index, load_source& source, int status,
                std::string_view body);
  void watch(size_t index, uint32_t events, int operation);
  void open(size_t index);

  uint16_t port_;
  unique_fd epoll_;
  std::vector<connection> connections_;
  std::vector<size_t> idle_;
  std::vector<char> buffer_;
};

} // namespace herald::bench
