#include "actors/spreader/window.hpp"
#include "tests/actors/engine_values.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace herald::test {

namespace {

/// The subscribers a, b, c, … in the order of their ids.
std::vector<subscription_ptr> subscribers(size_t count) {
  std::vector<subscription_ptr> result;
  for (size_t i = 0; i < count; ++i)
    result.push_back(subscriber_named(static_cast<uint8_t>('a' + i)));
  return result;
}

/// Takes on the next subscriber of an entry, as a spreader does.
void expand_one(window_entry& entry) {
  ++entry.expanded;
  ++entry.open_deliveries;
}

/// What a window must know, in the plainest way.
struct oracle {
  struct entry {
    std::vector<subscription_id> who;
    size_t expanded = 0;
    size_t open = 0;

    bool settled() const { return expanded == who.size() && open == 0; }
  };

  std::map<sequence, entry> entries;
  sequence matched = 0;

  sequence first_unsettled() const {
    for (auto& [seq, what] : entries)
      if (!what.settled())
        return seq;
    return matched + 1;
  }

  sequence last_settled() const {
    return first_unsettled() == matched + 1 ? matched : [this] {
      sequence result = 0;
      for (auto& [seq, what] : entries) {
        if (!what.settled())
          break;
        result = seq;
      }
      return result;
    }();
  }
};

} // namespace

TEST(window, starts_behind_a_position) {
  window aut;
  aut.start(41);
  EXPECT_EQ(aut.cursor(), 41u);
  EXPECT_EQ(aut.matched(), 41u);
  EXPECT_EQ(aut.next_to_expand(), nullptr);
}

TEST(window, follows_what_nobody_wanted) {
  window aut;
  aut.start(0);
  aut.matched(7);
  EXPECT_EQ(aut.cursor(), 7u);
}

TEST(window, cursor_stays_before_an_event_that_was_not_taken_on) {
  window aut;
  aut.start(3);
  aut.add(event_at(5), subscribers(1));
  aut.matched(9);
  EXPECT_GE(aut.cursor(), 3u);
  EXPECT_LT(aut.cursor(), 5u);
}

TEST(window, cursor_passes_an_event_once_every_delivery_is_settled) {
  window aut;
  aut.start(0);
  auto& entry = aut.add(event_at(5), subscribers(2));
  aut.matched(5);
  expand_one(entry);
  expand_one(entry);
  aut.settle(5);
  EXPECT_LT(aut.cursor(), 5u);
  aut.settle(5);
  EXPECT_EQ(aut.cursor(), 5u);
  EXPECT_EQ(aut.find(5), nullptr);
}

TEST(window, later_event_that_is_done_first_waits_for_the_earlier_one) {
  window aut;
  aut.start(0);
  expand_one(aut.add(event_at(5), subscribers(1)));
  expand_one(aut.add(event_at(6), subscribers(1)));
  aut.matched(6);
  aut.settle(6);
  EXPECT_LT(aut.cursor(), 5u);
  aut.settle(5);
  EXPECT_EQ(aut.cursor(), 6u);
}

TEST(window, expands_in_order) {
  window aut;
  aut.start(0);
  aut.add(event_at(5), subscribers(2));
  aut.add(event_at(8), subscribers(1));
  for (sequence wanted : {5, 5, 8}) {
    auto next = aut.next_to_expand();
    ASSERT_NE(next, nullptr);
    EXPECT_EQ(next->what->seq, wanted);
    expand_one(*next);
  }
  EXPECT_EQ(aut.next_to_expand(), nullptr);
}

TEST(window, counts_the_bytes_of_the_bodies_it_holds) {
  window aut;
  aut.start(0);
  expand_one(aut.add(event_at(5, 100), subscribers(1)));
  expand_one(aut.add(event_at(6, 11), subscribers(1)));
  aut.matched(6);
  EXPECT_EQ(aut.bytes(), 111u);
  aut.settle(5);
  aut.cursor();
  EXPECT_EQ(aut.bytes(), 11u);
  aut.settle(6);
  aut.cursor();
  EXPECT_EQ(aut.bytes(), 0u);
}

TEST(window, finds_by_sequence_across_gaps) {
  window aut;
  aut.start(0);
  for (sequence seq : {2, 5, 9, 40})
    aut.add(event_at(seq), subscribers(1));
  for (sequence seq : {2, 5, 9, 40})
    ASSERT_TRUE(aut.find(seq) && aut.find(seq)->what->seq == seq) << seq;
  for (sequence seq : {0, 1, 3, 10, 41})
    EXPECT_EQ(aut.find(seq), nullptr) << seq;
}

TEST(window, forgets_one_who_ended_before_being_taken_on) {
  window aut;
  aut.start(0);
  auto& entry = aut.add(event_at(5), subscribers(2));
  aut.add(event_at(6), subscribers(1));
  aut.matched(6);
  expand_one(entry);
  aut.remove(id_of('b'));
  EXPECT_EQ(entry.who.size(), 1u);
  aut.settle(5);
  EXPECT_EQ(aut.cursor(), 5u);
  aut.remove(id_of('a'));
  EXPECT_EQ(aut.cursor(), 6u);
}

TEST(window, gives_one_who_was_renewed_before_being_taken_on_as_it_is) {
  window aut;
  aut.start(0);
  auto& entry = aut.add(event_at(5), subscribers(3));
  aut.matched(5);
  expand_one(entry);
  auto before = entry.who;
  for (uint8_t letter : {'a', 'b', 'z'})
    aut.update(subscriber_named(letter));
  EXPECT_EQ(entry.who[0], before[0]) << "was taken on";
  EXPECT_NE(entry.who[1], before[1]);
  EXPECT_EQ(entry.who[2], before[2]);
  EXPECT_EQ(entry.who.size(), 3u);
}

TEST(window, keeps_one_who_ended_after_being_taken_on) {
  window aut;
  aut.start(0);
  auto& entry = aut.add(event_at(5), subscribers(3));
  aut.matched(5);
  expand_one(entry);
  expand_one(entry);
  aut.remove(id_of('a'));
  ASSERT_EQ(entry.who.size(), 3u);
  EXPECT_EQ(entry.who[0]->id, id_of('a'));
  EXPECT_EQ(entry.who[1]->id, id_of('b'));
  EXPECT_EQ(entry.expanded, 2u);
  EXPECT_EQ(entry.open_deliveries, 2u);
}

/// A window and its oracle do the same random steps.
class window_model {
public:
  explicit window_model(unsigned seed) : rng(seed) { aut.start(0); }

  void step() {
    switch (rng() % 6) {
      case 0:
        return add();
      case 1:
        last += rng() % 3;
        aut.matched(last);
        model.matched = last;
        return;
      case 2:
        return expand();
      case 3:
      case 4:
        return settle();
      default:
        return remove();
    }
  }

  void check() {
    auto at = aut.cursor();
    ASSERT_LT(at, model.first_unsettled());
    ASSERT_GE(at, model.last_settled());
    ASSERT_GE(at, before) << "the cursor went back";
    before = at;
    std::erase_if(model.entries,
                  [&](auto& x) { return x.first < model.first_unsettled(); });
    size_t bytes = 0;
    for (auto& [seq, what] : model.entries)
      bytes += seq % 7;
    ASSERT_EQ(aut.bytes(), bytes);
    ASSERT_EQ(aut.entries().size(), model.entries.size());
    ASSERT_EQ(aut.matched(), model.matched);
    auto first = std::find_if(model.entries.begin(), model.entries.end(),
                              [](auto& x) { return x.second.open > 0; });
    auto found = aut.first_open();
    ASSERT_EQ(found != nullptr, first != model.entries.end());
    if (found != nullptr) {
      ASSERT_EQ(found->what->seq, first->first);
    }
  }

  /// Ends everything: the cursor must reach what was matched.
  void finish() {
    while (auto next = aut.next_to_expand()) {
      auto& known = model.entries.at(next->what->seq);
      expand_one(*next);
      ++known.expanded;
      ++known.open;
    }
    for (auto& [seq, what] : model.entries)
      for (; what.open > 0; --what.open)
        aut.settle(seq);
    ASSERT_EQ(aut.cursor(), model.matched);
    ASSERT_EQ(aut.bytes(), 0u);
  }

private:
  void add() {
    last += 1 + rng() % 3;
    auto who = subscribers(1 + rng() % 4);
    for (auto& each : who)
      model.entries[last].who.push_back(each->id);
    aut.add(event_at(last, last % 7), std::move(who));
    aut.matched(last);
    model.matched = last;
  }

  void expand() {
    auto next = aut.next_to_expand();
    auto wanted
      = std::find_if(model.entries.begin(), model.entries.end(), [](auto& x) {
          return x.second.expanded < x.second.who.size();
        });
    ASSERT_EQ(next != nullptr, wanted != model.entries.end());
    if (!next)
      return;
    ASSERT_EQ(next->what->seq, wanted->first);
    ASSERT_EQ(next->who[next->expanded]->id,
              wanted->second.who[wanted->second.expanded]);
    expand_one(*next);
    ++wanted->second.expanded;
    ++wanted->second.open;
  }

  void settle() {
    for (auto& [seq, what] : model.entries)
      if (what.open > 0 && rng() % 2 == 0) {
        --what.open;
        return aut.settle(seq);
      }
  }

  void remove() {
    auto id = id_of(static_cast<uint8_t>('a' + rng() % 4));
    for (auto& [seq, what] : model.entries)
      what.who.erase(std::remove(what.who.begin()
                                   + static_cast<std::ptrdiff_t>(what.expanded),
                                 what.who.end(), id),
                     what.who.end());
    std::erase_if(model.entries, [](auto& x) { return x.second.who.empty(); });
    aut.remove(id);
  }

  std::mt19937 rng;
  window aut;
  oracle model;
  sequence last = 0;
  sequence before = 0;
};

TEST(window, agrees_with_a_plain_model_whatever_happens) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    window_model both{seed};
    for (int i = 0; i < 200 && !testing::Test::HasFatalFailure(); ++i) {
      both.step();
      both.check();
    }
    both.finish();
    if (testing::Test::HasFatalFailure())
      return;
  }
}

} // namespace herald::test
