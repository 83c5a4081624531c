#include "actors/janitor.hpp"
#include "tests/actors/engine_fixture.hpp"
#include "tests/support/deterministic_actors.hpp"

#include <gtest/gtest.h>

namespace herald::test {

using namespace std::chrono_literals;

using a_janitor_once = with_store;

/// An event that nobody was told of vanished, and no dead letter said so.
TEST_F(a_janitor_once, trims_nothing_that_is_not_spread_yet) {
  for (int i = 0; i < 10; ++i)
    store_event(event_of("e" + std::to_string(i))); // Accepted in 1970.
  janitor_options options;
  options.retention.events = 1h;
  options.owned = db->acquire("node", 1, 1h, {}).value();
  options.store = keeper;
  options.time = time;
  options.state = std::make_shared<health>();
  options.system_time = [this] { return wall(); };
  options.portion = 3;
  disk->partitions[0].cursors[0] = 7;
  spawn(janitor, options);
  for (int i = 0; i < 70; ++i)
    advance(1s);
  EXPECT_EQ(stored(), (std::vector<sequence>{8, 9, 10}));
  disk->partitions[0].cursors[0] = 10;
  for (int i = 0; i < 70; ++i)
    advance(1s);
  EXPECT_TRUE(stored().empty());
}

} // namespace herald::test
