#include "tests/actors/spreader/spreader_fixture.hpp"

#include "tests/support/deterministic_actors.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace herald::test {

using namespace std::chrono_literals;

a_spreader::a_spreader() {
  keep(net.handle());
  registry->who = {subscriber_named('a'), subscriber_named('b')};
  deliveries.retry.jitter = 0;
}

a_spreader::~a_spreader() = default;

void a_spreader::make() {
  ASSERT_TRUE(try_to_make());
}

bool a_spreader::try_to_make() {
  auto shared = std::make_shared<delivery_options>(deliveries);
  shared->posters = {net.entrance()};
  shared->time = time;
  shared->counters = counters;
  spreader_options options;
  options.own = db->acquire("node", 1, 1h, {}).value().at(0);
  options.limits = limits;
  options.store = keeper;
  options.registry = registry_handle;
  options.desk = desk;
  options.deliveries = std::move(shared);
  aut = spawn(spreader, std::move(options));
  registry->spreader = aut;
  return static_cast<bool>(ask<atom::done>(aut, atom::start_v));
}

void a_spreader::restart() {
  kill(aut);
  make();
}

void a_spreader::have_only_a(const delivery_policy& policy, bool paused) {
  auto who = subscription_of('a');
  who.policy = policy;
  who.paused = paused;
  registry->who = {std::make_shared<const subscription>(std::move(who))};
}

void a_spreader::change(uint8_t letter,
                        const std::function<void(subscription&)>& how) {
  for (auto& each : registry->who)
    if (each->id == id_of(letter)) {
      auto changed = *each;
      ++changed.revision;
      how(changed);
      each = std::make_shared<const subscription>(std::move(changed));
      self->send(aut, subscription_changed{each});
    }
  run();
}

void a_spreader::pause(uint8_t letter, bool paused) {
  change(letter, [paused](subscription& who) { who.paused = paused; });
}

void a_spreader::answer_all(uint16_t status) {
  net.on_post = [status](const post_request&) { return answered(status); };
}

void a_spreader::answer(uint8_t letter, uint16_t status) {
  net.on_post = [letter, status](const post_request& post) {
    return answered(post.to->path.back() == char(letter) ? status : 200);
  };
}

void a_spreader::release_all(uint16_t status) {
  for (auto index : net.held_posts())
    net.release_post(index, answered(status));
  run();
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
                               1, std::make_shared<const event>(what)),
                             head});
  run();
  return head;
}

void a_spreader::tell_appended(sequence after,
                               const std::vector<sequence>& what,
                               sequence until) {
  auto events = std::make_shared<std::vector<event_ptr>>();
  for (auto seq : what)
    events->push_back(disk->logs[0].events.at(seq));
  self->send(aut, appended{0, after, std::move(events), until});
}

void a_spreader::append_many(size_t count) {
  for (; count > 0; --count)
    append();
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

std::optional<lag> a_spreader::lag_of(uint8_t letter) {
  auto& all = disk->partitions[0].lagging;
  auto i = all.find({id_of(letter), 0});
  return i == all.end() ? std::nullopt : std::optional{i->second};
}

std::optional<condition> a_spreader::condition_of(uint8_t letter) {
  auto& all = disk->partitions[0].failing;
  auto i = all.find(id_of(letter));
  return i == all.end() ? std::nullopt : std::optional{i->second};
}

std::vector<dead_letter> a_spreader::letters() {
  std::vector<dead_letter> result;
  for (auto& [key, letter] : disk->partitions[0].dead)
    result.push_back(letter);
  std::ranges::sort(result, {}, &dead_letter::key);
  return result;
}

std::vector<sequence> a_spreader::posted_to(uint8_t letter) {
  std::vector<sequence> result;
  for (auto& post : net.posts())
    if (post.to->path == "/" + std::string(1, char(letter)))
      result.push_back(post.what->seq);
  return result;
}

std::vector<uint32_t> a_spreader::attempts_at(uint8_t letter, sequence seq) {
  constexpr std::string_view name = "Herald-Attempt: ";
  std::vector<uint32_t> result;
  for (auto& post : net.posts())
    if (post.what->seq == seq && post.to->path.back() == char(letter))
      result.push_back(uint32_t(std::stoul(post.fields.substr(name.size()))));
  return result;
}

} // namespace herald::test
