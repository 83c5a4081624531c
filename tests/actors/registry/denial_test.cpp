#include "tests/actors/registry/registry_fixture.hpp"

#include <gmock/gmock.h>

namespace herald::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(a_registry, websub_34_an_operator_ends_a_subscription_and_says_so) {
  have_subscription();
  EXPECT_TRUE(deny(id, "closed for good"));
  EXPECT_FALSE(stored(id));
  EXPECT_THAT(receivers(feed), IsEmpty());
  EXPECT_THAT(last_path(), HasSubstr("hub.mode=denied"));
  EXPECT_THAT(last_path(), HasSubstr("hub.reason=closed%20for%20good"));
  EXPECT_EQ(code_of(deny(id, "again").error()), errc::not_found);
}

TEST_F(a_registry, websub_34_denies_at_the_start_what_policy_refuses_by_now) {
  have_subscription();
  EXPECT_TRUE(subscribe("UN.CEFACT.*", "http://sub/other"));
  topics.allow = {"un.*"};
  auto before = net.fetches().size();
  restart();
  EXPECT_FALSE(stored(id));
  EXPECT_THAT(receivers(feed), IsEmpty());
  EXPECT_THAT(receivers("un.cefact.a"), ElementsAre("http://sub/other"));
  ASSERT_EQ(net.fetches().size(), before + 1);
  EXPECT_THAT(last_path(), HasSubstr("hub.mode=denied"));
}

TEST_F(a_registry, websub_34_denials_at_the_start_are_bounded) {
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(subscribe(feed, "http://s" + std::to_string(i) + "/"));
  topics.allow = {"none"};
  limits.denials = 4;
  auto before = net.fetches().size();
  hold();
  restart();
  EXPECT_LE(net.held_fetches().size(), 2u);
  net.on_fetch = [](const fetch_request&) { return fetched(200); };
  for (auto index : net.held_fetches())
    net.release_fetch(index, fetched(200));
  run();
  EXPECT_EQ(net.fetches().size(), before + 20);
  EXPECT_THAT(receivers(feed), IsEmpty());
}

TEST_F(a_registry, counts_who_wants_a_topic_now) {
  EXPECT_EQ(count(feed), 0u);
  have_subscription();
  hold();
  EXPECT_TRUE(subscribe(feed, "http://sub/pending"));
  EXPECT_EQ(count(feed), 1u);
  EXPECT_EQ(count("http://pub/other"), 0u);
  advance(std::chrono::seconds{lease} + 1s);
  EXPECT_EQ(count(feed), 0u);
}

} // namespace
} // namespace herald::test
