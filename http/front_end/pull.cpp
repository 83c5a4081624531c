#include "http/front_end/pull.hpp"

#include "actors/topics/topic_layers.hpp"
#include "http/api/events_json.hpp"

#include <algorithm>
#include <cassert>
#include <map>

namespace herald {

// -- one poll -----------------------------------------------------------------

front_end_state::pull::pull(front_end_state& owner, exchange_ptr asker,
                            pull_command what)
  : log_search(owner, std::move(asker), {}, what.limit), asked(std::move(what)),
    until(owner.self->clock().now()
          + std::min<milliseconds>(asked.wait, longest_wait)) {
  max_bytes = owner.options.max_answer_bytes;
}

void front_end_state::pull::begin() {
  ask(
    at.handles.reader,
    [this](const std::optional<subscription>& sub) {
      if (!sub)
        return refuse(
          fail(errc::not_found, "There is no subscription with this id."));
      if (!sub->active || sub->expires_at <= at.now())
        return refuse(fail(errc::conflict, "The subscription is not active."));
      start(*sub);
    },
    atom::fetch_v, asked.id);
}

void front_end_state::pull::start(const subscription& sub) {
  auto from = asked.after.value_or(log_positions(at.handles.heads->at.size()));
  for (size_t i = 0; i < std::min(from.size(), sub.starts.size()); ++i)
    from[i] = std::max(from[i], sub.starts[i]);
  topic_key = sub.topic_key;
  search(std::move(from));
}

bool front_end_state::pull::may_wait() const {
  return found.empty() && merge->at_end() && at.self->clock().now() < until
         && at.handles.state->ready;
}

void front_end_state::pull::finish() {
  if (may_wait())
    wait();
  else
    load();
}

void front_end_state::pull::wait() {
  asked.after = merge->positions();
  if (at.polls->is_news(*asked.after))
    return search(*asked.after);
  if (at.polls->room.size() >= at.options.max_waiting)
    return refuse(fail(errc::overloaded, "Too many polls wait."));
  auto me = std::static_pointer_cast<pull>(shared_from_this());
  at.polls->add(topic_key, until, [me](bool event) { me->resume(event); });
}

void front_end_state::pull::resume(bool event) {
  if (event)
    begin(); // It may have ended meanwhile.
  else
    answer_page({});
}

// -- what it found ------------------------------------------------------------

void front_end_state::pull::load() {
  bodies.resize(found.size());
  std::map<log_id, std::vector<size_t>> places;
  for (size_t i = 0; i < found.size(); ++i)
    places[found[i].log].push_back(i);
  if (places.empty())
    return answer_page({});
  outstanding = places.size();
  for (auto& [log, where] : places)
    load_of(log, std::move(where));
}

void front_end_state::pull::load_of(log_id log, std::vector<size_t> places) {
  std::vector<sequence> seqs;
  for (auto i : places)
    seqs.push_back(found[i].seq);
  ask(
    at.handles.reader,
    [this, places = std::move(places)](std::vector<event_ptr>& events) {
      assert(events.size() == places.size());
      for (size_t i = 0; i < events.size(); ++i)
        bodies[places[i]] = std::move(events[i]);
      if (--outstanding == 0)
        render();
    },
    atom::bodies_v, log, std::move(seqs), uint64_t{SIZE_MAX});
}

void front_end_state::pull::render() {
  std::vector<std::string> items;
  for (size_t i = 0; i < found.size(); ++i)
    if (auto& body = bodies[i]) // Else it was trimmed just now.
      items.push_back(
        whole_event_json(found[i], body->damaged ? nullptr : body.get()));
  answer_page(items);
}

// -- all that wait ------------------------------------------------------------

void front_end_state::tick() {
  polls->tick();
}

front_end_state::follower::follower(front_end_state& owner)
  : at(owner), seen(owner.handles.heads->at.size()), busy(seen.size()) {
  // nop
}

bool front_end_state::follower::is_news(const log_positions& from) const {
  auto& heads = at.handles.heads->at;
  for (size_t i = 0; i < from.size(); ++i)
    if (heads[i] > from[i])
      return true;
  return false;
}

void front_end_state::follower::add(std::string topic_key,
                                    poll_room::time_point until,
                                    poll_room::listener who) {
  auto& heads = at.handles.heads->at;
  if (room.size() == 0) // What came before is nobody's business.
    for (size_t i = 0; i < seen.size(); ++i)
      seen[i] = std::max<sequence>(seen[i], heads[i]);
  room.add(std::move(topic_key), until, std::move(who));
  arm();
}

void front_end_state::follower::arm() {
  if (!std::exchange(armed, true))
    at.self->delayed_send(at.self, at.options.poll_interval, atom::tick_v);
}

void front_end_state::follower::tick() {
  armed = false;
  if (!at.handles.state->ready)
    room.close();
  room.expire(at.self->clock().now());
  if (room.size() == 0)
    return;
  for (size_t i = 0; i < seen.size(); ++i)
    if (!busy[i] && at.handles.heads->at[i] > seen[i])
      look(static_cast<log_id>(i));
  arm();
}

void front_end_state::follower::look(log_id log) {
  busy[log] = true;
  sequence head = at.handles.heads->at[log];
  at.asks
    .request(at.handles.reader, atom::read_v, log, seen[log],
             uint64_t{at.options.max_read})
    .then([this, log, head](
            const std::vector<event_meta>& metas) { shown(log, head, metas); },
          // The next tick asks again.
          [this, log](const caf::error&) { busy[log] = false; });
}

void front_end_state::follower::shown(log_id log, sequence head,
                                      const std::vector<event_meta>& metas) {
  busy[log] = false;
  std::string buffer;
  for (auto& meta : metas)
    if (meta.seq <= head) // What lies behind it is seen again.
      room.wake(published_key_in(meta.topic, buffer));
  seen[log] = metas.empty() ? head : std::min(head, metas.back().seq);
  if (room.size() > 0 && at.handles.heads->at[log] > seen[log])
    look(log);
}

} // namespace herald
