#include "actors/registry/subscription_operation.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace herald::test {
namespace {

constexpr unix_ms now = 1'000'000;

/// A row, and words for what is done to it. The topic is a predicate in the
/// spelling that is given.
class a_row : public testing::Test {
protected:
  std::optional<subscription> row;
  operation_effect effect;

  void apply(operation what) {
    effect = {};
    herald::apply(what, row, now, effect);
  }

  void ask(const std::string& topic, bool subscribe, bool skip = false) {
    intent_request asked;
    asked.topic = topic;
    asked.topic_key = "shop.order";
    asked.callback = "http://sub/cb";
    asked.what.subscribe = subscribe;
    asked.what.lease_seconds = 1000;
    asked.skip_verification = skip;
    operation next;
    next.asked = std::make_shared<const intent_request>(std::move(asked));
    next.sent_at = now;
    next.heads = {7};
    apply(std::move(next));
  }

  /// The callback's word on what is pending.
  void conclude(operation::kind how) {
    operation next;
    next.what = how;
    next.about = row->pending.value();
    next.sent_at = now;
    next.heads = {7};
    apply(std::move(next));
  }

  void have_subscription(const std::string& topic) {
    ask(topic, true, true);
    ASSERT_TRUE(row && row->active);
  }
};

TEST_F(a_row, first_word_is_pending_and_not_active) {
  ask("Shop.Order", true);
  EXPECT_TRUE(effect.changed);
  ASSERT_TRUE(row);
  EXPECT_FALSE(row->active);
  EXPECT_EQ(row->pending->topic, "Shop.Order");
  conclude(operation::kind::confirm);
  EXPECT_TRUE(effect.activated);
  EXPECT_TRUE(row->active);
  EXPECT_FALSE(row->pending);
  EXPECT_EQ(row->topic, "Shop.Order");
  EXPECT_EQ(row->starts, std::vector<sequence>{7});
}

TEST_F(a_row, keeps_its_spelling_until_another_is_confirmed) {
  have_subscription("Shop.Order");
  ask("SHOP.order", true);
  EXPECT_EQ(row->topic, "Shop.Order");
  EXPECT_EQ(row->pending->topic, "SHOP.order");
  conclude(operation::kind::confirm);
  EXPECT_EQ(row->topic, "SHOP.order");
  EXPECT_FALSE(effect.ended);
}

TEST_F(a_row, keeps_its_spelling_if_another_is_not_confirmed) {
  have_subscription("Shop.Order");
  ask("SHOP.order", true);
  conclude(operation::kind::give_up);
  EXPECT_EQ(row->topic, "Shop.Order");
  ask("SHOP.order", false);
  EXPECT_EQ(row->pending->topic, "SHOP.order") << "as it is asked in the GET";
  conclude(operation::kind::give_up);
  EXPECT_EQ(row->topic, "Shop.Order");
}

TEST_F(a_row, takes_the_spelling_of_who_need_not_be_asked) {
  have_subscription("Shop.Order");
  ask("SHOP.order", true, true);
  EXPECT_EQ(row->topic, "SHOP.order");
}

TEST_F(a_row, is_asked_anew_only_if_the_wish_or_its_spelling_is_new) {
  ask("Shop.Order", true);
  ask("Shop.Order", true);
  EXPECT_FALSE(effect.changed);
  ask("shop.order", true);
  EXPECT_TRUE(effect.changed);
}

TEST_F(a_row, ignores_a_word_on_a_spelling_that_was_replaced) {
  ask("Shop.Order", true);
  operation late;
  late.what = operation::kind::confirm;
  late.about = row->pending.value();
  late.heads = {7};
  ask("shop.order", true);
  apply(late);
  EXPECT_FALSE(effect.changed);
  EXPECT_FALSE(row->active);
}

} // namespace
} // namespace herald::test
