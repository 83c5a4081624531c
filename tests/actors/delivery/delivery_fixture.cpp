#include "tests/actors/delivery/delivery_fixture.hpp"

#include "actors/delivery/wire.hpp"
#include "tests/support/deterministic_actors.hpp"

#include <utility>

namespace herald::test {

a_delivery::a_delivery() {
  keep(net.handle());
  options->retry.jitter = 0;
  options->in_flight = 4;
  options->posters = {net.entrance()};
  options->time = time;
  aut = spawn(delivery, std::shared_ptr<const delivery_options>{options},
              spawn_spreader(notes), uint64_t{77});
}

a_delivery::~a_delivery() = default;

delivery_item a_delivery::item(sequence seq, uint32_t attempts,
                               unix_ms accepted_at) {
  auto what = event_of("e" + std::to_string(seq));
  what.log = 3;
  what.seq = seq;
  what.accepted_at = accepted_at;
  what.wire = event_fields(what, "http://hub.example/hub");
  return {std::make_shared<const event>(std::move(what)), attempts};
}

void a_delivery::give(std::vector<delivery_item> items) {
  self->send(aut, delivery_order{std::make_shared<const subscription>(who),
                                 std::move(items)});
  run();
}

void a_delivery::give_as_failing(std::vector<delivery_item> items) {
  delivery_order order{std::make_shared<const subscription>(who),
                       std::move(items)};
  order.failing = true;
  self->send(aut, std::move(order));
  run();
}

void a_delivery::give(sequence first, sequence last) {
  std::vector<delivery_item> items;
  for (auto seq = first; seq <= last; ++seq)
    items.push_back(item(seq));
  give(std::move(items));
}

void a_delivery::know_failures(uint64_t count) {
  self->send(aut,
             delivery_order{
               std::make_shared<const subscription>(who), {}, false, count});
  run();
}

void a_delivery::hold_back() {
  self->send(
    aut, delivery_order{std::make_shared<const subscription>(who), {}, true});
  run();
}

void a_delivery::settle(std::vector<post_reply> replies) {
  self->send(aut, std::move(replies));
  run();
}

void a_delivery::release(size_t index, http_outcome with) {
  net.release_post(index, std::move(with));
  run();
}

void a_delivery::release_first(http_outcome with) {
  release(net.held_posts().at(0), std::move(with));
}

void a_delivery::answer_all(http_outcome with) {
  net.on_post = [with](const post_request&) { return with; };
}

const delivery_report& a_delivery::only_report() {
  EXPECT_EQ(notes->reports.size(), 1u);
  return notes->reports.at(0);
}

http_outcome a_delivery::asking(uint16_t status, std::string retry_after) {
  auto result = answered(status);
  result.retry_after = std::move(retry_after);
  return result;
}

} // namespace herald::test
