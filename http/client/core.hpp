#pragma once

#include "config/text_hash.hpp"
#include "http/client/connection.hpp"
#include "http/client/http_client.hpp"
#include "http/client/origin.hpp"
#include "http/client/tls.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace herald {

/// Changes a counter that one thread writes and any may read.
inline void add(counter& to, uint64_t n) {
  to.store(to.load(relaxed) + n, relaxed);
}

inline void take(counter& from) {
  add(from, ~uint64_t{0});
}

/// What a request gets that is not sent because the client stops.
http_outcome stopping_outcome();

/// The inside of `http_client`: takes requests over from other threads, queues
/// them, gives them to connections, keeps the deadlines, sends the replies.
///
/// Handlers that wait in the context share it; it ends after the last one.
/// Except for the hand-over, everything happens on the context's thread.
class client_core : public std::enable_shared_from_this<client_core> {
public:
  client_core(boost::asio::io_context& io, client_options options,
              tls_context_ptr tls);

  client_core(const client_core&) = delete;
  client_core& operator=(const client_core&) = delete;

  // -- any thread -------------------------------------------------------------

  void post(post_listener who, std::vector<post_request> what);
  void fetch(client_fetch what);
  void set_policy(address_policy policy);
  void stop();

  // -- for connections --------------------------------------------------------

  /// The request is settled; the connection is idle if `reusable`, else closed.
  /// `got` is what was received, for a fetch that succeeded, else null.
  void settled(client_connection& on, client_attempt& what,
               http_outcome outcome, answer* got, bool reusable);

  /// The connection, now closed, was dead before it was used: send the request
  /// again on a new one.
  void resend(client_connection& on, client_attempt& what);

  /// An idle connection was closed by the peer.
  void lost(client_connection& idle);

  boost::asio::io_context& io() { return io_; }
  const client_options& options() const { return options_; }
  resolver& names() { return names_; }
  boost::asio::ssl::context& tls() { return *tls_; }

  /// Room to put a request together; its content lasts until the next one.
  std::string& scratch() { return scratch_; }

  client_stats stats;

private:
  struct inbox {
    std::vector<std::pair<post_listener, std::vector<post_request>>> posts;
    std::vector<client_fetch> fetches;
    bool stop = false;
  };

  // hand-over
  template <class F>
  bool hand_over(F put);
  void drain();

  // queue
  client_origin& origin_of(const target& to);
  void enqueue(const post_listener& who, std::vector<post_request> what);
  void enqueue(client_fetch what, client_time now);
  void enqueue(client_attempt& what);
  bool can_start(const client_queue& queue) const;
  void want(client_origin& origin);
  void dispatch();
  client_queue* next();
  void start(client_queue& queue);
  void send_on_new(client_origin& origin, client_attempt& what);
  void send_on_idle(client_origin& origin, client_attempt& what);

  // connections
  void keep(client_connection& idle);
  void drop(client_connection& idle);
  void forget(client_connection& closed);

  // deadlines
  void arm_sweep();
  void sweep();
  void sweep_active(client_time now);
  bool is_full() const; ///< And a `first` waits.
  bool is_full(const client_origin& origin) const;
  void free_places(client_time now);
  void sweep_queue(client_time now);
  void sweep_idle(client_time now);

  // replies
  void reply(client_attempt& what, http_outcome outcome, answer* got);
  void flush();
  void tidy(client_lane& lane);
  void tidy(client_origin& origin);

  // end
  void close_all();
  void refuse_waiting();

  boost::asio::io_context& io_;
  client_options options_;
  tls_context_ptr tls_;
  resolver names_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds sweep_every_;
  std::string scratch_;
  attempt_pool attempts_;

  std::mutex mutex_;
  inbox inbox_;           ///< Under the lock.
  bool notified_ = false; ///< Under the lock: `drain` is posted.
  bool refusing_ = false; ///< Under the lock: nothing is taken over.

  std::unordered_map<std::string, std::unique_ptr<client_origin>, text_hash>
    origins_;
  /// By claim: whose origin has room to start one.
  std::array<linked_list<client_queue>, client_claims.size()> hungry_;
  queue_deadline_list impatient_;
  linked_list<client_connection> active_; ///< Longest in flight first.
  linked_list<client_connection> idle_;   ///< Longest unused first.
  std::vector<client_lane*> dirty_;       ///< With replies to send.
  client_places places_;                  ///< For what is in flight.
  client_places lines_;                   ///< To an origin.
  size_t in_flight_ = 0;
  size_t again_ = 0;        ///< Of those, with that claim.
  bool again_next_ = false; ///< It is their turn.
  size_t idle_count_ = 0;
  bool dispatching_ = false;
  bool flushing_ = false; ///< `flush` is posted.
  bool sweeping_ = false; ///< The timer runs.
  bool stopped_ = false;
};

} // namespace herald
