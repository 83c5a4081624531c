// How long a connection to a subscriber is used: a name that moves takes its
// deliveries along, also where the old server goes on answering.
#include "tests/end_to_end/support/websub.hpp"

#include <fstream>

#include <unistd.h>

using namespace herald::end_to_end;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

class connection_age : public websub {
public:
  void start_aged(const std::string& age) {
    start_with({"--threads", "1", "--delivery-connection-age", age});
  }

  /// Publishes and waits until the node is done with it, so that the next one
  /// finds its connection free.
  bool deliver(const receiver& to) {
    publish("a", "x");
    return to.wait_for_deliveries(++sent_) && eventually([&] {
             return shown("a", to.url(), "pending") == "0";
           });
  }

private:
  size_t sent_ = 0;
};

/// An /etc/hosts for one process, in which one name moves.
class private_hosts {
public:
  static bool can_be_had() {
    return ::geteuid() == 0 && run({"unshare", "-m", "true"}).code == 0;
  }

  void point_to(const std::string& address) {
    std::ofstream{file()} << "127.0.0.1 localhost\n"
                          << address << " moving.test\n";
  }

  /// The command line that runs the words with it.
  std::vector<std::string> around(std::vector<std::string> words) const {
    words.insert(words.begin(), {"unshare", "-m", "sh", "-c",
                                 "mount --bind " + file()
                                   + " /etc/hosts && exec \"$0\" \"$@\""});
    return words;
  }

private:
  std::string file() const { return folder_.path() / "hosts"; }

  temp_folder folder_;
};

http_message publish_at(uint16_t port) {
  return request(port, "POST", "/events?topic=a",
                 {{"Content-Type", "text/plain"}}, "x");
}

} // namespace

TEST_F(connection_age, a_connection_that_is_always_busy_ends_too) {
  start_aged("200ms");
  receiver to;
  subscribe("a", to.url());
  ASSERT_TRUE(deliver(to));
  auto before = to.connections();
  EXPECT_TRUE(
    eventually([&] { return deliver(to) && to.connections() > before; }));
}

TEST_F(connection_age, a_connection_is_kept_until_then) {
  start_aged("1h");
  receiver to;
  subscribe("a", to.url());
  ASSERT_TRUE(deliver(to));
  auto before = to.connections();
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(deliver(to));
  EXPECT_EQ(to.connections(), before);
}

TEST_F(connection_age, no_age_is_a_connection_for_each) {
  start_aged("0ms");
  receiver to;
  subscribe("a", to.url());
  auto before = to.connections();
  for (size_t i = 1; i <= 5; ++i) {
    ASSERT_TRUE(deliver(to));
    EXPECT_EQ(to.connections(), before + i);
  }
}

TEST_F(connection_age, is_a_minute_by_default) {
  auto listed = run({HERALD_BINARY, "config", "show"});
  auto line
    = listed.output.substr(listed.output.find("delivery-connection-age"));
  line.resize(line.find('\n'));
  EXPECT_THAT(line, ::testing::AnyOf(HasSubstr(" 60s "), HasSubstr(" 1m ")));
}

TEST_F(connection_age, a_name_that_moves_takes_its_deliveries_along) {
  if (!private_hosts::can_be_had())
    GTEST_SKIP() << "needs root, for an /etc/hosts of its own";
  private_hosts hosts;
  hosts.point_to("127.0.0.1");
  temp_folder data;
  child_process node{hosts.around(node_process::command(
    data.path() / "data",
    {"--delivery-connection-age", "300ms", "--intergov-verify", "false"}))};
  auto ready = node.read_line().value_or("");
  ASSERT_THAT(ready, StartsWith("herald ready on ")) << node.complaints();
  auto port
    = static_cast<uint16_t>(std::stoul(ready.substr(ready.rfind(':') + 1)));
  receiver old_home;
  receiver new_home{"127.0.0.2", old_home.port()};
  auto callback = "http://moving.test:" + std::to_string(old_home.port()) + "/";
  auto joined = post_form(port, "/subscriptions",
                          {{"hub.mode", "subscribe"},
                           {"hub.topic", "a"},
                           {"hub.callback", callback}});
  ASSERT_EQ(joined.status(), 202) << joined.body;
  ASSERT_EQ(publish_at(port).status(), 202);
  ASSERT_TRUE(old_home.wait_for_deliveries(1));
  hosts.point_to("127.0.0.2");
  size_t sent = 1;
  EXPECT_TRUE(eventually([&] {
    publish_at(port);
    ++sent;
    return eventually([&] {
             return old_home.deliveries().size() + new_home.deliveries().size()
                    >= sent;
           })
           && !new_home.deliveries().empty();
  }))
    << "the old one was called " << old_home.deliveries().size() << " times";
}
