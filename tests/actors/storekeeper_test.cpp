#include "tests/actors/engine_fixture.hpp"
#include "tests/actors/engine_values.hpp"
#include "tests/support/deterministic_actors.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace herald::test {

namespace {

using namespace std::chrono_literals;
using revisions = std::vector<caf::expected<uint64_t>>;
using changes = std::shared_ptr<std::vector<subscription_change>>;

changes to_put(std::initializer_list<uint8_t> letters,
               std::optional<uint64_t> expected = std::nullopt) {
  std::vector<subscription_change> result;
  for (auto letter : letters)
    result.push_back({subscription_of(letter), false, expected});
  return std::make_shared<std::vector<subscription_change>>(std::move(result));
}

class a_storekeeper : public with_store {
protected:
  /// How often the store was asked to change subscriptions.
  std::shared_ptr<size_t> calls = std::make_shared<size_t>(0);

  a_storekeeper() {
    disk->fault = [calls = calls](std::string_view call, fault_at when) {
      if (call == "change" && when == fault_at::before)
        ++*calls;
      return caf::error{};
    };
  }

  auto put(const changes& what) {
    return self->request(keeper, 60min, atom::change_v, what);
  }

  bool holds(uint8_t letter) { return db->get(id_of(letter))->has_value(); }
};

} // namespace

TEST_F(a_storekeeper, writes_the_changes_that_wait_together) {
  auto first = put(to_put({'a', 'b'}));
  auto second = put(to_put({'c'}));
  run();
  auto of_first = outcome<revisions>(first);
  auto of_second = outcome<revisions>(second);
  ASSERT_TRUE(of_first && of_second);
  EXPECT_EQ(of_first->size(), 2u);
  EXPECT_EQ(of_second->size(), 1u);
  EXPECT_TRUE(holds('a') && holds('b') && holds('c'));
  EXPECT_EQ(*calls, 1u);
  auto third = put(to_put({'d'}));
  run();
  EXPECT_TRUE(outcome<revisions>(third));
  EXPECT_EQ(*calls, 2u);
}

TEST_F(a_storekeeper, tells_each_what_became_of_its_changes) {
  auto first = put(to_put({'a'}));
  auto stale = put(to_put({'a'}, 77));
  auto last = put(to_put({'b', 'c'}));
  run();
  auto of_first = outcome<revisions>(first);
  auto of_stale = outcome<revisions>(stale);
  auto of_last = outcome<revisions>(last);
  ASSERT_TRUE(of_first && of_stale && of_last);
  auto revision
    = [&](uint8_t letter) { return (*db->get(id_of(letter)))->revision; };
  EXPECT_EQ(*of_first, (revisions{revision('a')}));
  ASSERT_EQ(of_stale->size(), 1u);
  EXPECT_EQ(code_of(of_stale->front().error()), errc::conflict);
  EXPECT_EQ(*of_last, (revisions{revision('b'), revision('c')}));
}

TEST_F(a_storekeeper, tells_everybody_that_the_store_failed) {
  fail_next("change", fault_at::before, errc::full, 1);
  auto first = put(to_put({'a'}));
  auto second = put(to_put({'b'}));
  run();
  EXPECT_EQ(code_of(outcome<revisions>(first).error()), errc::full);
  EXPECT_EQ(code_of(outcome<revisions>(second).error()), errc::full);
  EXPECT_FALSE(holds('a') || holds('b'));
  auto third = put(to_put({'c'}));
  run();
  EXPECT_TRUE(outcome<revisions>(third));
}

} // namespace herald::test
