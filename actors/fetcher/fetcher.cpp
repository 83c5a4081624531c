#include "actors/fetcher/fetcher.hpp"

#include "config/log.hpp"

#include <cassert>

namespace herald {

void fetcher_state::init(fetcher_options what) {
  options = std::move(what);
  gets.set_deadline(options.timeout + options.limits.queue);
  random.seed(static_cast<uint32_t>(options.seed + options.log + 1));
}

// -- start and end ------------------------------------------------------------

caf::result<atom::done> fetcher_state::start() {
  starting = self->make_response_promise<atom::done>();
  load({});
  return starting;
}

void fetcher_state::load(const std::string& after) {
  asks
    .request(options.store, atom::ping_v, options.log, after,
             uint64_t{options.limits.page})
    .then(
      [this](const std::vector<ping>& rows) {
        for (auto& row : rows)
          want(row);
        if (rows.size() == options.limits.page)
          return load(rows.back().topic);
        starting.deliver(atom::done_v);
      },
      [this](caf::error& why) { starting.deliver(std::move(why)); });
}

caf::result<atom::done> fetcher_state::drain() {
  draining = true;
  auto result = self->make_response_promise<atom::done>();
  stopping.push_back(result);
  pump();
  return result;
}

void fetcher_state::stop() {
  auto why = fail(errc::stopping, "the node is stopping");
  for (auto* promises : {&asking, &answering, &stopping})
    for (auto& each : std::exchange(*promises, {}))
      each.deliver(why);
}

// -- noting -------------------------------------------------------------------

caf::result<atom::done>
fetcher_state::take(const std::vector<std::string>& topics, uint32_t hops,
                    bool followed) {
  if (draining)
    return fail(errc::stopping, "the node is stopping");
  if (works.size() + gathering.size() + topics.size() > options.limits.topics)
    return fail(errc::overloaded, "too many topics wait to be fetched");
  auto at = wall();
  for (auto& topic : topics) {
    auto [i, added] = gathering.try_emplace(topic);
    auto& what = i->second;
    what = {topic,
            at,
            0,
            at,
            std::max(what.hops, hops),
            followed && (added || what.followed)};
    // A fetch that is under way may have seen the old content.
    if (auto known = works.find(topic); known != works.end())
      merge(known->second, what);
  }
  auto result = self->make_response_promise<atom::done>();
  asking.push_back(result);
  if (!noting)
    note();
  return result;
}

/// The fetch of several pings has come as far around as the farthest of them,
/// and is followed on if one of them is a publisher's.
void fetcher_state::merge(work& known, ping& with) {
  known.again = known.now == phase::busy;
  auto& owed = known.again ? known.next : known.owed;
  with.hops = std::max(with.hops, owed.hops);
  with.followed = with.followed && (owed.topic.empty() || owed.followed);
  if (known.again)
    known.next = with;
}

/// Writes what has gathered while the last group was being written.
void fetcher_state::note() {
  auto group = std::make_shared<std::vector<ping>>();
  for (auto& [topic, what] : std::exchange(gathering, {}))
    group->push_back(what);
  noting = std::move(group);
  answering = std::exchange(asking, {});
  asks.request(options.store, atom::ping_v, options.log, noting)
    .then([this](atom::done) { noted({}); },
          [this](const caf::error& why) { noted(why); });
}

void fetcher_state::noted(const caf::error& why) {
  for (auto& each : std::exchange(answering, {}))
    if (why)
      each.deliver(why);
    else
      each.deliver(atom::done_v);
  if (!why)
    for (auto& what : *noting)
      want(what);
  noting.reset();
  if (!asking.empty())
    note();
}

void fetcher_state::want(const ping& what) {
  auto [i, added] = works.try_emplace(what.topic);
  auto& entry = i->second;
  if (!added && entry.now == phase::busy) {
    auto now = what;
    return merge(entry, now);
  }
  if (!added && entry.now == phase::resting)
    resting.erase({entry.owed.due, what.topic});
  auto queued = !added && entry.now == phase::queued;
  entry.owed = what;
  if (!queued)
    rest(entry);
  pump();
}

// -- waiting ------------------------------------------------------------------

void fetcher_state::queue(work& what) {
  what.now = phase::queued;
  ready.push_back(what.owed.topic);
}

/// Waits until the fetch is due, which it may be already.
void fetcher_state::rest(work& what) {
  if (what.owed.due <= wall())
    return queue(what);
  what.now = phase::resting;
  resting.emplace(what.owed.due, what.owed.topic);
  arm();
}

void fetcher_state::arm() {
  if (resting.empty() || draining)
    return;
  auto due = resting.begin()->first;
  if (armed != 0 && armed <= due)
    return;
  armed = due;
  auto delay = std::max<int64_t>(due - wall(), 1);
  self->delayed_send(self, milliseconds{delay}, atom::tick_v);
}

void fetcher_state::tick() {
  armed = 0;
  auto now = wall();
  while (!resting.empty() && resting.begin()->first <= now) {
    auto& due = works.at(resting.begin()->second);
    resting.erase(resting.begin());
    queue(due);
  }
  arm();
  pump();
}

void fetcher_state::pump() {
  while (!draining && open < options.limits.open && !ready.empty()) {
    auto topic = std::move(ready.front());
    ready.pop_front();
    begin(topic);
  }
  if (draining && publishing.empty())
    for (auto& each : std::exchange(stopping, {}))
      each.deliver(atom::done_v);
}

/// A fetch has ended as it stands in the store.
void fetcher_state::complete(const fetch_settlement& what) {
  assert(open > 0);
  --open;
  auto i = works.find(what.topic);
  assert(i != works.end() && i->second.now == phase::busy);
  if (i->second.again)
    i->second.owed = i->second.next;
  else if (what.owed)
    i->second.owed = *what.owed;
  if (i->second.again || what.owed)
    rest(i->second);
  else
    works.erase(i);
  pump();
}

/// The engine could not go on: nothing was settled, no attempt counts.
void fetcher_state::postpone(const std::string& topic) {
  fetch_settlement same;
  same.topic = topic;
  same.owed = works.at(topic).owed;
  same.owed->due = wall() + options.limits.retry.count();
  complete(same);
}

// -- behavior -----------------------------------------------------------------

fetcher_actor::behavior_type
fetcher(fetcher_actor::stateful_pointer<fetcher_state> self,
        fetcher_options options) {
  self->state.init(std::move(options));
  self->set_exit_handler([self](const caf::exit_msg& msg) {
    self->state.stop();
    self->quit(msg.reason);
  });
  return {
    [self](published& news) { self->state.conclude(news); },
    [self](atom::ping, const std::vector<std::string>& topics, uint32_t hops,
           bool followed) { return self->state.take(topics, hops, followed); },
    [self](atom::start) { return self->state.start(); },
    [self](atom::tick) { self->state.tick(); },
    [self](atom::drain) { return self->state.drain(); },
  };
}

} // namespace herald
