#include "tests/http/front_end/reading_fixture.hpp"

#include "actors/storekeeper.hpp"
#include "actors/topics/topic_layers.hpp"
#include "tests/support/deterministic_actors.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

namespace herald::test {

namespace {

constexpr unix_ms start_time = 1'700'000'000'000;

template <class Handle>
Handle as(const caf::actor& what) {
  return caf::actor_cast<Handle>(what);
}

caf::behavior idle_publisher(caf::event_based_actor*) {
  return {[](atom::tick) {}};
}

} // namespace

a_reading_front_end::a_reading_front_end() {
  node->ready = true;
  disk->fault = [this](std::string_view call, fault_at when) {
    called[std::string{call}] += when == fault_at::before ? 1 : 0;
    return caf::error{};
  };
}

a_reading_front_end::~a_reading_front_end() = default;

void a_reading_front_end::start() {
  auto spreader = [this](caf::event_based_actor*) -> caf::behavior {
    return {[this](const fate_query& what) {
      asked_fates.push_back(what.who.size());
      std::vector<delivery_fate> result;
      for (auto& id : what.who)
        result.push_back(fates[{id, what.seq}]);
      return result;
    }};
  };
  for (size_t i = 0; i < logs; ++i)
    handles.publishers.push_back(as<publisher_actor>(spawn(idle_publisher)));
  for (size_t i = 0; i < partitions; ++i) {
    handles.registries.push_back(as<registry_actor>(spawn(idle_publisher)));
    handles.spreaders.push_back(as<spreader_actor>(
      spawn(std::function<caf::behavior(caf::event_based_actor*)>{spreader})));
  }
  handles.reader = spawn(storekeeper, db, std::string{"http://hub/hub"});
  handles.time = std::make_shared<wall_clock>(now(), start_time);
  handles.state = node;
  handles.heads = heads;
  handles.counters = std::make_shared<engine_counters>(partitions, logs);
  handles.registrations = std::make_shared<registry_counters>();
  show_heads();
  aut = spawn(front_end, handles, options);
  run();
}

recorded a_reading_front_end::ask(const std::string& target) {
  auto result = std::make_shared<recorded_exchange>();
  result->request = {"GET", target, {}, {}};
  caf::anon_send(aut, std::vector<exchange_ptr>{result});
  return result;
}

recorded a_reading_front_end::get(const std::string& target) {
  auto result = ask(target);
  run();
  return result;
}

event a_reading_front_end::store(const std::string& topic, std::string body,
                                 unix_ms at) {
  static int count = 0;
  event what;
  what.id = "e" + std::to_string(++count);
  what.topic = topic;
  what.content_type = "application/json";
  what.body = std::move(body);
  what.accepted_at = start_time + at;
  return store(std::move(what));
}

event a_reading_front_end::store(event what) {
  std::string buffer;
  what.log = static_cast<log_id>(
    topic_log(published_key_in(what.topic, buffer), logs));
  what.body_size = static_cast<uint32_t>(what.body.size());
  what.seq = db->append(what.log, std::vector{what}).value().at(0).seq;
  show_heads();
  return what;
}

void a_reading_front_end::hide_heads() {
  for (auto& head : heads->at)
    head = 0;
}

void a_reading_front_end::show_heads() {
  auto bounds = db->heads().value();
  for (size_t i = 0; i < logs; ++i)
    heads->at[i] = bounds[i].head;
}

subscription a_reading_front_end::subscribe(const std::string& topic,
                                            const std::string& callback) {
  auto parsed = parse_subscribed_topic(topic).value();
  subscription what;
  what.id = make_subscription_id(parsed.key, parsed.is_url, callback);
  what.topic = topic;
  what.topic_key = parsed.key;
  what.callback = callback;
  what.active = true;
  what.expires_at = start_time + 9'000'000;
  what.starts = std::vector<sequence>(logs, 0);
  put(what);
  return what;
}

void a_reading_front_end::put(const subscription& what) {
  subscription_change change;
  change.what = what;
  db->change(std::vector{change}).value();
}

void a_reading_front_end::end(const subscription& what) {
  subscription_change change;
  change.what = what;
  change.drop = true;
  db->change(std::vector{change}).value();
}

void a_reading_front_end::give_up(const subscription& sub, const event& what,
                                  uint32_t attempts) {
  commit_batch batch;
  dead_letter letter;
  letter.key = {sub.id, what.log, what.seq};
  letter.up_to = what.seq;
  letter.attempts = attempts;
  batch.dead.push_back(letter);
  auto owned = db->acquire("node", partitions, milliseconds{0}, {}).value();
  ASSERT_FALSE(db->commit(owned.at(sub.id.partition(partitions)), batch));
}

bool a_reading_front_end::is_anything_due() const {
  return sched.clock().has_pending_timeout();
}

std::vector<std::string> a_reading_front_end::all(const json& page,
                                                  const char* name) {
  std::vector<std::string> result;
  for (auto& item : page["items"])
    result.push_back(item[name]);
  return result;
}

json a_reading_front_end::body_of(const recorded& x) {
  return x->answered ? json::parse(x->answered->body) : json{};
}

} // namespace herald::test
