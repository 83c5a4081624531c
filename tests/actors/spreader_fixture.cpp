#include "tests/actors/spreader_fixture.hpp"

#include "tests/support/deterministic_actors.hpp"

#include <utility>

namespace herald::test {

using namespace std::chrono_literals;

a_spreader::a_spreader() {
  keep(net.handle());
  registry->who = {subscriber_named('a'), subscriber_named('b')};
}

a_spreader::~a_spreader() = default;

void a_spreader::make() {
  auto deliveries = std::make_shared<delivery_options>();
  deliveries->retry.jitter = 0;
  deliveries->transports = {net.handle()};
  deliveries->time = time;
  deliveries->counters = counters;
  spreader_options options;
  options.own = db->acquire("node", 1, 1h, {}).value().at(0);
  options.limits = limits;
  options.store = keeper;
  options.registry = registry_handle;
  options.deliveries = deliveries;
  aut = spawn(spreader, std::move(options));
  registry->spreader = aut;
  ASSERT_TRUE(ask<atom::done>(aut, atom::start_v));
}

void a_spreader::answer_all(uint16_t status) {
  net.on_post = [status](const post_request&) { return answered(status); };
}

sequence a_spreader::append(bool tell) {
  auto what = event_of("e" + std::to_string(head + 1));
  what.accepted_at = wall();
  auto before = head;
  head = store_event(what);
  what.seq = head;
  if (tell)
    self->send(aut, appended{0, before,
                             std::make_shared<const std::vector<event_ptr>>(
                               1, std::make_shared<const event>(what))});
  run();
  return head;
}

void a_spreader::tell_ended(uint8_t letter) {
  self->send(aut, subscription_ended{id_of(letter)});
}

void a_spreader::tell_changed(subscription now_it_is) {
  self->send(aut, subscription_changed{std::make_shared<const subscription>(
                    std::move(now_it_is))});
}

std::function<bool()> a_spreader::ask_to_drain() {
  auto open = self->request(aut, std::chrono::minutes{60}, atom::drain_v);
  auto shared = std::make_shared<decltype(open)>(std::move(open));
  run();
  return [this, shared] { return bool(outcome<atom::done>(*shared)); };
}

bool a_spreader::has_ended() {
  return !ask<std::vector<subscriber_status>>(aut, atom::status_v,
                                              std::vector<subscription_id>{});
}

std::vector<subscriber_status>
a_spreader::status(std::vector<subscription_id> of) {
  auto told
    = ask<std::vector<subscriber_status>>(aut, atom::status_v, std::move(of));
  EXPECT_TRUE(told);
  return told ? *told : std::vector<subscriber_status>{};
}

void a_spreader::pass(milliseconds d) {
  for (; d > 0ms; d -= 50ms)
    advance(50ms);
}

size_t a_spreader::messages_within(milliseconds d) {
  size_t result = 0;
  for (; d > 0ms; d -= 1ms) {
    move_clock(1ms);
    while (run_next())
      ++result;
  }
  return result;
}

std::vector<sequence> a_spreader::posted_to(uint8_t letter) {
  std::vector<sequence> result;
  for (auto& post : net.posts())
    if (post.to->path == "/" + std::string(1, char(letter)))
      result.push_back(post.what->seq);
  return result;
}

} // namespace herald::test
