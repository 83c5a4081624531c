#pragma once

#include "actors/interfaces.hpp"
#include "http/client/http_client.hpp"
#include "http/client/places.hpp"

#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace herald {

using client_time = std::chrono::steady_clock::time_point;

/// A list of things that leave it by themselves when they end.
using list_hook = boost::intrusive::list_base_hook<
  boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// A second one, for requests that have a deadline in the queue.
using queue_deadline_hook = boost::intrusive::list_base_hook<
  boost::intrusive::tag<struct queue_deadline_tag>,
  boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

template <class T>
using linked_list
  = boost::intrusive::list<T, boost::intrusive::base_hook<list_hook>,
                           boost::intrusive::constant_time_size<false>>;

struct client_lane;
struct client_origin;

/// A fetch and whom to tell.
struct client_fetch {
  fetch_request what;
  http_client::fetch_handler done;
};

/// One request on its way through the client: in a lane, or on a connection.
struct client_attempt : list_hook, queue_deadline_hook {
  client_lane* lane = nullptr;
  post_request post;                   ///< Unless `fetch`.
  std::unique_ptr<client_fetch> fetch; ///< Null: a post.
  client_time started;                 ///< Left the queue; a fetch: came.
  client_time left;                    ///< The queue.
  client_time deadline;                ///< A fetch has it in the queue too.
  bool resent = false;

  const target& to() const { return fetch ? *fetch->what.to : *post.to; }
  bool is_again() const { return !fetch && post.again; }
  bool is_to_callback() const { return !fetch || fetch->what.to_callback; }
};

/// Requests that wait in the queue and have a deadline there.
using queue_deadline_list
  = boost::intrusive::list<client_attempt,
                           boost::intrusive::base_hook<queue_deadline_hook>,
                           boost::intrusive::constant_time_size<false>>;

/// What one listener has waiting for one origin, first in, first out. Fetches
/// have a lane of their own per origin.
struct client_lane : list_hook {
  client_lane(client_origin& of, post_listener who, caf::actor_id id)
    : origin(of), listener(std::move(who)), key(id) {
    // nop
  }

  client_origin& origin;
  post_listener listener;              ///< Null for fetches.
  caf::actor_id key;                   ///< Of the listener; 0 for fetches.
  linked_list<client_attempt> waiting; ///< Owned.
  size_t in_flight = 0;
  bool failing = false;            ///< As its last post was.
  client_claim queued_as{};        ///< While it has its turn in a queue.
  std::vector<post_reply> replies; ///< Not yet sent.

  client_lane(const client_lane&) = delete;
  client_lane& operator=(const client_lane&) = delete;

  ~client_lane() {
    waiting.clear_and_dispose([](client_attempt* what) { delete what; });
  }

  /// Of its first request; there must be one.
  client_claim claim() const;

  bool unused() const {
    return waiting.empty() && in_flight == 0 && replies.empty();
  }
};

/// The lanes of an origin that wait with the same claim; they take turns.
struct client_queue : list_hook {
  client_origin* origin = nullptr;
  client_claim claim{};
  linked_list<client_lane> turns;
};

class client_connection;

/// Where connections go to: scheme, host and port. Hands out its waiting
/// requests in turns among its lanes.
struct client_origin {
  explicit client_origin(std::string name);

  /// The lane of `who`; made if there is none.
  client_lane& lane_of(const post_listener& who);

  /// Puts a request at the end of its lane, which becomes its owner.
  static void push(client_attempt& what);

  /// Takes a waiting request out of its lane.
  static void pull(client_attempt& what);

  /// Takes the next request with this claim, to be sent: of the lane that waits
  /// longest for its turn. There must be one.
  client_attempt& pop(client_claim what);

  /// A request that was taken to be sent is settled. What waits behind a post
  /// that failed claims no more than a retry.
  void settled(const client_attempt& what, bool failed);

  bool has_waiting(client_claim what) const {
    return !queue(what).turns.empty();
  }

  client_queue& queue(client_claim what) {
    return queues[static_cast<size_t>(what)];
  }
  const client_queue& queue(client_claim what) const {
    return queues[static_cast<size_t>(what)];
  }

  /// Connections with a request.
  size_t busy() const { return connections - idle.size(); }

  bool unused() const { return lanes.empty() && connections == 0; }

  std::string key;
  std::unordered_map<caf::actor_id, std::unique_ptr<client_lane>> lanes;
  std::array<client_queue, client_claims.size()> queues;
  std::vector<client_connection*> idle; ///< The last one was used last.
  size_t connections = 0;               ///< Open or being opened, idle or not.
  size_t again = 0;         ///< Of those, with a request of that claim.
  size_t stay = 0;          ///< Counted while places are freed.
  bool is_base_url = false; ///< Of the node itself: callbacks are refused.

private:
  static void place(client_lane& lane);
};

/// Attempts are used again, so that a request costs no allocation.
class attempt_pool {
public:
  /// Keeps at most `max_kept` unused ones.
  explicit attempt_pool(size_t max_kept) : max_kept_(max_kept) {
    // nop
  }

  client_attempt& take();

  void give_back(client_attempt& what);

private:
  size_t max_kept_;
  std::vector<std::unique_ptr<client_attempt>> unused_;
};

} // namespace herald
