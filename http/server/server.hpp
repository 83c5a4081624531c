#pragma once

#include "config/config.hpp"
#include "http/exchange.hpp"
#include "http/server/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <caf/expected.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace herald {

/// Accepts connections and reads requests, HTTP/1.0 and 1.1, on one I/O thread.
/// Each I/O thread has a server of its own; those that listen on the same
/// address share its connections (SO_REUSEPORT).
///
///     server first{thread1.context(), limits, to_front_end1, gate};
///     server second{thread2.context(), limits, to_front_end2, gate};
///     auto where = first.listen({"127.0.0.1", 0});
///     second.listen(*where, server::sharing::join);
///
/// Requests arrive at `deliver` on the I/O thread, all that were read in one
/// turn of its loop together, complete and within the limits. What HTTP itself
/// refuses (limits.hpp), or the judge, never gets there.
class server {
public:
  using handler = std::function<void(std::vector<exchange_ptr>)>;

  /// Judges a request whose fields have been read, but not its body: returns
  /// the answer, or nothing to let it pass. It may change the request. What is
  /// no HTTP at all is shown to it as well, for `answer_fields` only. On the
  /// I/O thread.
  using judge = std::function<std::optional<http_response>(http_request&)>;

  enum class sharing {
    first, ///< Fails if anybody listens on the address already.
    join   ///< Shares the address with the servers of this process.
  };

  server(boost::asio::io_context& io, server_limits limits, handler deliver,
         judge gate);

  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// The thread of `io` must have ended, or `stop` have called back; `io`
  /// itself must still be there. Exchanges may outlive the server.
  ~server();

  /// Begins to accept; repeatable. Returns where, with the port that was taken
  /// for port 0. Before the thread of `io` runs, or on it. Errors: `invalid`
  /// (no address of this machine), `busy`, `permission`; the text names the
  /// address.
  caf::expected<endpoint> listen(const endpoint& where,
                                 sharing how = sharing::first);

  /// Requests that are read from now on are judged by `gate`. From any thread.
  void set_judge(judge gate);

  /// Stops accepting, closes what is idle, answers what is open for at most
  /// `grace`, closes the rest, then calls `done` on the I/O thread. Nothing
  /// reaches `deliver` afterwards. Once, from any thread.
  void stop(milliseconds grace, std::function<void()> done);

private:
  class core;
  std::shared_ptr<core> core_;
};

/// A judge that has nothing against anybody.
std::optional<http_response> let_all_pass(http_request& head);

} // namespace herald
