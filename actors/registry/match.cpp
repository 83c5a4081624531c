#include "actors/registry/registry.hpp"
#include "actors/topics/topic_layers.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace herald {

void registry_state::match(match_request& what) {
  held.emplace_back(std::move(what));
  answer_held();
}

void registry_state::replay(replay_request& what) {
  held.emplace_back(std::move(what));
  answer_held();
}

bool registry_state::may_match() const {
  return now == phase::ready && !activating && doubted.empty();
}

void registry_state::answer_held() {
  if (!may_match())
    return;
  for (auto& what : std::exchange(held, {}))
    std::visit([this](auto& request) { answer_one(request); }, what);
}

caf::result<std::vector<subscription_ptr>>
registry_state::resolve(const std::vector<subscription_id>& ids) {
  if (now != phase::ready)
    return fail(errc::unavailable, "The subscriptions are not loaded yet.");
  std::vector<subscription_ptr> result;
  result.reserve(ids.size());
  auto at = wall();
  for (auto& id : ids) {
    auto* who = table.find(id);
    result.push_back(who && is_alive(*who, at) ? table.share(*who) : nullptr);
  }
  return result;
}

caf::result<uint64_t> registry_state::count(const std::string& topic) {
  if (now != phase::ready)
    return fail(errc::unavailable, "The subscriptions are not loaded yet.");
  auto at = wall();
  auto alive = [&](const entry& who) { return is_alive(who, at); };
  candidates.clear();
  index.match(published_key_in(topic, key_buffer), alive, candidates);
  return uint64_t{candidates.size()};
}

bool registry_state::is_alive(const entry& who, unix_ms at) {
  return who.active() && who.expires_at() > at;
}

bool registry_state::is_due(const entry& who, log_id log, sequence seq,
                            unix_ms at) {
  return is_alive(who, at) && seq > who.start(log);
}

match_result registry_state::find(const match_request& what) {
  // Not while it is unknown who is there, be it by message or at the desk.
  assert(may_match());
  match_result result;
  result.what = what.what;
  auto log = result.what.log;
  auto at = wall();
  candidates.clear();
  for (auto& each : *result.what.events) {
    auto before = candidates.size();
    auto wanted
      = [&](const entry& who) { return is_due(who, log, each->seq, at); };
    index.match(published_key_in(each->topic, key_buffer), wanted, candidates);
    if (!result.ends.empty() && candidates.size() > what.max_matches) {
      candidates.resize(before);
      break;
    }
    result.ends.push_back(static_cast<uint32_t>(candidates.size()));
    matched[log] = std::max(matched[log], each->seq);
  }
  result.who.reserve(candidates.size());
  for (auto* who : candidates)
    result.who.push_back(table.share(*who));
  assert(result.ends.size() <= result.what.events->size());
  assert(result.who.size() == (result.ends.empty() ? 0 : result.ends.back()));
  return result;
}

void registry_state::answer_one(match_request& what) {
  auto result = find(what);
  if (spreader)
    self->send(spreader, std::move(result));
}

void registry_state::answer_one(replay_request& what) {
  assert(may_match());
  replay_result result;
  result.token = what.token;
  result.log = what.log;
  auto at = wall();
  auto* who = table.find(what.sub);
  if (who && is_alive(*who, at)) {
    result.who = table.share(*who);
    for (auto& each : what.events) {
      auto wanted = [&](const entry& candidate) {
        return is_due(candidate, what.log, each.seq, at);
      };
      if (index.delivers(published_key_in(each.topic, key_buffer), *who,
                         wanted))
        result.wanted.push_back(each.seq);
    }
  }
  if (spreader)
    self->send(spreader, std::move(result));
}

template <class News>
void registry_state::tell(News news) {
  if (!spreader)
    return;
  if (desk)
    desk->told();
  self->send(spreader, std::move(news));
}

void registry_state::tell_ended(const subscription_id& id) {
  tell(subscription_ended{id});
}

void registry_state::tell_changed(const entry& who) {
  tell(subscription_changed{table.share(who)});
}

} // namespace herald
