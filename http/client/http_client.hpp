#pragma once

#include "actors/engine.hpp"
#include "actors/interfaces.hpp"
#include "actors/poster.hpp"
#include "config/config.hpp"
#include "http/client/address_policy.hpp"
#include "http/client/own_addresses.hpp"
#include "http/client/resolver.hpp"
#include "http/io_thread.hpp"

#include <caf/expected.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace herald {

class client_core;

/// How one I/O thread sends. The shares are this client's part of the
/// limits of the node: each client keeps to its own.
struct client_options {
  delivery_config delivery; ///< Its `timeout` and `connect_timeout` are used.
  address_policy policy;    ///< Asked about the address to connect to.
  own_addresses self;       ///< Never called, as long as it is not empty.
  std::shared_ptr<loop_counters> loops; ///< Counts those; may be null.
  size_t origin_connections = 64; ///< Share of `delivery.origin_connections`.
  size_t total_in_flight = 4096;  ///< Share of `delivery.total_in_flight`.
  size_t idle_connections = 1024; ///< Kept open at most, of all origins.
  std::chrono::milliseconds idle_timeout{30'000}; ///< Unused for this long.
  /// What a request may take even while others wait for its place.
  std::chrono::milliseconds patience{1000};
  std::string ca_file;    ///< PEM; trusted besides the system's authorities.
  std::string user_agent; ///< Of fetches; a post's head brings its own.
  lookup_function lookup; ///< Empty: the system's.
};

/// What a client does at the moment. Written by its thread, read by anyone.
struct client_stats {
  std::atomic<uint64_t> waiting{0};     ///< Requests in the queue.
  std::atomic<uint64_t> in_flight{0};   ///< Requests that left it.
  std::atomic<uint64_t> connections{0}; ///< Open or being opened.
  std::atomic<uint64_t> opened{0};      ///< Connections, since the start.
  std::atomic<uint64_t> answered{0};    ///< Requests, since the start.
  std::atomic<uint64_t> resent{0};      ///< Because a kept connection was dead.
  std::atomic<uint64_t> given_up{0};    ///< For somebody who waited.
};

/// Outbound HTTP/1.1 over one I/O thread. Every request is answered exactly
/// once, on that thread.
///
/// Queue: a request leaves it when its origin has a connection free or may open
/// one, and the limit of requests in flight allows. Both are shared as
/// `client_places` says: those who have nothing in flight go first, then those
/// who have, in turn with those who failed last time; within each, an origin's
/// listeners take turns for its connections, and the origins for the limit in
/// flight. What has been in flight for `patience` may be given up, as
/// failure::timeout, where somebody waits who has nothing. Time in the
/// queue has no limit for posts (senders bound what they hand in), but counts
/// against the deadline of a fetch.
///
/// Deadlines: `connect_timeout` for name, TCP and TLS together, shared out
/// among the addresses of a name; `timeout` from leaving the queue to the last
/// byte of the answer. They are kept to about a tenth, at most 50 ms late.
/// Either is failure::timeout.
///
/// Answers: redirects are not followed, interim answers (1xx) are skipped. A
/// post is settled by the status: once its line has come, a header that is no
/// HTTP or too long, and a body that breaks off, drips past the deadline or is
/// longer than 64 KiB, close the connection, but the status counts. A fetch
/// needs its whole body.
///
/// A connection is kept after use if both sides may; one that the peer turns
/// out to have closed before any byte of an answer is replaced once, at once,
/// by a new one: the receiver may see that request twice, with the same
/// webhook-id.
class http_client : public poster {
public:
  using fetch_handler = std::function<void(fetch_reply)>;

  /// Bytes of a post's answer that are read before the connection is given up.
  static constexpr size_t max_post_answer = 64 * 1024;

  /// Bytes of an unsuccessful answer that are kept for people.
  static constexpr size_t max_excerpt = 1024;

  /// `io` must outlive the client. errc::invalid if `ca_file` cannot be read.
  static caf::expected<std::shared_ptr<http_client>>
  make(io_thread& io, client_options options);

  explicit http_client(std::shared_ptr<client_core> core);
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// Stops.
  ~http_client() override;

  /// Sends the requests. After `stop` they are refused at once. Any thread.
  void post(post_listener who, std::vector<post_request> what) override;

  /// Gets; `done` is called on the I/O thread, or after `stop` at once. A body
  /// or wait over its limit is a failure. Any thread.
  void fetch(fetch_request what, fetch_handler done);

  /// From soon on asks another policy. Connections that are open are not used
  /// again. Any thread.
  void set_policy(address_policy policy);

  /// Answers all that waits or is in flight with failure::connect, "stopping",
  /// and closes the connections. Returns at once; done when what is posted to
  /// the I/O thread after it runs. Idempotent. Any thread.
  void stop();

  /// Any thread.
  const client_stats& stats() const;

private:
  std::shared_ptr<client_core> core_;
};

} // namespace herald
