#include "tests/actors/registry/registry_fixture.hpp"

#include <gmock/gmock.h>

namespace herald::test {
namespace {

using testing::IsEmpty;

/// Words about one pair that come at the same time. Whoever need not be
/// verified begins a life at once, but the heads of the logs have to be read
/// first.
class a_registry_in_order : public a_registry {
protected:
  static intent_request at_once(bool subscribe, const std::string& secret) {
    auto result = wish(feed, callback, secret);
    result.what.subscribe = subscribe;
    result.skip_verification = true;
    return result;
  }

  std::string secret() { return active_secret(id); }
};

TEST_F(a_registry_in_order, an_end_does_not_overtake_a_beginning) {
  tell(at_once(true, "s"));
  tell(at_once(false, {}));
  run();
  EXPECT_FALSE(stored(id));
  EXPECT_THAT(receivers(feed), IsEmpty());
}

TEST_F(a_registry_in_order, last_word_counts) {
  tell(at_once(true, "one"));
  tell_remove(id);
  tell(at_once(true, "two"));
  tell(at_once(false, {}));
  tell(at_once(true, "three"));
  run();
  EXPECT_EQ(secret(), "three");
}

TEST_F(a_registry_in_order, words_wait_behind_those_that_wait_already) {
  disk->fault
    = [this, said = false](std::string_view call, fault_at when) mutable {
        if (call == "heads" && when == fault_at::after
            && !std::exchange(said, true)) {
          tell(at_once(true, "two"));
          tell(at_once(false, {}));
        }
        return caf::error{};
      };
  tell(at_once(true, "one"));
  run();
  EXPECT_FALSE(stored(id));
}

TEST_F(a_registry_in_order, a_wish_does_not_overtake_what_makes_it_needless) {
  hold();
  tell(at_once(true, "s"));
  auto asked = wish(feed, callback, "t");
  tell(asked);
  run();
  EXPECT_EQ(secret(), "s");
  EXPECT_EQ(stored(id)->pending->secret, "t");
}

TEST_F(a_registry_in_order, an_end_is_done_though_the_beginning_has_failed) {
  have_subscription();
  fail_calls("heads", 2, errc::unavailable);
  auto other = wish(feed, callback + "/other");
  other.skip_verification = true;
  tell(other); // So that the next two wait for the same answer.
  auto begin = request(at_once(true, "new"));
  auto end = request(at_once(false, {}));
  run();
  EXPECT_FALSE(begin());
  EXPECT_TRUE(end());
  EXPECT_FALSE(stored(id));
}

TEST_F(a_registry_in_order, other_pairs_wait_for_nobody) {
  tell(at_once(true, "s"));
  auto other = wish(feed, callback + "/other");
  other.what.subscribe = false;
  auto answer = request(std::move(other));
  run_first(aut);
  EXPECT_TRUE(has_answer());
  run();
  EXPECT_TRUE(answer());
  EXPECT_EQ(secret(), "s");
}

} // namespace
} // namespace herald::test
