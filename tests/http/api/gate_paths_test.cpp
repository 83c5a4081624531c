#include "tests/http/api/gate_fixture.hpp"

using herald::test::the_gate;

TEST_F(the_gate, takes_targets_with_and_without_the_path_of_the_base_url) {
  settings.base_url = "https://hub.example.org/a/b";
  EXPECT_EQ(routed("/a/b/events?x=/a/b"), "/events?x=/a/b");
  EXPECT_EQ(routed("/events?x=1"), "/events?x=1");
  EXPECT_EQ(routed("/a/b"), "/");
  EXPECT_EQ(routed("/a/b/"), "/");
  EXPECT_EQ(routed("/a/b?x"), "/?x");
  EXPECT_EQ(routed("/a/bc/events"), "/a/bc/events");
  EXPECT_EQ(routed("/a"), "/a");
  EXPECT_EQ(routed("/A/b/events"), "/A/b/events");
  EXPECT_EQ(routed("/"), "/");
  EXPECT_EQ(routed("/a/b/a/b/hub"), "/a/b/a/b/hub"); // Once only.
}

// A proxy in front may take the path off, and what is left may look like it.
TEST_F(the_gate, takes_a_base_url_that_is_called_like_a_route) {
  settings.base_url = "https://hub.example.org/events";
  EXPECT_EQ(routed("/events"), "/events");
  EXPECT_EQ(routed("/events?x"), "/events?x");
  EXPECT_EQ(routed("/events/events"), "/events");
  EXPECT_EQ(routed("/events/hub"), "/hub");
  EXPECT_EQ(routed("/hub"), "/hub");
  EXPECT_EQ(routed("/events/01J"), "/events/01J");
  EXPECT_EQ(routed("/events/events/01J"), "/events/01J");
  settings.base_url = "https://hub.example.org/hub";
  EXPECT_EQ(routed("/hub"), "/hub");
  EXPECT_EQ(routed("/hub/hub"), "/hub");
  EXPECT_EQ(routed("/hub/"), "/");
}

TEST_F(the_gate, takes_scheme_and_authority_off_absolute_targets) {
  EXPECT_EQ(routed("http://localhost/events?x=1"), "/events?x=1");
  EXPECT_EQ(routed("HTTPS://hub.example.org:443/events"), "/events");
  EXPECT_EQ(routed("http://localhost"), "/");
  EXPECT_EQ(routed("http://localhost?x"), "/?x");
  EXPECT_EQ(routed("/a/b/events"), "/a/b/events");
  settings.base_url = "https://hub.example.org/a/b";
  EXPECT_EQ(routed("https://hub.example.org/a/b/hub"), "/hub");
  EXPECT_EQ(routed("https://hub.example.org/a/b"), "/");
  EXPECT_EQ(routed("https://hub.example.org/hub"), "/hub");
}
