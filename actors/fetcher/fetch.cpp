#include "actors/delivery/retry.hpp"
#include "actors/fetcher/discovery.hpp"
#include "actors/fetcher/fetcher.hpp"
#include "config/log.hpp"
#include "storage/bytes.hpp"
#include "storage/target.hpp"
#include "storage/topic.hpp"

#include <algorithm>

namespace herald {

namespace {

// A longer validator is not worth a row.
constexpr size_t max_validator = 1024;

std::string value_of(const fetch_reply& reply, std::string_view name) {
  auto i = std::find_if(reply.fields.begin(), reply.fields.end(),
                        [&](const field& x) { return x.first == name; });
  return i == reply.fields.end() ? std::string{} : i->second;
}

std::string validator_of(const fetch_reply& reply, std::string_view name) {
  auto result = value_of(reply, name);
  return result.size() <= max_validator ? result : std::string{};
}

std::vector<field> request_fields(uint64_t subscribers,
                                  const std::optional<topic_content>& before) {
  std::vector<field> result{{"Accept", "*/*"},
                            {"X-Hub-Subscribers", std::to_string(subscribers)}};
  if (before && !before->etag.empty())
    result.emplace_back("If-None-Match", before->etag);
  if (before && !before->last_modified.empty())
    result.emplace_back("If-Modified-Since", before->last_modified);
  return result;
}

/// The same for the same change, however often it is fetched.
std::string event_id(const topic_content& what) {
  auto identity = "fetch:" + std::to_string(what.topic.size()) + ':'
                  + what.topic + std::to_string(what.changes) + ':'
                  + what.digest;
  return to_hex(sha256(identity)).substr(0, 32);
}

} // namespace

void fetcher_state::begin(const std::string& topic) {
  auto& entry = works.at(topic);
  entry.now = phase::busy;
  entry.again = false;
  entry.next = {};
  ++open;
  auto what = std::make_shared<fetch>();
  what->topic = topic;
  count_subscribers(what);
}

/// Every partition has its share of the topic's subscriptions.
void fetcher_state::count_subscribers(const fetch_ptr& what) {
  struct tally {
    size_t outstanding = 0;
    caf::error why;
  };
  auto sum = std::make_shared<tally>();
  sum->outstanding = options.registries.size();
  auto next = [this, what, sum] {
    if (--sum->outstanding > 0)
      return;
    if (sum->why)
      postpone(what->topic);
    else if (what->subscribers == 0)
      look_for_neighbours(what);
    else
      read_content(what);
  };
  for (auto& registry : options.registries)
    asks.request(registry, atom::count_v, what->topic)
      .then(
        [what, next](uint64_t count) {
          what->subscribers += count;
          next();
        },
        [sum, next](caf::error& why) {
          sum->why = std::move(why);
          next();
        });
}

/// A page that nobody wants may lead to one that somebody does: to a topic of
/// the same origin, spelled alike.
void fetcher_state::look_for_neighbours(const fetch_ptr& what) {
  auto to = parse_target(what->topic);
  if (!to || works.at(what->topic).owed.followed)
    return settle({what->topic, {}, true, {}});
  auto origin
    = what->topic.substr(0, what->topic.find("://") + 3) + to->authority;
  std::vector<subscription_filter> places(3);
  places[0].topic_key_prefix = origin + '/';
  places[1].topic_key_prefix = origin + '?';
  places[2].topic_key_prefix = std::move(origin);
  places[2].exact_topic = true;
  look_in(what, std::move(places));
}

void fetcher_state::look_in(const fetch_ptr& what,
                            std::vector<subscription_filter> places) {
  if (places.empty())
    return settle({what->topic, {}, true, {}});
  auto place = std::move(places.back());
  places.pop_back();
  asks.request(options.store, atom::find_v, place, std::string{}, uint64_t{1})
    .then(
      [this, what, places](const subscription_page& found) {
        if (found.items.empty())
          look_in(what, places);
        else
          get(what);
      },
      [this, what](const caf::error&) { postpone(what->topic); });
}

void fetcher_state::read_content(const fetch_ptr& what) {
  asks.request(options.store, atom::content_v, options.log, what->topic)
    .then(
      [this, what](std::optional<topic_content>& before) {
        what->before = std::move(before);
        get(what);
      },
      [this, what](const caf::error&) { postpone(what->topic); });
}

void fetcher_state::get(const fetch_ptr& what) {
  auto to = parse_target(what->topic);
  if (!to) // A store that somebody else wrote.
    return settle({what->topic, {}, true, {}});
  fetch_request request;
  request.path = to->path;
  request.to = std::make_shared<const target>(std::move(*to));
  request.fields = request_fields(what->subscribers, what->before);
  request.timeout = options.timeout;
  request.max_body = options.max_body;
  auto& transports = options.transports;
  auto& by = transports[stable_hash(request.to->origin) % transports.size()];
  gets.request(by, std::move(request))
    .then([this, what](fetch_reply& reply) { answered(what, reply); },
          [this, what](const caf::error&) { postpone(what->topic); });
}

void fetcher_state::answered(const fetch_ptr& what, fetch_reply& reply) {
  if (reply.outcome.status == 304 && what->before)
    return follow(what, what->before->self_url, [this, what] {
      settle({what->topic, {}, false, {}});
    });
  if (reply.outcome.status != 200 || reply.outcome.why != failure::none)
    return failed(what, reply.outcome);
  auto self_url = discover(reply.fields, reply.body, what->topic).self;
  auto shared = std::make_shared<fetch_reply>(std::move(reply));
  follow(what, self_url, [this, what, shared, self_url] {
    if (what->subscribers == 0)
      settle({what->topic, {}, true, {}});
    else
      found(what, *shared, self_url);
  });
}

/// Pings the URL that the page calls its own, if that is another one.
void fetcher_state::follow(const fetch_ptr& what, const std::string& self_url,
                           std::function<void()> then) {
  auto& owed = works.at(what->topic).owed;
  if (self_url.empty() || self_url == what->topic || owed.followed
      || check_target(self_url))
    return then();
  auto& all = *options.fetchers;
  auto log = topic_log(self_url, static_cast<unsigned>(all.size()));
  asks
    .request(all[log], atom::ping_v, std::vector<std::string>{self_url},
             owed.hops, true)
    .then([then](atom::done) { then(); },
          [this, what](const caf::error&) { postpone(what->topic); });
}

void fetcher_state::found(const fetch_ptr& what, fetch_reply& reply,
                          const std::string& self_url) {
  auto& now = what->after;
  now.topic = what->topic;
  now.changes = what->before ? what->before->changes : 0;
  now.etag = validator_of(reply, "etag");
  now.last_modified = validator_of(reply, "last-modified");
  now.digest = sha256(reply.body);
  if (!check_target(self_url))
    now.self_url = self_url;
  if (what->before && what->before->digest == now.digest)
    return settle({what->topic, now, false, {}});
  ++now.changes;
  publish(what, reply, self_url);
}

void fetcher_state::publish(const fetch_ptr& what, fetch_reply& reply,
                            const std::string& self_url) {
  event result;
  result.id = event_id(what->after);
  result.topic = what->topic;
  result.content_type = value_of(reply, "content-type");
  if (result.content_type.empty())
    result.content_type = "application/octet-stream";
  if (self_url != what->topic)
    result.self = self_url;
  if (auto hops = works.at(what->topic).owed.hops; hops > 0)
    result.fields.emplace_back(hops_field, std::to_string(hops));
  result.log = options.log;
  result.body = std::move(reply.body);
  auto token = ++tokens;
  publishing.emplace(token, what);
  std::vector<publish_request> request(1);
  request[0].token = token;
  request[0].events.push_back(std::move(result));
  self->send(options.publisher, atom::publish_v,
             caf::actor_cast<publish_listener>(self), std::move(request));
}

void fetcher_state::conclude(const published& news) {
  for (auto& outcome : news.outcomes) {
    auto node = publishing.extract(outcome.token);
    if (node.empty())
      continue;
    auto& what = *node.mapped();
    if (outcome.result)
      settle({what.topic, what.after, false, {}});
    else
      postpone(what.topic);
  }
}

/// A topic that cannot be fetched is tried on the schedule of deliveries.
void fetcher_state::failed(const fetch_ptr& what, const http_outcome& outcome) {
  // Nobody waits for its content: its links are worth one look.
  if (what->subscribers == 0)
    return settle({what->topic, {}, true, {}});
  auto next = works.at(what->topic).owed;
  ++next.attempts;
  auto now = wall();
  auto chance = std::uniform_real_distribution<>{}(random);
  auto due = outcome.status == 410
               ? std::nullopt
               : next_due(options.retry, next.attempts, next.since, now,
                          parse_retry_after(outcome.retry_after, now), chance);
  fetch_settlement result;
  result.topic = what->topic;
  if (due) {
    next.due = *due;
    result.owed = next;
  }
  auto origin = parse_target(what->topic);
  log_warn("fetcher", due ? "fetch_failed" : "fetch_given_up",
           {{"origin", origin ? origin->origin : std::string{}},
            {"status", outcome.status},
            {"why", to_string(outcome.why)},
            {"reason", outcome.status == 0 ? outcome.excerpt : std::string{}},
            {"attempts", next.attempts}});
  settle(std::move(result));
}

/// Ends a fetch in the store. A ping that came meanwhile stays owed.
void fetcher_state::settle(fetch_settlement what) {
  if (auto& entry = works.at(what.topic); entry.again)
    what.owed = entry.next;
  auto shared = std::make_shared<fetch_settlement>(what);
  asks.request(options.store, atom::settle_v, options.log, std::move(what))
    .then([this, shared](atom::done) { complete(*shared); },
          [this, shared](const caf::error&) { postpone(shared->topic); });
}

} // namespace herald
