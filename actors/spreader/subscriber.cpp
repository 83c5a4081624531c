#include "actors/spreader/subscriber.hpp"

#include <algorithm>

namespace herald {

handed_out* subscriber::find(log_id log, sequence seq) {
  auto i = std::find_if(hand.begin(), hand.end(), [&](const handed_out& x) {
    return x.what->seq == seq && x.log == log;
  });
  return i == hand.end() ? nullptr : &*i;
}

std::optional<sequence> subscriber::first_waiting(log_id log) const {
  auto i = std::find_if(waiting.begin(), waiting.end(),
                        [&](const event_ptr& x) { return x->log == log; });
  return i == waiting.end() ? std::nullopt : std::optional{(*i)->seq};
}

subscriber* subscriber_table::find(const subscription_id& id) {
  auto i = index_.find(id);
  return i == index_.end() ? nullptr : places_[i->second].get();
}

subscriber* subscriber_table::find(uint64_t token) {
  auto place = static_cast<uint32_t>(token);
  if (place >= places_.size() || !places_[place])
    return nullptr;
  auto result = places_[place].get();
  return result->token() == token ? result : nullptr;
}

subscriber& subscriber_table::at(const subscription_id& id) {
  auto [i, is_new] = index_.try_emplace(id, 0);
  if (!is_new)
    return *places_[i->second];
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(places_.size()));
    places_.emplace_back();
  }
  auto place = free_.back();
  free_.pop_back();
  i->second = place;
  auto& result = places_[place];
  result = std::make_unique<subscriber>();
  result->id = id;
  result->place = place;
  result->incarnation = ++incarnations_;
  return *result;
}

void subscriber_table::erase(subscriber& who) {
  auto place = who.place;
  index_.erase(who.id);
  places_[place].reset();
  free_.push_back(place);
}

} // namespace herald
