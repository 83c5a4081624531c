#include "tests/actors/operator_fixture.hpp"

#include "tests/support/deterministic_actors.hpp"

#include <algorithm>
#include <utility>

namespace herald::test {

using namespace std::chrono_literals;

an_operator::an_operator() = default;

an_operator::~an_operator() = default;

void an_operator::have_delivered(size_t count) {
  answer_all(200);
  make();
  append_many(count);
  pass(500ms);
  ASSERT_EQ(posted_to('a').size(), count);
  ASSERT_EQ(cursor(), head);
}

template <class... Ts>
an_operator::answer_type an_operator::ask_for(Ts&&... xs) {
  auto open
    = self->request(aut, std::chrono::minutes{60}, std::forward<Ts>(xs)...);
  auto shared = std::make_shared<decltype(open)>(std::move(open));
  return [this, shared] { return outcome<atom::done>(*shared); };
}

template <class... Ts>
an_operator::answer_type an_operator::order(Ts&&... xs) {
  auto answer = ask_for(std::forward<Ts>(xs)...);
  run();
  return answer;
}

an_operator::answer_type
an_operator::redeliver(uint8_t letter, const std::vector<sequence>& what) {
  redeliver_order next{registry->find(id_of(letter)), {}};
  for (auto seq : what)
    next.events.emplace_back(log_id{0}, seq);
  return order(std::move(next));
}

an_operator::answer_type
an_operator::drop_letters(uint8_t letter, const std::vector<sequence>& what) {
  std::vector<job_key> keys;
  for (auto seq : what)
    keys.push_back({id_of(letter), 0, seq});
  return order(atom::drop_v, std::move(keys));
}

an_operator::answer_type an_operator::replay(uint8_t letter, sequence after,
                                             sequence until) {
  return order(
    replay_order{registry->find(id_of(letter)), {{0, after, until}}});
}

an_operator::answer_type an_operator::ask_to_replay(uint8_t letter,
                                                    sequence after) {
  return ask_for(replay_order{registry->find(id_of(letter)), {{0, after, 0}}});
}

an_operator::answer_type an_operator::replay_nothing(uint8_t letter) {
  return order(replay_order{registry->find(id_of(letter)), {}});
}

an_operator::answer_type an_operator::cancel(uint8_t letter) {
  return order(atom::cancel_v, id_of(letter));
}

void an_operator::expect_granted(const answer_type& answer) {
  pass(50ms);
  ASSERT_TRUE(has_answer());
  EXPECT_TRUE(answer());
}

void an_operator::expect_refused(const answer_type& answer, errc why) {
  pass(50ms);
  ASSERT_TRUE(has_answer());
  auto result = answer();
  ASSERT_FALSE(result);
  EXPECT_EQ(code_of(result.error()), why);
}

std::vector<delivery_fate> an_operator::fates(sequence seq,
                                              std::vector<subscription_id> of) {
  auto result
    = ask<std::vector<delivery_fate>>(aut, fate_query{0, seq, std::move(of)});
  EXPECT_TRUE(result);
  return result ? *result : std::vector<delivery_fate>(1);
}

delivery_fate an_operator::fate(uint8_t letter, sequence seq) {
  return fates(seq, {id_of(letter)}).at(0);
}

std::optional<job> an_operator::row_of(uint8_t letter, sequence seq) {
  auto& all = disk->partitions[0].jobs;
  auto i = all.find({id_of(letter), 0, seq});
  return i == all.end() ? std::nullopt : std::optional{i->second};
}

size_t an_operator::times(uint8_t letter, sequence seq) {
  auto seen = posted_to(letter);
  return size_t(std::ranges::count(seen, seq));
}

void an_operator::expect_times(sequence after, sequence until, size_t wanted,
                               size_t otherwise) {
  for (auto seq : stored())
    EXPECT_EQ(times('a', seq), seq > after && seq <= until ? wanted : otherwise)
      << seq;
}

} // namespace herald::test
