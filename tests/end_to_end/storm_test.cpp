// Many subscriptions at once must not become an attack on one host.
#include "tests/end_to_end/support/fixture.hpp"
#include "tests/end_to_end/support/websub.hpp"

#include <atomic>

using namespace herald::end_to_end;

namespace {

class storm : public websub {};

constexpr int subscriptions = 600;
constexpr int connections = 16;

} // namespace

TEST_F(storm, of_subscriptions_asks_one_host_a_few_at_a_time) {
  start_with({"--delivery-origin-connections", std::to_string(connections)});
  receiver to;
  std::atomic<int> open{0};
  std::atomic<int> most{0};
  to.on_challenge(held([&](const http_message& request) {
    most = std::max<int>(most, ++open);
    return echo_last(request);
  }));
  for (int i = 0; i < subscriptions; ++i)
    ASSERT_EQ(hub("subscribe", feed, to.url("/" + std::to_string(i))).status(),
              202);
  for (size_t seen = 0; seen < subscriptions;) {
    ASSERT_TRUE(to.wait_for_challenges(seen + 1));
    seen = to.challenges().size();
    open = 0;
    to.release();
  }
  EXPECT_LE(most, connections);
  EXPECT_TRUE(wait_for_state(feed, to.url("/0"), "active"));
}

TEST_F(storm, of_requests_for_one_pair_asks_it_one_at_a_time) {
  start();
  receiver to;
  to.on_challenge(held([](const http_message& x) { return echo_last(x); }));
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(hub("subscribe", feed, to.url(),
                  {{"hub.secret", "secret " + std::to_string(i)}})
                .status(),
              202);
  ASSERT_TRUE(to.wait_for_challenges(1));
  EXPECT_EQ(to.challenges().size(), 1u);
  to.release();
  // The newest word is asked about next, and it is the last.
  ASSERT_TRUE(to.wait_for_challenges(2));
  to.release();
  ASSERT_TRUE(wait_for_state(feed, to.url(), "active"));
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries()[0];
  EXPECT_EQ(got.field("X-Hub-Signature"),
            signature("sha256", "secret 99", got));
  EXPECT_EQ(to.challenges().size(), 2u);
}
