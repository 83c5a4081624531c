#include "tests/http/client/client_fixture.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

/// Requests to `/hang` are never answered, all others at once.
void hang_or_answer(raw_peer& peer) {
  while (auto request = peer.request()) {
    if (request->starts_with("POST /hang"))
      return peer.wait_closed();
    peer.send(ok);
  }
}

/// Only what the client gives up early ends what hangs within a test.
class client_fairness : public client_fixture {
protected:
  client_fairness() {
    options.delivery.timeout = 1h;
    options.patience = 1h;
  }

  void hang(const sender& who, size_t n = 1, bool again = false) {
    std::vector<post_request> what;
    for (uint64_t i = 0; i < n; ++i) {
      what.push_back(request(to(sick.url("/hang")), i));
      what.back().again = again;
    }
    client().post(who.handle, std::move(what));
  }

  /// One request each.
  std::vector<sender> hang_all(size_t n, bool again = false) {
    std::vector<sender> result;
    for (size_t i = 0; i < n; ++i) {
      result.push_back(make_sender());
      hang(result.back(), 1, again);
    }
    return result;
  }

  void wait_for(uint64_t in_flight, uint64_t waiting) {
    auto& seen = client().stats();
    auto end = std::chrono::steady_clock::now() + 20s;
    while (seen.in_flight != in_flight || seen.waiting != waiting) {
      ASSERT_LT(std::chrono::steady_clock::now(), end)
        << seen.in_flight << " in flight, " << seen.waiting << " waiting";
      std::this_thread::yield();
    }
  }

  /// How many of them have an answer.
  static size_t ended(std::vector<sender>& who) {
    return static_cast<size_t>(std::count_if(
      who.begin(), who.end(), [](auto& x) { return x.box->count() > 0; }));
  }

  /// At least so long, with several looks at the deadlines.
  void let_time_pass() {
    raw_server elsewhere{[](raw_peer& peer) { peer.wait_closed(); }};
    fetch_request what;
    what.to = to(elsewhere.url());
    what.timeout = 200ms;
    EXPECT_EQ(fetch(what).outcome.why, failure::timeout);
  }

  raw_server sick{hang_or_answer};
  raw_server well{always(ok)};
};

} // namespace

// -- what is in flight in all -------------------------------------------------

TEST_F(client_fairness, keeps_places_from_a_backlog_that_hangs) {
  options.total_in_flight = 4;
  hang(make_sender(), 100);
  wait_for(3, 97);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(post_one(well.url()).status, 204);
}

TEST_F(client_fairness, keeps_half_from_retries) {
  options.total_in_flight = 4;
  hang_all(100, true);
  wait_for(2, 98);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(post_one(well.url()).status, 204);
}

TEST_F(client_fairness, gives_up_who_hangs_for_who_has_nothing) {
  options.total_in_flight = 4;
  options.patience = 20ms;
  auto stuck = hang_all(50);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(post_one(well.url()).status, 204);
  EXPECT_EQ(stuck[2].box->wait(1).at(0).outcome.why, failure::timeout);
}

TEST_F(client_fairness, never_exceeds_the_limit) {
  options.total_in_flight = 4;
  options.patience = 5ms;
  auto stuck = hang_all(20);
  auto busy = make_sender();
  for (uint64_t i = 0; i < 200; ++i)
    post(busy, well.url(), i);
  for (size_t seen = 0; seen < 200; seen = busy.box->count())
    ASSERT_LE(client().stats().in_flight, 4u);
}

TEST_F(client_fairness, lets_half_stay_for_as_long_as_they_may_take) {
  options.total_in_flight = 4;
  options.patience = 20ms;
  auto stuck = hang_all(2);
  wait_for(2, 0);
  auto others = hang_all(20);
  for (auto i = size_t{0}; i < 18; ++i)
    others[i].box->wait(1);
  EXPECT_EQ(ended(stuck), 0u);
  EXPECT_EQ(client().stats().given_up, 18u);
}

TEST_F(client_fairness, gives_nobody_up_while_nobody_waits) {
  options.total_in_flight = 4;
  options.patience = 1ms;
  auto stuck = hang_all(3);
  wait_for(3, 0);
  let_time_pass();
  EXPECT_EQ(ended(stuck), 0u);
}

TEST_F(client_fairness, gives_nobody_up_for_a_retry_or_one_more) {
  options.total_in_flight = 4;
  options.patience = 1ms;
  auto stuck = hang_all(2);
  hang(stuck[0], 10);
  auto retries = hang_all(10, true);
  let_time_pass();
  EXPECT_EQ(ended(stuck), 0u);
  EXPECT_EQ(ended(retries), 0u);
}

// -- connections of an origin -------------------------------------------------

TEST_F(client_fairness, keeps_connections_of_an_origin_from_a_backlog) {
  options.origin_connections = 4;
  hang(make_sender(), 100);
  wait_for(3, 97);
  EXPECT_EQ(post_one(sick.url("/ok")).status, 204);
}

TEST_F(client_fairness, keeps_connections_of_an_origin_from_retries) {
  options.origin_connections = 4;
  hang_all(100, true);
  wait_for(2, 98);
  EXPECT_EQ(post_one(sick.url("/ok")).status, 204);
}

TEST_F(client_fairness, gives_up_who_hangs_at_the_same_origin) {
  options.origin_connections = 4;
  options.patience = 20ms;
  auto stuck = hang_all(50);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(post_one(sick.url("/ok")).status, 204);
}

TEST_F(client_fairness, gives_nobody_up_at_another_origin) {
  options.origin_connections = 4;
  options.patience = 1ms;
  raw_server other{[](raw_peer& peer) { peer.wait_closed(); }};
  auto elsewhere = make_sender();
  for (uint64_t i = 0; i < 3; ++i)
    post(elsewhere, other.url(), i);
  wait_for(3, 0);
  auto stuck = hang_all(20);
  for (auto i = size_t{2}; i < 18; ++i)
    stuck[i].box->wait(1);
  EXPECT_EQ(elsewhere.box->count(), 0u);
}
