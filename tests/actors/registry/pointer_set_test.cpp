#include "actors/registry/pointer_set.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace herald {
namespace {

struct item {
  int key;
  size_t hash;
};

struct traits {
  static size_t hash(const item* what) { return what->hash; }
};

class the_set : public ::testing::Test {
protected:
  pointer_set<const item*, traits> set;
  std::deque<item> items;

  const item* add(int key, size_t hash) {
    auto& what = items.emplace_back(item{key, hash});
    set.insert(hash, &what);
    return &what;
  }

  const item* find(int key, size_t hash) {
    auto at = place(key, hash);
    return at ? *at : nullptr;
  }

  const item** place(int key, size_t hash) {
    return set.find(hash, [key](const item* x) { return x->key == key; });
  }

  std::multiset<int> all(size_t step) const {
    std::multiset<int> result;
    size_t at = 0;
    do
      at = set.visit(at, step, [&](const item* x) { result.insert(x->key); });
    while (at != 0);
    return result;
  }
};

TEST_F(the_set, is_empty_at_first) {
  EXPECT_EQ(find(1, 1), nullptr);
  EXPECT_EQ(set.size(), 0u);
  EXPECT_EQ(set.slots(), 0u) << "it takes no memory";
  EXPECT_EQ(all(10), std::multiset<int>{});
}

TEST_F(the_set, follows_no_pointer_in_vain) {
  for (int i = 0; i < 1000; ++i)
    add(i, static_cast<size_t>(i));
  size_t followed = 0;
  for (size_t i = 1000; i < 11'000; ++i)
    set.find(i, [&](const item*) { return ++followed, false; });
  EXPECT_LT(followed, 1000u) << "of 10,000 look-ups";
}

TEST_F(the_set, replaces_an_element_in_its_place) {
  add(1, 7);
  item other{1, 7};
  *place(1, 7) = &other;
  EXPECT_EQ(find(1, 7), &other);
  EXPECT_EQ(set.size(), 1u);
}

TEST_F(the_set, stays_within_a_few_bytes_for_each_element) {
  for (int i = 0; i < 100'000; ++i)
    add(i, static_cast<size_t>(i) * 31);
  EXPECT_GT(set.size() * 2, set.slots());
  EXPECT_LE(set.size() * 8, set.slots() * 7);
}

TEST_F(the_set, visits_every_element_once) {
  std::multiset<int> expected;
  for (int i = 0; i < 100; ++i) {
    add(i, static_cast<size_t>(i % 7));
    expected.insert(i);
  }
  for (size_t step : {1, 3, 1000})
    EXPECT_EQ(all(step), expected) << step;
  EXPECT_EQ(all(SIZE_MAX), expected);
}

TEST_F(the_set, misses_none_that_stay_while_others_leave) {
  for (int i = 0; i < 100; ++i)
    add(i, static_cast<size_t>(i));
  std::multiset<int> seen;
  size_t at = 0;
  do {
    std::vector<int> leave;
    at = set.visit(at, 8, [&](const item* x) {
      seen.insert(x->key);
      if (x->key % 4 != 0)
        leave.push_back(x->key);
    });
    for (auto key : leave)
      set.erase(place(key, static_cast<size_t>(key)));
  } while (at != 0);
  for (int i = 0; i < 100; i += 4)
    EXPECT_GE(seen.count(i), 1u) << i;
}

// Few hashes, so that elements stand in each other's way, over the end too.
TEST_F(the_set, agrees_with_a_map) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 rng{seed};
    set.clear();
    std::map<int, const item*> expected;
    auto hashes = 1 + rng() % 64;
    auto bits = rng() % 2 == 0 ? 0 : 40; // Only the high bits differ.
    auto hash_of
      = [&](int key) { return (static_cast<size_t>(key) % hashes) << bits; };
    for (int step = 0; step < 1000; ++step) {
      auto key = static_cast<int>(rng() % 200);
      if (auto i = expected.find(key); i == expected.end()) {
        ASSERT_EQ(find(key, hash_of(key)), nullptr);
        expected.emplace(key, add(key, hash_of(key)));
      } else if (rng() % 2) {
        set.erase(place(key, hash_of(key)));
        expected.erase(i);
      }
      ASSERT_EQ(set.size(), expected.size());
      for (auto& [each, what] : expected)
        ASSERT_EQ(find(each, hash_of(each)), what) << each;
    }
  }
}

} // namespace
} // namespace herald
