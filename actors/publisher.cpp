#include "actors/publisher.hpp"

#include "actors/delivery/wire.hpp"
#include "actors/topics/topic_layers.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <utility>

namespace herald {

namespace {

size_t bytes_of(const std::vector<event>& events) {
  size_t result = 0;
  for (auto& what : events)
    result += what.body.size() + what.wire.size();
  return result;
}

/// By sequence. They are not only where an append was repeated.
void sort(std::vector<event_ptr>& events) {
  auto less = [](auto& a, auto& b) { return a->seq < b->seq; };
  if (!std::is_sorted(events.begin(), events.end(), less))
    std::sort(events.begin(), events.end(), less);
}

} // namespace

void publisher_state::init(publisher_options what) {
  options = std::move(what);
  if (!options.heads)
    options.heads = std::make_shared<log_heads>(options.log + size_t{1});
  told.resize(options.spreaders.size());
  shares.resize(options.spreaders.size());
}

/// Tells it before anybody learns of the events: who is told of them finds
/// them.
void publisher_state::know_head(sequence at) {
  assert(at >= head); // A log does not shrink at its end.
  head = at;
  options.heads->at[options.log] = at;
}

/// The store says where the log ends. What is there was not told, or not by us:
/// the next news will not follow what the spreaders know.
void publisher_state::meet_head(sequence at) {
  know_head(at);
  head_known = true;
  std::fill(told.begin(), told.end(), at);
}

caf::result<atom::done> publisher_state::start() {
  auto promise = self->make_response_promise<atom::done>();
  asks.request(options.store, atom::heads_v)
    .then(
      [this, promise](const std::vector<log_bounds>& heads) mutable {
        meet_head(heads[options.log].head);
        promise.deliver(atom::done_v);
      },
      [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
  return promise;
}

void publisher_state::take(const publish_listener& asker,
                           publish_request& what) {
  auto& [token, events] = what;
  auto bytes = bytes_of(events);
  caf::error why;
  if (draining)
    why = fail(errc::stopping, "the node is stopping");
  else if (open_events + events.size() > options.limits.open_events
           || open_bytes + bytes > options.limits.open_bytes)
    why = fail(errc::overloaded, "too many events wait to be stored");
  if (why) {
    published refusal;
    options.counters->refused(why, events.size());
    refusal.outcomes.push_back({token, std::move(why)});
    self->send(asker, std::move(refusal));
    return;
  }
  open_events += events.size();
  open_bytes += bytes;
  waiting.push_back({token, asker, std::move(events), bytes});
  if (!busy) {
    busy = true;
    // Everything that is in the mailbox by then joins the group.
    self->send(self, atom::tick_v);
  }
}

/// Starts the next append, or repeats the last one.
void publisher_state::tick() {
  if (group)
    append();
  else if (!head_known)
    refresh_head();
  else
    next_group();
}

void publisher_state::next_group() {
  assert(!group && parts.empty() && head_known);
  busy = !waiting.empty();
  // Everything that came in is in a group, or was answered and has left.
  assert(busy || (open_events == 0 && open_bytes == 0));
  if (!busy)
    return finish_drain();
  group = std::make_shared<std::vector<event>>();
  group_bytes = 0;
  auto time = options.time->at(self->clock().now());
  while (!waiting.empty()) {
    auto& next = waiting.front();
    if (!parts.empty()
        && (group->size() + next.events.size() > options.limits.group_events
            || group_bytes + next.bytes > options.limits.group_bytes))
      break;
    group_bytes += next.bytes;
    parts.push_back({next.token, std::move(next.asker), next.events.size()});
    for (auto& what : next.events) {
      what.log = options.log;
      what.accepted_at = time;
      what.body_size = static_cast<uint32_t>(what.body.size());
      group->push_back(std::move(what));
    }
    waiting.pop_front();
  }
  tries = 0;
  append();
}

void publisher_state::append() {
  assert(busy && group && !parts.empty());
  asks
    .request(options.store, atom::append_v, options.log,
             std::shared_ptr<const std::vector<event>>{group})
    .then(
      [this](std::vector<append_result>& results) { appended_group(results); },
      [this](const caf::error& why) { append_failed(why); });
}

void publisher_state::appended_group(std::vector<append_result>& results) {
  options.state->store_refuses = false;
  assert(results.size() == group->size());
  know_head(recognise_own(results));
  options.counters->published(results);
  answer_all(&results, {});
  tell_spreaders(results);
  group.reset();
  tick();
}

/// What an append of unknown outcome wrote comes back as a duplicate when it is
/// repeated. It is new all the same: nobody was told of it yet. Every such
/// sequence lies behind the head, since nobody else writes to this log. Their
/// order is not the group's if some of them have been trimmed meanwhile, and so
/// were appended anew. Returns the head after it.
sequence
publisher_state::recognise_own(std::vector<append_result>& results) const {
  std::vector<sequence> own; // ascending
  for (auto& result : results) {
    auto at = std::lower_bound(own.begin(), own.end(), result.seq);
    if (result.seq <= head || (at != own.end() && *at == result.seq))
      continue;
    own.insert(at, result.seq);
    result.duplicate = false;
    result.topic.clear();
  }
  return own.empty() ? head : own.back();
}

/// Hands the events themselves to the spreaders whose subscribers may want
/// them, so that nothing is read back.
void publisher_state::tell_spreaders(
  const std::vector<append_result>& results) {
  auto wanted = std::make_shared<std::vector<event_ptr>>();
  auto any_new = false;
  for (size_t i = 0; i < results.size(); ++i) {
    if (results[i].duplicate)
      continue;
    any_new = true;
    // It is appended before the marks are looked at.
    assert(results[i].seq <= head);
    auto places = may_want((*group)[i]);
    if (places == 0)
      continue;
    auto what = std::make_shared<event>(std::move((*group)[i]));
    what->seq = results[i].seq;
    what->wire = event_fields(*what, options.hub_url);
    for (size_t place = 0; place < shares.size(); ++place)
      if (topic_marks::holds(places, place))
        shares[place].push_back(what);
    wanted->push_back(std::move(what));
  }
  if (!any_new)
    return;
  sort(*wanted);
  bool rest = false;
  for (size_t i = 0; i < shares.size(); ++i) {
    sort(shares[i]);
    if (shares[i].empty())
      rest = true;
    else if (shares[i].size() == wanted->size())
      tell(i, wanted);
    else
      tell(i, std::make_shared<const std::vector<event_ptr>>(shares[i]));
    shares[i].clear();
  }
  if (rest && !std::exchange(sweeping, true))
    self->delayed_send(self, options.limits.lull, atom::sweep_v);
}

/// The places of partitions; all of them if that is not known.
uint16_t publisher_state::may_want(const event& what) {
  constexpr uint16_t all = 0xffff;
  return options.marks
           ? options.marks->find(published_key_in(what.topic, key_buffer))
           : all;
}

void publisher_state::tell(size_t place, event_batch events) {
  assert(told[place] <= head);
  assert(
    events->empty()
    || (events->front()->seq > told[place] && events->back()->seq <= head));
  auto after = std::exchange(told[place], head);
  self->send(options.spreaders[place],
             appended{options.log, after, std::move(events), head});
}

/// The others hear in a while that the log has gone on, so that their cursors
/// do not stay behind.
void publisher_state::sweep() {
  sweeping = false;
  auto none = std::make_shared<const std::vector<event_ptr>>();
  for (size_t i = 0; i < told.size(); ++i)
    if (told[i] < head)
      tell(i, none);
}

/// An unknown outcome is asked about again: the ids say whether it landed.
void publisher_state::append_failed(const caf::error& why) {
  options.state->store_refuses = true;
  auto unknown = code_of(why) == errc::unavailable;
  if (unknown && ++tries <= options.limits.retries) {
    // A copy: after a timeout, the store may still be reading the old one.
    group = std::make_shared<std::vector<event>>(*group);
    for (auto& what : *group)
      what.fresh_id = false;
    self->delayed_send(self, options.limits.retry_delay, atom::tick_v);
    return;
  }
  head_known = tries == 0; // An earlier attempt may have landed.
  options.counters->refused(why, group->size());
  answer_all(nullptr, why);
  group.reset();
  tick();
}

/// Tells every asker of the group; one message for all of the same asker.
void publisher_state::answer_all(const std::vector<append_result>* results,
                                 const caf::error& why) {
  std::map<publish_listener, published> answers;
  size_t begin = 0;
  for (auto& [token, asker, count] : parts) {
    auto& outcomes = answers[asker].outcomes;
    if (results != nullptr) {
      auto from = results->begin() + static_cast<ptrdiff_t>(begin);
      outcomes.push_back(
        {token, std::vector<append_result>(
                  from, from + static_cast<ptrdiff_t>(count))});
    } else {
      outcomes.push_back({token, why});
    }
    begin += count;
  }
  for (auto& [asker, answer] : answers)
    self->send(asker, std::move(answer));
  parts.clear();
  assert(results == nullptr || results->size() == begin);
  assert(open_events >= begin && open_bytes >= group_bytes);
  open_events -= begin;
  open_bytes -= group_bytes;
}

/// Some events may have landed unnoticed: the spreaders read them from the
/// store, because the next news does not follow what they know.
void publisher_state::refresh_head() {
  asks.request(options.store, atom::heads_v)
    .then(
      [this](const std::vector<log_bounds>& heads) {
        meet_head(heads[options.log].head);
        next_group();
      },
      [this](const caf::error&) {
        self->delayed_send(self, options.limits.retry_delay, atom::tick_v);
      });
}

caf::result<atom::done> publisher_state::drain() {
  draining = true;
  auto promise = self->make_response_promise<atom::done>();
  stopping.push_back(promise);
  finish_drain();
  return promise;
}

void publisher_state::finish_drain() {
  if (!draining || busy)
    return;
  for (auto& promise : std::exchange(stopping, {}))
    promise.deliver(atom::done_v);
}

/// Whoever still waits learns that the outcome is unknown.
void publisher_state::stop() {
  auto why = fail(errc::stopping, "the node is stopping");
  for (auto& next : waiting) {
    published refusal;
    refusal.outcomes.push_back({next.token, why});
    self->send(next.asker, std::move(refusal));
  }
  waiting.clear();
  if (group)
    answer_all(nullptr, why);
  for (auto& promise : std::exchange(stopping, {}))
    promise.deliver(why);
}

publisher_actor::behavior_type
publisher(publisher_actor::stateful_pointer<publisher_state> self,
          publisher_options options) {
  self->state.init(std::move(options));
  self->set_exit_handler([self](const caf::exit_msg& msg) {
    self->state.stop();
    self->quit(msg.reason);
  });
  return {
    [self](atom::publish, const publish_listener& asker,
           std::vector<publish_request>& what) {
      for (auto& each : what)
        self->state.take(asker, each);
    },
    [self](atom::start) { return self->state.start(); },
    [self](atom::tick) { self->state.tick(); },
    [self](atom::sweep) { self->state.sweep(); },
    [self](atom::drain) { return self->state.drain(); },
  };
}

} // namespace herald
