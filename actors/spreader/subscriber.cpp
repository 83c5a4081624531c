#include "actors/spreader/subscriber.hpp"

#include <algorithm>
#include <cassert>

namespace herald {

bool replay::is_consistent() const {
  if (read < row.after || ahead.size() > wanted.size())
    return false;
  if (!ahead.empty() && ahead.front() != wanted.front())
    return false;
  return wanted.empty()
         || (wanted.front() > row.after && wanted.back() <= read);
}

bool subscriber::is_consistent() const {
  auto flags_agree = (parked || !found) && (is_failing() || !told_failing)
                     && (loading || wishes.empty());
  // Who it is has to be known before anything can be sent.
  auto may_have_hand = actor && who;
  auto may_wait = who && !who->paused;
  if (!flags_agree || (!may_have_hand && !hand.empty())
      || (!may_wait && !waiting.empty()))
    return false;
  size_t rows = 0;
  for (auto& item : hand) {
    rows += item.from == origin_kind::row ? 1 : 0;
    if (item.from != origin_kind::row
        && replays.contains(item.log) != (item.from == origin_kind::log))
      return false;
  }
  return rows <= jobs
         && std::all_of(replays.begin(), replays.end(), [this](auto& x) {
              return x.second.is_consistent() && !first_waiting(x.first);
            });
}

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
  assert(index_.size() + free_.size() == places_.size());
  return *result;
}

void subscriber_table::erase(subscriber& who) {
  auto place = who.place;
  assert(places_[place].get() == &who);
  index_.erase(who.id);
  places_[place].reset();
  free_.push_back(place);
}

} // namespace herald
