#include "http/front_end/front_end.hpp"

#include "http/api/answer_json.hpp"
#include "http/front_end/pull.hpp"
#include "http/problem.hpp"

#include <cassert>
#include <map>
#include <utility>

namespace herald {

namespace {

refusal unavailable(std::string sentence, unsigned retry_after) {
  refusal result;
  result.status = 503;
  result.sentence = std::move(sentence);
  result.retry_after = retry_after;
  return result;
}

refusal quota_refusal(const quota_config& limits, milliseconds wait) {
  refusal result;
  result.status = 429;
  result.sentence = "More than this publisher's quota:";
  if (limits.events > 0)
    result.sentence += ' ' + std::to_string(limits.events) + " events";
  if (limits.events > 0 && limits.bytes > 0)
    result.sentence += " and";
  if (limits.bytes > 0)
    result.sentence += ' ' + std::to_string(limits.bytes) + " bytes of bodies";
  result.sentence += " a second.";
  result.limit = limits.events > 0 ? limits.events : limits.bytes;
  auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  result.retry_after = static_cast<unsigned>(seconds);
  return result;
}

uint64_t bytes_of(const std::vector<event>& events) {
  uint64_t result = 0;
  for (auto& each : events)
    result += each.body.size();
  return result;
}

std::vector<receipt> receipts_of(const std::vector<event>& events) {
  std::vector<receipt> result;
  result.reserve(events.size());
  for (auto& what : events)
    result.push_back({what.id, what.topic, what.log});
  return result;
}

} // namespace

void front_end_state::init(engine what, front_end_options with) {
  assert(!what.publishers.empty() && !what.registries.empty());
  handles = std::move(what);
  options = std::move(with);
  asks.set_deadline(options.ask_timeout);
  routing = {options.lease,
             options.topics,
             options.events,
             options.intergov,
             static_cast<unsigned>(handles.publishers.size()),
             options.base_path};
  unsent.resize(handles.publishers.size());
  polls = std::make_shared<follower>(*this);
}

void front_end_state::take(std::vector<exchange_ptr>& batch) {
  for (auto& who : batch)
    take_one(who);
  send_parts();
}

void front_end_state::take(const entrance_rules_ptr& rules) {
  routing.topics = rules->topics;
}

void front_end_state::take_one(const exchange_ptr& who) {
  ++open;
  auto& request = who->request;
  if (!is_health_path(request.target)) {
    if (!handles.state->ready)
      return answer(who, refuse(request, unavailable("The node is not ready.",
                                                     retry_unavailable_s)));
    if (open > options.max_open)
      return answer(who,
                    refuse(request, unavailable("Too many requests are open.",
                                                retry_overloaded_s)));
  }
  auto todo = route(request, routing);
  std::visit([&](auto& what) { run(who, what); }, todo);
}

void front_end_state::answer(const exchange_ptr& who, http_response response) {
  assert(open > 0);
  --open;
  for (auto& each : response.fields)
    if (each.first == "Location")
      each.second.insert(0, options.base_path);
  who->answer(std::move(response));
}

void front_end_state::refuse_with(const exchange_ptr& who,
                                  const caf::error& why) {
  answer(who, refuse(who->request, to_refusal(why)));
}

unix_ms front_end_state::now() const {
  return handles.time->at(self->clock().now());
}

bool front_end_state::is_ready() const {
  return handles.state->ready && !handles.state->store_refuses;
}

void front_end_state::run(const exchange_ptr& who, http_response& known) {
  if (known.status == status_loop_detected)
    handles.loops->hops.fetch_add(1, relaxed);
  answer(who, std::move(known));
}

void front_end_state::run(const exchange_ptr& who, ready_command&) {
  if (is_ready())
    return answer(who, json_response(R"({"status":"ready"})"));
  auto why = handles.state->ready ? "The store refuses writes."
                                  : "The node has not recovered yet.";
  answer(who, problem_response(unavailable(why, retry_unavailable_s)));
}

// -- publishing ---------------------------------------------------------------

/// Behind by less than people would notice the log may well be.
bool front_end_state::is_backlogged() const {
  auto since = handles.counters ? handles.counters->behind_since() : 0;
  auto limit = options.events.max_backlog.count();
  return limit > 0 && since != 0 && now() - since > limit;
}

std::optional<refusal> front_end_state::over_quota(const http_request& from,
                                                   uint64_t events,
                                                   uint64_t bytes) const {
  if (!options.quotas || options.quotas->is_off())
    return std::nullopt;
  auto wait
    = options.quotas->take(from.client, events, bytes, self->clock().now());
  if (!wait)
    return std::nullopt;
  return quota_refusal(options.quotas->limits(), *wait);
}

void front_end_state::run(const exchange_ptr& who, publish_command& what) {
  if (is_backlogged())
    return answer(
      who,
      refuse(who->request, unavailable("Earlier events are still being spread.",
                                       retry_unavailable_s)));
  if (auto why
      = over_quota(who->request, what.events.size(), bytes_of(what.events)))
    return answer(who, refuse(who->request, *why));
  auto whole = std::make_shared<open_publish>();
  whole->who = who;
  whole->fat = what.fat;
  whole->array = what.array;
  gather(std::move(whole), std::move(what.events));
}

void front_end_state::publish(std::shared_ptr<open_publish> whole,
                              std::vector<event> events) {
  gather(std::move(whole), std::move(events));
  send_parts();
}

/// To be followed by `send_parts`.
void front_end_state::gather(std::shared_ptr<open_publish> whole,
                             std::vector<event> events) {
  auto time = now();
  for (auto& x : events)
    if (x.id.empty()) {
      x.id = ids.next(time);
      x.fresh_id = true;
    }
  whole->receipts = receipts_of(events);
  whole->results.resize(events.size());
  std::map<log_id, std::pair<std::vector<event>, open_part>> by_log;
  for (size_t i = 0; i < events.size(); ++i) {
    auto& [share, part] = by_log[events[i].log];
    share.push_back(std::move(events[i]));
    part.places.push_back(i);
  }
  whole->outstanding = by_log.size();
  for (auto& [log, share] : by_log) {
    share.second.whole = whole;
    add_part(log, std::move(share.first), std::move(share.second));
  }
}

void front_end_state::add_part(log_id log, std::vector<event> events,
                               open_part part) {
  auto token = ++tokens;
  parts.emplace(token, std::move(part));
  unsent[log].push_back({token, std::move(events)});
}

/// One message for all requests that came at once.
void front_end_state::send_parts() {
  for (size_t log = 0; log < unsent.size(); ++log)
    if (!unsent[log].empty())
      self->send(handles.publishers[log], atom::publish_v,
                 caf::actor_cast<publish_listener>(self),
                 std::exchange(unsent[log], {}));
}

void front_end_state::conclude(published& news) {
  for (auto& outcome : news.outcomes)
    conclude_part(outcome);
}

void front_end_state::conclude_part(publish_outcome& news) {
  auto node = parts.extract(news.token);
  if (node.empty())
    return;
  auto& [whole, places] = node.mapped();
  if (!news.result)
    whole->why = std::move(news.result.error());
  else
    for (size_t i = 0; i < places.size(); ++i)
      whole->results[places[i]] = std::move((*news.result)[i]);
  if (--whole->outstanding == 0)
    finish(*whole);
}

void front_end_state::finish(open_publish& whole) {
  if (whole.why)
    return refuse_with(whole.who, whole.why);
  if (whole.then)
    return whole.then();
  answer(whole.who, published_response(whole.receipts, whole.results, whole.fat,
                                       whole.array));
}

void front_end_state::stop() {
  auto why = fail(errc::stopping, "the node is stopping");
  for (auto& [token, part] : std::exchange(parts, {}))
    if (--part.whole->outstanding == 0)
      refuse_with(part.whole->who, why);
}

/// Answered when every log's fetcher has noted its share.
void front_end_state::run(const exchange_ptr& who, ping_command& what) {
  size_t count = 0;
  for (auto& [log, topics] : what.topics)
    count += topics.size();
  if (auto why = over_quota(who->request, count, 0))
    return answer(who, refuse(who->request, *why));
  struct join {
    size_t outstanding = 0;
    caf::error why;
  };
  auto all = std::make_shared<join>();
  all->outstanding = what.topics.size();
  auto next = [this, who, all](caf::error why) {
    if (why)
      all->why = std::move(why);
    if (--all->outstanding > 0)
      return;
    if (all->why)
      refuse_with(who, all->why);
    else
      answer(who, {204, {}, {}});
  };
  for (auto& [log, topics] : what.topics)
    asks
      .request(handles.fetchers[log], atom::ping_v, std::move(topics),
               what.hops, false)
      .then([next](atom::done) { next({}); },
            [next](caf::error& why) { next(std::move(why)); });
}

// -- subscriptions ------------------------------------------------------------

void front_end_state::run(const exchange_ptr& who, intent_command& what) {
  auto& asked = what.what;
  auto& to = handles.registries[asked.id.partition(handles.registries.size())];
  asks.request(to, std::move(asked))
    .then([this, who](atom::done) { answer(who, accepted_response()); },
          [this, who](const caf::error& why) {
            answer(who, intent_error(who->request, why));
          });
}

void front_end_state::run(const exchange_ptr& who, remove_command& what) {
  auto& to = handles.registries[what.id.partition(handles.registries.size())];
  asks
    .request(to, atom::remove_v, what.id,
             std::string{"The subscription was removed by the hub."})
    .then(
      [this, who](atom::done) {
        answer(who, {204, {}, {}});
      },
      [this, who](const caf::error& why) { refuse_with(who, why); });
}

front_end_actor::behavior_type
front_end(front_end_actor::stateful_pointer<front_end_state> self,
          engine handles, front_end_options options) {
  self->state.init(std::move(handles), std::move(options));
  self->set_exit_handler([self](const caf::exit_msg& msg) {
    self->state.stop();
    self->quit(msg.reason);
  });
  return {
    [self](published& news) { self->state.conclude(news); },
    [self](std::vector<exchange_ptr>& batch) { self->state.take(batch); },
    [self](const entrance_rules_ptr& rules) { self->state.take(rules); },
    [self](atom::tick) { self->state.tick(); },
  };
}

} // namespace herald
