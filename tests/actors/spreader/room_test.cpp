#include "tests/actors/spreader/spreader_fixture.hpp"

// A spreader stops reading its log where one of its bounds is reached. It goes
// on as soon as there is room again, and not when something else happens.

namespace herald::test {

namespace {

using namespace std::chrono_literals;

/// Less than the patience and the interval of housekeeping, which look for
/// work by themselves.
constexpr auto a_few_commits = 200ms;

class a_full_spreader : public a_spreader {
protected:
  a_full_spreader() {
    have_only_a();
    limits.chunk_events = 4;
  }

  /// More than fits, nothing of it known but to the store.
  void fall_behind(size_t count) {
    make();
    for (; count > 1; --count)
      append(false);
    append();
  }
};

} // namespace

TEST_F(a_full_spreader, makes_room_as_soon_as_its_window_is_settled) {
  limits.window_events = 8;
  answer_all(200);
  fall_behind(100);
  EXPECT_EQ(posted_to('a').size(), 100u);
}

TEST_F(a_full_spreader, makes_room_for_bytes_as_soon_as_they_are_settled) {
  limits.window_bytes = 16;
  answer_all(200);
  fall_behind(100);
  EXPECT_EQ(posted_to('a').size(), 100u);
}

TEST_F(a_full_spreader, passes_at_once_what_a_lag_row_stands_for) {
  limits.window_events = 8;
  registry->who = {subscriber_named('a'), subscriber_named('b')};
  answer_all(200);
  make();
  pause('a');
  for (auto i = 0; i < 50; ++i)
    append(false);
  append();
  EXPECT_EQ(posted_to('b').size(), 51u);
  EXPECT_TRUE(posted_to('a').empty());
}

TEST_F(a_full_spreader, goes_on_when_its_rows_are_written) {
  limits.uncommitted = 4;
  answer_all(503);
  fall_behind(12);
  pass(a_few_commits);
  EXPECT_EQ(rows(), 12u);
}

} // namespace herald::test
