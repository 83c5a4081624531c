#include "tests/actors/registry/registry_fixture.hpp"

#include "actors/storekeeper.hpp"
#include "storage/topic.hpp"
#include "tests/support/deterministic_actors.hpp"

#include <utility>

namespace herald::test {

namespace {

spreader_actor::behavior_type listening_spreader(spreader_actor::pointer,
                                                 std::shared_ptr<heard> to) {
  auto told = [to](std::string what) { to->news.push_back(std::move(what)); };
  return {
    [](const appended&) {},
    [to, told](match_result& what) {
      told("match");
      to->matches.push_back(std::move(what));
    },
    [to](replay_result& what) { to->replays.push_back(std::move(what)); },
    [](const std::vector<delivery_report>&) {},
    [told](const subscription_ended& what) {
      told("ended " + what.id.to_string());
    },
    [told](const subscription_changed& what) {
      told("changed " + what.now->id.to_string() + " " + what.now->secret);
    },
    [](atom::tick) {},
    [](atom::start) { return atom::done_v; },
    [](atom::status, const std::vector<subscription_id>&) {
      return std::vector<subscriber_status>{};
    },
    [](redeliver_order&) { return atom::done_v; },
    [](atom::drop, const std::vector<job_key>&) { return atom::done_v; },
    [](replay_order&) { return atom::done_v; },
    [](atom::cancel, const subscription_id&) { return atom::done_v; },
    [](fate_query& what) {
      return std::vector<delivery_fate>(what.who.size());
    },
    [](atom::drain) { return atom::done_v; },
  };
}

} // namespace

std::string parameter(const std::string& path, const std::string& name) {
  auto at = path.rfind(name + "=");
  if (at == std::string::npos || (path[at - 1] != '&' && path[at - 1] != '?'))
    return {};
  at += name.size() + 1;
  return path.substr(at, path.find('&', at) - at);
}

std::optional<fetch_reply> echo(const fetch_request& request) {
  return fetched(200, parameter(request.path, "hub.challenge"));
}

registry_test::registry_test()
  : keeper(spawn(storekeeper, db, std::string{"http://hub/"})) {
  redirect_log([](std::string_view) {}); // Faults are made on purpose.
  keep(net.handle());
  net.on_fetch = echo;
  disk->fault = [this](std::string_view call, fault_at when) {
    changes += call == "change" && when == fault_at::before;
    return caf::error{};
  };
}

registry_test::~registry_test() {
  redirect_log({});
}

void registry_test::make() {
  registry_options options;
  options.logs = 2;
  options.transports = {net.handle()};
  options.store = keeper;
  options.time = time;
  options.limits = limits;
  options.topics = topics;
  options.counters = counters;
  options.desk = desk;
  options.marks = marks;
  aut = sys.spawn<registry>(std::move(options));
  keep(aut);
  self->send(aut, atom::attach_v,
             spreader_actor{spawn(listening_spreader, spreader)});
}

caf::expected<atom::done> registry_test::start() {
  return ask<atom::done>(aut, atom::start_v);
}

void registry_test::boot() {
  make();
  EXPECT_TRUE(start());
}

void registry_test::restart() {
  kill(aut);
  boot();
}

intent_request registry_test::wish(const std::string& topic_text,
                                   const std::string& to,
                                   const std::string& secret) {
  auto parsed = parse_subscribed_topic(topic_text);
  EXPECT_TRUE(parsed);
  intent_request result;
  result.id = make_subscription_id(parsed->key, parsed->is_url, to);
  result.topic = parsed->text;
  result.topic_key = parsed->key;
  result.callback = to;
  result.what.secret = secret;
  result.what.lease_seconds = lease;
  return result;
}

subscription_id registry_test::id_of(const std::string& topic_text,
                                     const std::string& to) {
  return wish(topic_text, to).id;
}

std::function<caf::expected<atom::done>()>
registry_test::request(intent_request what) {
  auto open = self->request(aut, std::chrono::minutes{60}, std::move(what));
  auto shared = std::make_shared<decltype(open)>(std::move(open));
  return [this, shared] { return outcome<atom::done>(*shared); };
}

caf::expected<atom::done> registry_test::send(intent_request what) {
  auto answer = request(std::move(what));
  run();
  return answer();
}

caf::expected<atom::done>
registry_test::subscribe(const std::string& topic_text, const std::string& to,
                         const std::string& secret) {
  return send(wish(topic_text, to, secret));
}

caf::expected<atom::done>
registry_test::unsubscribe(const std::string& topic_text,
                           const std::string& to) {
  auto what = wish(topic_text, to);
  what.what.subscribe = false;
  return send(std::move(what));
}

caf::expected<atom::done> registry_test::deny(const subscription_id& of,
                                              std::string reason) {
  return ask<atom::done>(aut, atom::remove_v, of, std::move(reason));
}

uint64_t registry_test::count(const std::string& topic_text) {
  auto result = ask<uint64_t>(aut, atom::count_v, topic_text);
  EXPECT_TRUE(result);
  return *result;
}

caf::expected<atom::done> registry_test::remove(const subscription_id& of) {
  return ask<atom::done>(aut, atom::remove_v, of);
}

void registry_test::tell(intent_request what) {
  self->send(caf::actor_cast<caf::actor>(aut), std::move(what));
}

void registry_test::tell_remove(const subscription_id& of) {
  self->send(caf::actor_cast<caf::actor>(aut), atom::remove_v, of);
}

void registry_test::tell(match_request what) {
  self->send(aut, std::move(what));
}

void registry_test::tell(replay_request what) {
  self->send(aut, std::move(what));
}

void registry_test::tell_match(event_ptr what) {
  appended news;
  news.until = what->seq;
  news.events
    = std::make_shared<const std::vector<event_ptr>>(1, std::move(what));
  tell(match_request{std::move(news), 10});
}

void registry_test::tell_sweep() {
  self->send(aut, atom::sweep_v);
}

std::optional<subscription> registry_test::stored(const subscription_id& of) {
  auto result = db->get(of);
  EXPECT_TRUE(result);
  return *result;
}

std::string registry_test::active_secret(const subscription_id& of) {
  auto result = ask<std::vector<subscription_ptr>>(
    aut, atom::resolve_v, std::vector<subscription_id>{of});
  EXPECT_TRUE(result);
  return result->at(0) ? result->at(0)->secret : "-";
}

event_ptr registry_test::publish(const std::string& topic_text) {
  event what;
  what.id = "e" + std::to_string(++appended_so_far);
  what.topic = topic_text;
  auto done = db->append(0, std::vector<event>{what});
  EXPECT_TRUE(done);
  what.seq = done->at(0).seq;
  return std::make_shared<const event>(std::move(what));
}

match_result registry_test::match(std::vector<event_ptr> events, size_t max) {
  appended what;
  what.until = events.back()->seq;
  what.events
    = std::make_shared<const std::vector<event_ptr>>(std::move(events));
  tell(match_request{std::move(what), max});
  run();
  EXPECT_FALSE(spreader->matches.empty());
  auto result = std::move(spreader->matches.back());
  spreader->matches.pop_back();
  spreader->news.pop_back();
  return result;
}

std::vector<std::string>
registry_test::receivers(const std::string& topic_text) {
  std::vector<std::string> result;
  for (auto& who : match({publish(topic_text)}).who)
    result.push_back(who->callback);
  return result;
}

std::vector<std::string> registry_test::take_news() {
  return std::exchange(spreader->news, {});
}

void registry_test::fail_calls(const std::string& name, size_t count, errc code,
                               fault_at when) {
  disk->fault = [this, name, code, when, left = count](std::string_view call,
                                                       fault_at at) mutable {
    changes += call == "change" && at == fault_at::before;
    if (call != name || at != when || left == 0)
      return caf::error{};
    --left;
    return fail(code, "The store failed.");
  };
}

a_registry::a_registry() {
  boot();
}

a_registry::~a_registry() = default;

void a_registry::have_subscription() {
  EXPECT_TRUE(subscribe(feed, callback, "old"));
  EXPECT_EQ(active_secret(id), "old");
  take_news();
}

void a_registry::expect_unchanged() {
  EXPECT_EQ(active_secret(id), "old");
  auto row = stored(id);
  ASSERT_TRUE(row);
  EXPECT_FALSE(row->pending);
  EXPECT_EQ(row->expires_at, epoch_ms + lease * 1000);
  EXPECT_THAT(receivers(feed), testing::ElementsAre(callback));
  EXPECT_THAT(take_news(), testing::IsEmpty());
}

void a_registry::answer_with(fetch_reply reply) {
  net.on_fetch = [reply](const fetch_request&) { return reply; };
}

std::string a_registry::last_path() const {
  return net.fetches().back().path;
}

std::string a_registry::challenge(size_t index) const {
  return parameter(net.fetches().at(index).path, "hub.challenge");
}

void a_registry::confirm(size_t index) {
  net.release_fetch(index, fetched(200, challenge(index)));
  run();
}

} // namespace herald::test
