#include "http/front_end/poll_room.hpp"

#include "storage/topic.hpp"

namespace herald {

void poll_room::add(std::string topic_key, time_point until, listener who) {
  auto added = waiting_.emplace(waiting_.end());
  added->who = std::move(who);
  added->topic = by_topic_.emplace(std::move(topic_key), added);
  added->time = by_time_.emplace(until, added);
}

poll_room::listener poll_room::take(std::list<place>::iterator who) {
  auto result = std::move(who->who);
  by_topic_.erase(who->topic);
  by_time_.erase(who->time);
  waiting_.erase(who);
  return result;
}

// They are out of the room by now, and may come back.
void poll_room::tell(std::vector<listener> whom, bool event) {
  for (auto& who : whom)
    who(event);
}

void poll_room::wake(std::string_view published_key) {
  std::vector<listener> whom;
  for (auto& key : topic_layers(published_key))
    for (auto i = by_topic_.find(key); i != by_topic_.end();
         i = by_topic_.find(key))
      whom.push_back(take(i->second));
  tell(std::move(whom), true);
}

void poll_room::expire(time_point now) {
  std::vector<listener> whom;
  while (!by_time_.empty() && by_time_.begin()->first <= now)
    whom.push_back(take(by_time_.begin()->second));
  tell(std::move(whom), false);
}

void poll_room::close() {
  expire(time_point::max());
}

} // namespace herald
