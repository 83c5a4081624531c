#pragma once

#include "actors/asker.hpp"
#include "actors/interfaces.hpp"
#include "actors/wall_clock.hpp"
#include "config/config.hpp"
#include "config/text_hash.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace herald {

/// Bounds of one fetcher.
struct fetcher_limits {
  size_t topics = 65'536; ///< With a fetch that is owed; then errc::overloaded.
  size_t open = 64;       ///< Fetches at once.
  size_t page = 1024;     ///< Pings read at once at the start.
  milliseconds retry{1000};   ///< After the engine itself could not go on.
  milliseconds queue{60'000}; ///< What a fetch may wait in its transport.
};

struct fetcher_options {
  log_id log = 0;
  fetcher_limits limits;
  retry_config retry;           ///< Of fetches that failed.
  milliseconds timeout{10'000}; ///< Of one fetch.
  size_t max_body = 0;          ///< Of a topic, in bytes.
  std::vector<transport_actor> transports;
  std::vector<registry_actor> registries;
  publisher_actor publisher;
  storekeeper_actor store;
  /// Of all logs, by log; filled before `start`.
  std::shared_ptr<const std::vector<fetcher_actor>> fetchers;
  std::shared_ptr<const wall_clock> time;
  uint64_t seed = 0; ///< Of the jitter.
};

/// Fetches the topics of one log that publishers say have changed (WebSub,
/// "light pings"), and publishes them if they did.
///
/// Life of a ping: noted in the store (fsynced, in groups), answered -> its
/// turn -> nobody subscribed: forgotten, else a conditional GET -> what changed
/// is published under an id made of topic, content and the number of changes
/// before, so that a fetch that is repeated after a crash publishes the same
/// event -> settled in the store. What fails is fetched again on the retry
/// schedule, then given up, which is logged. Pings of a topic that is being
/// fetched are coalesced into one more fetch.
///
/// A page may say that it is to be found elsewhere (rel=self; WebSub 4): then
/// that URL is pinged, too, and its subscribers get what it serves itself. One
/// step: what such a page says is not followed. For that a page without
/// subscribers is fetched as well, if somebody has subscribed to another topic
/// of its origin.
class fetcher_state {
public:
  static inline constexpr const char* name = "fetcher";

  explicit fetcher_state(fetcher_actor::pointer ptr)
    : self(ptr), asks(ptr), gets(ptr) {
    // nop
  }

  void init(fetcher_options what);
  caf::result<atom::done> start();
  caf::result<atom::done> take(const std::vector<std::string>& topics,
                               uint32_t hops, bool followed);
  void conclude(const published& news);
  void tick();
  caf::result<atom::done> drain();
  void stop();

private:
  using promise = caf::typed_response_promise<atom::done>;

  enum class phase : uint8_t {
    resting, ///< Until `owed.due`.
    queued,
    busy
  };

  /// A topic with a fetch that is owed.
  struct work {
    ping owed;
    phase now = phase::queued;
    bool again = false; ///< Pinged while it was busy,
    ping next;          ///< like that.
  };

  /// What a fetch knows on its way.
  struct fetch {
    std::string topic;
    uint64_t subscribers = 0; ///< 0: it is fetched for its links only.
    std::optional<topic_content> before;
    topic_content after;
  };
  using fetch_ptr = std::shared_ptr<fetch>;

  // noting (fetcher.cpp)
  void load(const std::string& after);
  static void merge(work& known, ping& with);
  void note();
  void noted(const caf::error& why);
  void want(const ping& what);

  // waiting (fetcher.cpp)
  void queue(work& what);
  void rest(work& what);
  void pump();
  void arm();
  void complete(const fetch_settlement& what);
  void postpone(const std::string& topic);

  // fetching (fetch.cpp)
  void begin(const std::string& topic);
  void count_subscribers(const fetch_ptr& what);
  void look_for_neighbours(const fetch_ptr& what);
  void look_in(const fetch_ptr& what, std::vector<subscription_filter> places);
  void read_content(const fetch_ptr& what);
  void get(const fetch_ptr& what);
  void answered(const fetch_ptr& what, fetch_reply& reply);
  void follow(const fetch_ptr& what, const std::string& self_url,
              std::function<void()> then);
  void found(const fetch_ptr& what, fetch_reply& reply,
             const std::string& self_url);
  void publish(const fetch_ptr& what, fetch_reply& reply,
               const std::string& self_url);
  void failed(const fetch_ptr& what, const http_outcome& outcome);
  void settle(fetch_settlement what);

  unix_ms wall() const { return time().at(self->clock().now()); }
  const wall_clock& time() const { return *options.time; }

  fetcher_actor::pointer self;
  asker<fetcher_actor> asks;
  asker<fetcher_actor> gets; ///< Fetches.
  fetcher_options options;
  std::minstd_rand random;
  std::unordered_map<std::string, work, text_hash> works;
  std::deque<std::string> ready;
  std::set<std::pair<unix_ms, std::string>> resting;
  size_t open = 0;
  std::map<std::string, ping> gathering; ///< To be noted next.
  std::vector<promise> asking;           ///< Wait for `gathering`.
  std::shared_ptr<const std::vector<ping>> noting;
  std::vector<promise> answering;                     ///< Wait for `noting`.
  std::unordered_map<uint64_t, fetch_ptr> publishing; ///< By token.
  uint64_t tokens = 0;
  unix_ms armed = 0; ///< A tick comes by then; 0: none.
  bool draining = false;
  promise starting;
  std::vector<promise> stopping;
};

fetcher_actor::behavior_type
fetcher(fetcher_actor::stateful_pointer<fetcher_state> self,
        fetcher_options options);

} // namespace herald
