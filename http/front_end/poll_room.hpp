#pragma once

#include <caf/actor_clock.hpp>

#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// Those who wait for an event that a subscription to some topic would get.
/// Nobody is told twice; whoever is told may come back at once.
/// Not thread-safe.
class poll_room {
public:
  using time_point = caf::actor_clock::time_point;

  /// Called with true for an event, with false when the time is over.
  using listener = std::function<void(bool)>;

  void add(std::string topic_key, time_point until, listener who);

  size_t size() const { return waiting_.size(); }

  /// Tells those who want an event that was published under this key.
  void wake(std::string_view published_key);

  /// Tells those whose time is over.
  void expire(time_point now);

  /// Tells everybody that the time is over.
  void close();

private:
  struct place;
  using topics
    = std::multimap<std::string, std::list<place>::iterator, std::less<>>;
  using times = std::multimap<time_point, std::list<place>::iterator>;

  struct place {
    listener who;
    topics::iterator topic;
    times::iterator time;
  };

  listener take(std::list<place>::iterator who);
  static void tell(std::vector<listener> whom, bool event);

  std::list<place> waiting_;
  topics by_topic_;
  times by_time_;
};

} // namespace herald
