#pragma once

#include "http/client/answer_parser.hpp"
#include "http/client/origin.hpp"
#include "http/client/tls.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <optional>
#include <string>
#include <vector>

namespace herald {

class client_core;

/// One connection and the request on it. A state machine driven by completion
/// handlers, which share it; it ends after the last one. Only on the thread of
/// its context. Not thread-safe.
///
///     resolving -> connecting -> handshaking -> busy <-> idle -> closed
///
/// Handlers may come after `closed` and then do nothing.
class client_connection
  : public list_hook,
    public boost::intrusive_ref_counter<client_connection,
                                        boost::thread_unsafe_counter> {
public:
  using pointer = boost::intrusive_ptr<client_connection>;

  /// Bytes: room for an answer at first, and at most.
  static constexpr size_t small_buffer = 2 * 1024;
  static constexpr size_t large_buffer
    = answer_parser::max_header + small_buffer;

  /// A body up to this many bytes is copied behind its header; a longer one is
  /// written from where it is.
  static constexpr size_t max_copied_body = 16 * 1024;

  client_connection(client_core& core, client_origin& to);
  client_connection(const client_connection&) = delete;
  client_connection& operator=(const client_connection&) = delete;
  ~client_connection();

  /// Sends the request, connecting first if it is a new connection. It must be
  /// new or idle. Owns the request until it is settled or sent again.
  void send(client_attempt& what);

  /// Gives up what is due.
  void check(client_time now);

  /// When its request left the queue; there must be one.
  client_time busy_since() const { return attempt_->left; }

  /// Gives up, for others that wait, though it is not due yet.
  void give_up();

  /// Settles the request as failed, and closes.
  void fail(failure why, std::string reason);

  /// Closes. There must be no request.
  void close();

  client_origin& origin() { return origin_; }

  client_time idle_since; ///< When its last request was settled.
  client_time expires;    ///< From then on it is not used again.

private:
  enum class stage : uint8_t {
    fresh,
    resolving,
    connecting,
    handshaking,
    busy,
    idle,
    closed
  };

  // connection_open.cpp
  void open(client_time now);
  void on_resolved(const resolution& found);
  void connect_next(client_time now);
  bool open_socket(const boost::asio::ip::tcp::endpoint& to);
  void on_connected(unsigned round, const boost::system::error_code& ec);
  bool leads_home() const;
  void shake_hands();
  void on_handshake(const boost::system::error_code& ec);
  void check_connect(client_time now);

  // connection.cpp
  void transmit();
  void expect_answer();
  void compose();
  void write_plain();
  void write_rest(size_t sent);
  void write_tls();
  void on_written(const boost::system::error_code& ec);
  std::string_view long_body() const;
  void read();
  void on_read(const boost::system::error_code& ec, size_t bytes);
  void consume();
  void read_more();
  void on_closed(const boost::system::error_code& ec);
  void send_again();
  void break_off(failure why, std::string reason);
  void finish(bool reusable);
  void refuse_self(std::string reason);
  void settle(http_outcome outcome, answer* got, bool reusable);
  void close_socket();
  uint32_t elapsed_ms() const;

  client_core& core_;
  client_origin& origin_; ///< Lives while this is not closed.
  boost::asio::ip::tcp::socket socket_;
  std::optional<tls_stream> tls_;
  client_attempt* attempt_ = nullptr; ///< Owned.
  stage stage_ = stage::fresh;
  bool reused_ = false;   ///< An answer was received before.
  bool answered_ = false; ///< A byte of this answer was received.
  bool sent_ = false;     ///< The request is written completely.
  bool reading_ = false;  ///< A read is pending.
  unsigned round_ = 0;    ///< Of connecting; older handlers are stale.

  std::vector<ip_address> addresses_; ///< Allowed, in the order to try.
  size_t next_address_ = 0;
  client_time connect_deadline_;
  client_time address_deadline_;
  std::string last_error_;

  answer_parser parser_;
  std::vector<char> in_;
  size_t filled_ = 0;  ///< Bytes of `in_` that wait to be parsed.
  std::string unsent_; ///< While a write is pending.
};

} // namespace herald
