#include "tests/actors/publisher_fixture.hpp"

#include "tests/support/deterministic_actors.hpp"

#include <utility>

namespace herald::test {

a_publisher::a_publisher() {
  asker
    = spawn([notes = told, shown = heads](
              publish_listener::pointer) -> publish_listener::behavior_type {
        return {[notes, shown](published& what) {
          ++notes->messages;
          notes->head = shown->at[0];
          for (auto& [token, result] : what.outcomes)
            if (!notes->outcomes.emplace(token, std::move(result)).second)
              ++notes->repeated;
        }};
      });
}

a_publisher::~a_publisher() = default;

void a_publisher::make() {
  publisher_options options;
  options.limits = limits;
  options.store = keeper;
  options.spreaders = {spawn_spreader(first), spawn_spreader(second)};
  options.marks = marks;
  options.time = time;
  options.state = state;
  options.hub_url = "http://hub.example/hub";
  options.heads = heads;
  options.counters = counters;
  aut = spawn(publisher, std::move(options));
  ASSERT_TRUE(ask<atom::done>(aut, atom::start_v));
  watch_appends();
}

void a_publisher::watch_appends() {
  disk->fault = [this](std::string_view call, fault_at when) {
    if (call == "append" && when == fault_at::before)
      appends.push_back(disk->logs[0].events.size());
    return caf::error{};
  };
}

event a_publisher::fresh(std::string id) {
  auto result = event_of(std::move(id));
  result.fresh_id = true;
  return result;
}

void a_publisher::send(uint64_t token, std::vector<event> events) {
  std::vector<publish_request> request{{token, std::move(events)}};
  self->send(aut, atom::publish_v, asker, std::move(request));
}

void a_publisher::publish(uint64_t token, std::vector<event> events) {
  send(token, std::move(events));
  run();
}

std::function<bool()> a_publisher::ask_to_drain() {
  auto open = self->request(aut, std::chrono::minutes{60}, atom::drain_v);
  auto shared = std::make_shared<decltype(open)>(std::move(open));
  run();
  return [this, shared] { return bool(outcome<atom::done>(*shared)); };
}

bool a_publisher::drain() {
  return ask_to_drain()();
}

std::vector<append_result> a_publisher::result(uint64_t token) {
  auto i = told->outcomes.find(token);
  if (i == told->outcomes.end() || !i->second) {
    ADD_FAILURE() << token << " was not accepted";
    return std::vector<append_result>(8);
  }
  return *i->second;
}

errc a_publisher::refusal(uint64_t token) {
  auto i = told->outcomes.find(token);
  if (i == told->outcomes.end() || i->second) {
    ADD_FAILURE() << token << " was not refused";
    return errc::invalid;
  }
  return code_of(i->second.error());
}

std::vector<sequence> a_publisher::known(const spreader_notes& notes,
                                         sequence at) {
  std::vector<sequence> result;
  for (auto& batch : notes.batches) {
    EXPECT_EQ(batch.after, at) << "the news must follow what is known";
    for (auto& what : *batch.events) {
      EXPECT_GT(what->seq, at);
      at = what->seq;
      result.push_back(at);
    }
  }
  return result;
}

} // namespace herald::test
