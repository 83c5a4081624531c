#include "actors/asker.hpp"
#include "tests/support/deterministic_actors.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace herald::test {

namespace {

using namespace std::chrono_literals;

/// Answers a question when it is told to.
using oracle_actor
  = caf::typed_actor<caf::replies_to<atom::count, std::string>::with<uint64_t>,
                     caf::reacts_to<atom::settle, std::string, uint64_t>>;

struct oracle_state {
  static inline constexpr const char* name = "oracle";

  explicit oracle_state(oracle_actor::pointer) {
    // nop
  }

  std::map<std::string, caf::typed_response_promise<uint64_t>> open;
};

oracle_actor::behavior_type
oracle(oracle_actor::stateful_pointer<oracle_state> self) {
  return {
    [self](atom::count, std::string& what) -> caf::result<uint64_t> {
      auto promise = self->make_response_promise<uint64_t>();
      self->state.open.emplace(std::move(what), promise);
      return promise;
    },
    [self](atom::settle, const std::string& what, uint64_t count) {
      self->state.open.at(what).deliver(count);
    },
  };
}

/// Asks one question per message.
using curious_actor = caf::typed_actor<caf::reacts_to<std::string>>;

struct curious_state {
  static inline constexpr const char* name = "curious";

  explicit curious_state(curious_actor::pointer ptr) : asks(ptr, 10s) {
    // nop
  }

  asker<curious_actor> asks;
};

class an_asker : public deterministic {
protected:
  std::shared_ptr<std::vector<std::string>> heard
    = std::make_shared<std::vector<std::string>>();
  oracle_actor asked = spawn(oracle);
  asker<curious_actor>* asks = nullptr;
  curious_actor curious = spawn(
    [](curious_actor::stateful_pointer<curious_state> me,
       an_asker* test) -> curious_actor::behavior_type {
      test->asks = &me->state.asks;
      return {
        [me, to = test->asked, heard = test->heard](const std::string& what) {
          me->state.asks.request(to, atom::count_v, what)
            .then(
              [heard, what](uint64_t count) {
                heard->push_back(what + " " + std::to_string(count));
              },
              [heard, what](const caf::error& why) {
                heard->push_back(what
                                 + (why == caf::sec::request_timeout
                                      ? " too late"
                                      : " nobody there"));
              });
        }};
    },
    this);

  void wonder(const std::string& what) {
    self->send(curious, what);
    run();
  }

  void answer(const std::string& what, uint64_t count) {
    self->send(asked, atom::settle_v, what, count);
    run();
  }

  std::vector<std::string> take_heard() { return std::exchange(*heard, {}); }

  size_t timers() const { return sched.clock().schedule().size(); }
};

using words = std::vector<std::string>;

} // namespace

TEST_F(an_asker, passes_on_an_answer_once) {
  wonder("a");
  answer("a", 1);
  EXPECT_EQ(take_heard(), words{"a 1"});
  EXPECT_EQ(asks->size(), 0u);
  advance(60s);
  EXPECT_EQ(take_heard(), words{});
}

TEST_F(an_asker, ends_each_question_at_its_own_deadline) {
  wonder("a");
  advance(4s);
  wonder("b");
  wonder("c");
  answer("b", 2);
  EXPECT_EQ(take_heard(), words{"b 2"});
  advance(5'999ms);
  EXPECT_EQ(take_heard(), words{});
  advance(1ms);
  EXPECT_EQ(take_heard(), words{"a too late"});
  advance(3'999ms);
  EXPECT_EQ(take_heard(), words{});
  advance(1ms);
  EXPECT_EQ(take_heard(), words{"c too late"});
  EXPECT_EQ(asks->size(), 0u);
}

TEST_F(an_asker, drops_an_answer_after_the_deadline) {
  wonder("a");
  advance(10s);
  answer("a", 1);
  EXPECT_EQ(take_heard(), words{"a too late"});
}

TEST_F(an_asker, takes_an_answer_that_comes_before_its_error) {
  wonder("a");
  wonder("b");
  move_clock(10s);
  // In the mailbox: the timer's message, the answer, and behind it the errors.
  self->send(asked, atom::settle_v, "b", uint64_t{2});
  run_first(asked);
  run();
  EXPECT_EQ(take_heard(), (words{"b 2", "a too late"}));
  EXPECT_EQ(asks->size(), 0u);
}

TEST_F(an_asker, keeps_one_timer_for_all_its_questions) {
  for (int i = 0; i < 1000; ++i) {
    wonder(std::to_string(i));
    if (i % 2 == 0)
      answer(std::to_string(i), 0);
    move_clock(1ms);
  }
  EXPECT_EQ(timers(), 1u);
  take_heard();
  advance(60s);
  EXPECT_EQ(take_heard().size(), 500u);
  EXPECT_EQ(timers(), 0u);
}

TEST_F(an_asker, has_no_timer_when_nothing_is_open_at_the_deadline) {
  wonder("a");
  answer("a", 1);
  advance(10s);
  EXPECT_EQ(timers(), 0u);
  wonder("b");
  EXPECT_EQ(timers(), 1u);
  advance(10s);
  EXPECT_EQ(take_heard(), (words{"a 1", "b too late"}));
}

TEST_F(an_asker, hears_that_there_is_nobody) {
  kill(asked);
  run();
  wonder("a");
  EXPECT_EQ(take_heard(), words{"a nobody there"});
  EXPECT_EQ(asks->size(), 0u);
}

} // namespace herald::test
