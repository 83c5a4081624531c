#pragma once

#include "http/exchange.hpp"
#include "http/server/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace herald {

/// A socket bound to its I/O thread's executor without type erasure.
using tcp_socket
  = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                     boost::asio::io_context::executor_type>;

class session;

/// What a session needs of the server it belongs to. On the I/O thread.
class session_host {
public:
  virtual ~session_host() = default;

  /// See `server::judge`. Once for each request.
  virtual std::optional<http_response> judge_head(http_request& what) = 0;

  /// A request is complete; to be answered by `session::answer` with the serial
  /// that is returned, which the host never gives out again.
  virtual uint64_t dispatch(session& from, http_request what) = 0;

  /// Takes `more` bytes of bodies into the books; false if there is no room.
  virtual bool reserve(size_t more) = 0;
  virtual void release(size_t bytes) = 0;

  /// The connection has ended; the session may be destroyed afterwards.
  virtual void ended(session& who) = 0;

  virtual const server_limits& limits() const = 0;
  virtual std::string_view date() = 0;
  virtual bool stopping() const = 0;
};

/// One connection: reads a request, hands it out, writes the answer, and only
/// then looks at the next one, so that answers keep the order of requests. On
/// the I/O thread only. Never calls `ended` from within `answer`, `sweep` or
/// `stop` other than as its last act.
class session {
public:
  using clock = std::chrono::steady_clock;

  virtual ~session() = default;

  virtual void start() = 0;

  /// Sends the answer to request `serial`; ignored if that is not open.
  virtual void answer(uint64_t serial, const http_response& response) = 0;

  /// The exchange of request `serial` was dropped unanswered: closes.
  virtual void abandon(uint64_t serial) = 0;

  /// Ends what is past its deadline.
  virtual void sweep(clock::time_point now) = 0;

  /// The server stops: closes, or does so after the answer that is due.
  virtual void stop() = 0;

  /// Closes at once.
  virtual void close() = 0;

  /// The session's place in the server's table.
  uint32_t slot = 0;
};

std::shared_ptr<session> make_session(tcp_socket socket,
                                      std::shared_ptr<session_host> host);

} // namespace herald
