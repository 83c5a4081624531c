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

// Whatever the order of messages and the faults: what is stored, what is
// indexed and what the spreader was told agree in the end.
TEST_F(a_registry, stays_consistent_under_any_schedule) {
  kill(aut);
  for (unsigned seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 rng{seed};
    boot();
    take_news();
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
    for (int i = 0; i < 60; ++i) {
      auto what = wish(feed, "http://s/" + std::to_string(rng() % 4),
                       std::to_string(rng() % 3));
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
    run_shuffled(rng);
    disk->fault = nullptr;
    net.on_fetch = echo;
    for (int i = 0; i < 10; ++i)
      advance(30s);
    // A failed write may have written: any further word finds that out.
    for (int i = 0; i < 4; ++i) {
      EXPECT_TRUE(subscribe(feed, "http://s/" + std::to_string(i), "last"));
      advance(2s);
    }
    for (int i = 0; i < 4; ++i) {
      auto to = "http://s/" + std::to_string(i);
      auto row = stored(id_of(feed, to));
      ASSERT_TRUE(row);
      EXPECT_TRUE(row->active);
      EXPECT_FALSE(row->pending);
      EXPECT_EQ(row->secret, "last");
      EXPECT_EQ(active_secret(row->id), "last");
    }
    EXPECT_EQ(receivers(feed).size(), 4u);
    for (int i = 0; i < 4; ++i)
      remove(id_of(feed, "http://s/" + std::to_string(i)));
    EXPECT_THAT(receivers(feed), IsEmpty());
    // Each life that began also ended.
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
    kill(aut);
  }
}

} // namespace
} // namespace herald::test
