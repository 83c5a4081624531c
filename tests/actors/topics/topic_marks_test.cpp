#include "actors/topics/topic_marks.hpp"
#include "storage/topic.hpp"
#include "tests/actors/publisher_fixture.hpp"
#include "tests/actors/registry/registry_fixture.hpp"

#include <random>
#include <thread>

namespace herald::test {

using namespace std::chrono_literals;

namespace {

/// All places are open.
topic_marks opened(size_t places) {
  topic_marks result{places};
  for (size_t i = 0; i < places; ++i)
    result.open(i);
  return result;
}

} // namespace

TEST(topic_marks, say_yes_until_a_place_is_open) {
  topic_marks marks{20};
  for (size_t i = 0; i < 20; ++i)
    EXPECT_TRUE(topic_marks::holds(marks.find("a"), i));
  marks.open(3);
  EXPECT_TRUE(topic_marks::holds(marks.find("a"), 3)) << "19 shares its bit";
  marks.open(19);
  EXPECT_FALSE(topic_marks::holds(marks.find("a"), 3));
  EXPECT_TRUE(topic_marks::holds(marks.find("a"), 4));
}

TEST(topic_marks, say_yes_to_every_layer_and_no_to_others) {
  auto marks = opened(3);
  marks.mark(0, "a.b");
  marks.mark(1, "http://h/a");
  marks.mark(2, "*");
  EXPECT_EQ(marks.find("a.b"), 0b101);
  EXPECT_EQ(marks.find("a.b.c"), 0b101);
  EXPECT_EQ(marks.find("a.bc"), 0b100);
  EXPECT_EQ(marks.find("a"), 0b100);
  EXPECT_EQ(marks.find("http://h/a"), 0b010);
  EXPECT_EQ(marks.find("http://h/a/b"), 0);
  EXPECT_EQ(marks.find("herald.dead"), 0) << "no * for what the node says";
}

// The definition is `topic_matches`.
TEST(topic_marks, never_say_no_in_vain) {
  std::minstd_rand random{1};
  auto key = [&] {
    std::string result(1, static_cast<char>('a' + random() % 3));
    for (auto left = random() % 3; left > 0; --left)
      result.append(1, '.').append(1, static_cast<char>('a' + random() % 3));
    return random() % 5 == 0 ? "http://" + result : result;
  };
  for (size_t round = 0; round < 1000; ++round) {
    auto marks = opened(16);
    std::vector<std::string> wanted(16);
    for (size_t i = 0; i < wanted.size(); ++i)
      marks.mark(i, wanted[i] = random() % 16 == 0 ? "*" : key());
    auto published = key();
    for (size_t i = 0; i < wanted.size(); ++i)
      if (topic_matches(wanted[i], published)) {
        EXPECT_TRUE(topic_marks::holds(marks.find(published), i))
          << wanted[i] << " wants " << published;
      }
  }
}

TEST(topic_marks, may_be_made_by_several_threads) {
  auto marks = opened(16);
  std::vector<std::jthread> registries;
  for (size_t place = 0; place < 4; ++place)
    registries.emplace_back([&marks, place] {
      for (int i = 0; i < 10'000; ++i)
        marks.mark(place, "t" + std::to_string(i));
    });
  registries.clear();
  for (int i = 0; i < 10'000; ++i)
    EXPECT_EQ(marks.find("t" + std::to_string(i)) & 0xf, 0xf);
}

/// Two spreaders: the first has who wants "a", the second who wants "b".
class a_publisher_with_marks : public a_publisher {
protected:
  a_publisher_with_marks() {
    auto both = std::make_shared<topic_marks>(opened(2));
    both->mark(0, "a");
    both->mark(1, "b");
    marks = both;
    make();
  }

  sequence publish_to(const std::string& topic_text) {
    auto what = fresh("e" + std::to_string(++tokens));
    what.topic = topic_text;
    publish(tokens, {what});
    return result(tokens).at(0).seq;
  }

  uint64_t tokens = 0;
};

TEST_F(a_publisher_with_marks, tells_those_who_may_want_it) {
  auto one = publish_to("A.x");
  auto two = publish_to("b");
  EXPECT_EQ(known(*first, 0), std::vector{one});
  EXPECT_EQ(known(*second, 0), std::vector{two});
  EXPECT_EQ(second->batches.at(0).after, 0u) << "the first is known not to be";
  EXPECT_EQ(second->batches.at(0).until, two);
}

TEST_F(a_publisher_with_marks, tells_the_others_after_a_lull) {
  publish_to("a");
  auto last = publish_to("a");
  EXPECT_TRUE(second->batches.empty());
  advance(limits.lull);
  ASSERT_EQ(second->batches.size(), 1u);
  EXPECT_TRUE(second->batches[0].events->empty());
  EXPECT_EQ(second->batches[0].after, 0u);
  EXPECT_EQ(second->batches[0].until, last);
  advance(1h);
  EXPECT_EQ(second->batches.size(), 1u);
  EXPECT_EQ(first->batches.size(), 2u);
}

// What may have landed unnoticed was looked at by nobody.
TEST_F(a_publisher_with_marks, leaves_a_gap_where_the_outcome_was_unknown) {
  publish_to("a");
  fail_next("append", fault_at::after, errc::unavailable, 1000);
  auto lost = fresh("lost");
  lost.topic = "b";
  publish(100, {lost});
  for (size_t i = 0; i < limits.retries + 1; ++i)
    advance(limits.retry_delay);
  EXPECT_EQ(refusal(100), errc::unavailable);
  watch_appends();
  auto seen = stored().back();
  auto next = publish_to("b");
  ASSERT_FALSE(second->batches.empty());
  EXPECT_EQ(second->batches.back().after, seen) << "so it reads from the store";
  EXPECT_EQ(second->batches.back().until, next);
}

/// A registry whose marks are looked at.
class a_registry_with_marks : public registry_test {
protected:
  a_registry_with_marks() { marks = std::make_shared<topic_marks>(1); }
};

TEST_F(a_registry_with_marks, opens_its_place_when_all_is_marked) {
  make();
  EXPECT_NE(marks->find("none"), 0);
  start();
  EXPECT_EQ(marks->find("none"), 0);
  subscribe(feed, callback);
  marks = std::make_shared<topic_marks>(1);
  restart();
  EXPECT_EQ(marks->find("none"), 0);
  EXPECT_NE(marks->find(feed), 0);
}

// What is appended behind the heads that a subscription starts from is its.
TEST_F(a_registry_with_marks, marks_a_topic_before_it_asks_for_the_heads) {
  boot();
  bool asked = false;
  disk->fault = [&](std::string_view call, fault_at when) {
    if (call == "heads" && when == fault_at::before) {
      asked = true;
      EXPECT_NE(marks->find(feed), 0);
    }
    return caf::error{};
  };
  subscribe(feed, callback);
  EXPECT_TRUE(asked);
}

} // namespace herald::test
