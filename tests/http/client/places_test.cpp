#include "http/client/places.hpp"

#include <gtest/gtest.h>

using namespace herald;

namespace {

/// How many of one claim get a place when nobody gives one back.
size_t most(client_places places, client_claim what, size_t taken = 0) {
  size_t got = 0;
  while (places.allow(what, taken + got, what == client_claim::again ? got : 0))
    ++got;
  return got;
}

} // namespace

TEST(client_places, give_all_of_them_to_those_who_have_none) {
  for (size_t all = 1; all < 50; ++all)
    EXPECT_EQ(most({all}, client_claim::first), all);
}

TEST(client_places, keep_a_quarter_from_those_who_have_some) {
  EXPECT_EQ(most({4096}, client_claim::more), 3072u);
  EXPECT_EQ(most({4}, client_claim::more), 3u);
}

TEST(client_places, give_half_to_those_who_failed) {
  EXPECT_EQ(most({4096}, client_claim::again), 2048u);
  EXPECT_EQ(most({5}, client_claim::again), 2u);
}

TEST(client_places, give_nothing_kept_to_those_who_failed) {
  EXPECT_EQ(most({4096}, client_claim::again, 3000), 72u);
}

TEST(client_places, give_everybody_something_when_they_are_few) {
  for (size_t all = 1; all < 4; ++all)
    for (auto what : client_claims)
      EXPECT_GE(most({all}, what), 1u) << all;
}

TEST(client_places, let_half_of_the_late_stay) {
  EXPECT_EQ(client_places{4096}.may_stay(), 2048u);
  EXPECT_EQ(client_places{3}.may_stay(), 2u);
  EXPECT_EQ(client_places{1}.may_stay(), 1u) << "or nobody slow is ever served";
}
