#include "tests/actors/registry/registry_fixture.hpp"
#include "tests/actors/spreader/spreader_fixture.hpp"

#include <gmock/gmock.h>

#include <future>
#include <mutex>

namespace herald::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class a_match_desk : public a_registry {
protected:
  a_match_desk() {
    kill(aut);
    desk = std::make_shared<match_desk>();
    boot();
  }

  std::optional<match_result> ask(event_ptr what) {
    auto events = std::make_shared<const std::vector<event_ptr>>(1, what);
    return desk->ask({{what->log, what->seq - 1, events, what->seq}, 1000});
  }

  void hear_all() {
    for (auto& news : take_news())
      if (news != "match")
        desk->heard();
  }
};

TEST_F(a_match_desk, answers_what_a_message_would_be_answered) {
  subscribe(feed, callback);
  hear_all();
  auto what = publish(feed);
  auto found = ask(what);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->ends, ElementsAre(1));
  ASSERT_EQ(found->who.size(), 1u);
  EXPECT_EQ(found->who[0]->id, id);
  EXPECT_EQ(found->what.events->front(), what);
  EXPECT_THAT(match({what}).ends, ElementsAre(1));
}

TEST_F(a_match_desk, gives_no_answer_while_news_are_on_their_way) {
  subscribe(feed, callback);
  EXPECT_FALSE(ask(publish(feed)));
  hear_all();
  EXPECT_TRUE(ask(publish(feed)));
  unsubscribe(feed, callback);
  EXPECT_FALSE(ask(publish(feed)));
  hear_all();
  auto found = ask(publish(feed));
  ASSERT_TRUE(found);
  EXPECT_THAT(found->who, IsEmpty());
}

TEST_F(a_match_desk, gives_no_answer_before_the_start_and_after_the_end) {
  kill(aut);
  EXPECT_FALSE(ask(publish(feed)));
  make();
  run();
  EXPECT_FALSE(ask(publish(feed)));
  start();
  EXPECT_TRUE(ask(publish(feed)));
}

// Whoever finds the subscription in the store may rely on getting what is
// published from then on: until the registry has heard of it, nobody is told
// who wants it.
TEST_F(a_match_desk, gives_no_answer_that_misses_a_subscription_in_the_store) {
  tell(wish(feed, callback));
  bool refused = false;
  while (run_next()) {
    auto row = stored(id);
    auto found = ask(publish(feed));
    refused = refused || !found;
    if (row && row->active && found) {
      EXPECT_THAT(found->ends, ElementsAre(1));
    }
    hear_all();
  }
  EXPECT_TRUE(refused);
  EXPECT_THAT(ask(publish(feed))->ends, ElementsAre(1));
}

TEST_F(a_match_desk, gives_no_answer_while_the_registry_runs) {
  std::lock_guard running{desk->lock()};
  auto what = publish(feed);
  auto asked
    = std::async(std::launch::async, [&] { return ask(what).has_value(); });
  EXPECT_FALSE(asked.get());
}

/// A spreader whose registry is at its desk.
class a_spreader_at_a_desk : public a_spreader {
protected:
  a_spreader_at_a_desk() {
    desk = std::make_shared<match_desk>();
    desk->open([this](const match_request& what) {
      ++asked;
      return std::optional{registry->match(what)};
    });
  }

  size_t asked = 0;
};

TEST_F(a_spreader_at_a_desk, sends_no_match_request) {
  make();
  append_many(3);
  EXPECT_EQ(asked, 3u);
  EXPECT_EQ(registry->requests, 0u);
  EXPECT_EQ(net.posts().size(), 6u);
}

TEST_F(a_spreader_at_a_desk, sends_one_when_the_desk_is_closed) {
  make();
  desk->close();
  append_many(3);
  EXPECT_EQ(registry->requests, 3u);
  EXPECT_EQ(net.posts().size(), 6u);
}

TEST_F(a_spreader_at_a_desk, counts_the_news_that_it_hears) {
  make();
  desk->told();
  append();
  EXPECT_EQ(asked, 0u);
  tell_ended('b');
  append();
  EXPECT_EQ(asked, 1u);
  desk->told();
  tell_changed(subscription_of('a'));
  append();
  EXPECT_EQ(asked, 2u);
}

} // namespace
} // namespace herald::test
