#include "http/front_end/poll_room.hpp"

#include <gtest/gtest.h>

#include <chrono>

using namespace herald;
using namespace std::chrono_literals;

namespace {

class a_poll_room : public testing::Test {
protected:
  void add(const std::string& topic, std::chrono::seconds until) {
    aut.add(topic, start + until, [this, topic](bool event) {
      told += (event ? "+" : "-") + topic + ' ';
    });
  }

  poll_room::time_point start{};
  poll_room aut;
  std::string told;
};

} // namespace

TEST_F(a_poll_room, wakes_those_who_want_the_event) {
  for (auto* topic : {"*", "a", "a.b", "a.bb", "b", "http://h/a.b"})
    add(topic, 9s);
  aut.wake("a.b");
  EXPECT_EQ(told, "+a.b +a +* ");
  EXPECT_EQ(aut.size(), 3u);
  told.clear();
  aut.wake("a.b");
  EXPECT_EQ(told, "") << "nobody twice";
  aut.wake("http://h/a.b");
  EXPECT_EQ(told, "+http://h/a.b ");
}

TEST_F(a_poll_room, tells_when_the_time_is_over) {
  add("a", 3s);
  add("b", 1s);
  add("b", 2s);
  aut.expire(start + 1s);
  EXPECT_EQ(told, "-b ");
  aut.wake("b");
  EXPECT_EQ(told, "-b +b ");
  aut.expire(start + 9s);
  EXPECT_EQ(told, "-b +b -a ");
  EXPECT_EQ(aut.size(), 0u);
}

TEST_F(a_poll_room, lets_everybody_go_when_it_closes) {
  add("a", 3s);
  add("b", 1s);
  aut.close();
  EXPECT_EQ(told, "-b -a ");
}

TEST_F(a_poll_room, takes_back_who_was_told_just_now) {
  int times = 0;
  poll_room::listener again = [&](bool) {
    ++times;
    aut.add("a", start + 5s, again);
  };
  aut.add("a", start + 5s, again);
  aut.wake("a");
  EXPECT_EQ(times, 1);
  EXPECT_EQ(aut.size(), 1u);
}
