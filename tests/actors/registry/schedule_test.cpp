#include "tests/actors/registry/registry_fixture.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <utility>

namespace herald::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// Random requests at random moments, while store and callbacks fail at random.
struct any_schedule : a_registry {
  static constexpr int callbacks = 4;

  static std::string callback(unsigned i) {
    return "http://s/" + std::to_string(i);
  }

  void fail_at_random() {
    disk->fault = [&](std::string_view call, fault_at) {
      return call != "get" && rng() % 8 == 0
               ? fail(errc::unavailable, "The store failed.")
               : caf::error{};
    };
    net.on_fetch = [&](const fetch_request& request) {
      auto reply = *echo(request);
      if (rng() % 3 == 0)
        reply = fetched(rng() % 2 ? 404 : 500);
      return std::optional{reply};
    };
  }

  void ask_at_random() {
    auto what
      = wish(feed, callback(rng() % callbacks), std::to_string(rng() % 3));
    what.what.subscribe = rng() % 3 != 0;
    what.skip_verification = rng() % 4 == 0;
    what.denied = rng() % 8 == 0 ? "no" : "";
    if (rng() % 8 == 0)
      tell_remove(what.id);
    else
      tell(what);
    for (auto steps = rng() % 6; steps > 0 && run_any(rng); --steps)
      continue;
    if (rng() % 4 == 0)
      move_clock(std::chrono::milliseconds{rng() % 3000});
  }

  void heal() {
    disk->fault = nullptr;
    net.on_fetch = echo;
    for (int i = 0; i < 10; ++i)
      advance(30s);
  }

  /// A failed write may have written: any further word finds that out.
  void subscribe_all() {
    for (int i = 0; i < callbacks; ++i) {
      EXPECT_TRUE(subscribe(feed, callback(i), "last"));
      advance(2s);
    }
  }

  void expect_all_subscribed() {
    for (int i = 0; i < callbacks; ++i) {
      auto row = stored(id_of(feed, callback(i)));
      ASSERT_TRUE(row);
      EXPECT_TRUE(row->active);
      EXPECT_FALSE(row->pending);
      EXPECT_EQ(row->secret, "last");
      EXPECT_EQ(active_secret(row->id), "last");
    }
    EXPECT_EQ(receivers(feed).size(), 4U);
  }

  void remove_all() {
    for (int i = 0; i < callbacks; ++i)
      remove(id_of(feed, callback(i)));
    EXPECT_THAT(receivers(feed), IsEmpty());
  }

  /// Of what the spreader was told.
  void expect_every_life_ended() {
    std::map<std::string, bool> alive;
    for (auto& each : take_news()) {
      auto who = each.substr(each.find(' ') + 1, 32);
      if (each.starts_with("changed")) {
        alive[who] = true;
      } else if (each.starts_with("ended")) {
        EXPECT_TRUE(std::exchange(alive[who], false)) << who;
      }
    }
    for (auto& [who, is] : alive)
      EXPECT_FALSE(is) << who;
  }

  std::mt19937 rng;
};

// Whatever the order of messages and the faults: what is stored, what is
// indexed and what the spreader was told agree in the end.
TEST_F(any_schedule, leaves_a_registry_consistent) {
  kill(aut);
  for (unsigned seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    rng.seed(seed);
    boot();
    take_news();
    fail_at_random();
    for (int i = 0; i < 60; ++i)
      ask_at_random();
    run_shuffled(rng);
    heal();
    subscribe_all();
    expect_all_subscribed();
    remove_all();
    expect_every_life_ended();
    kill(aut);
  }
}

} // namespace
} // namespace herald::test
