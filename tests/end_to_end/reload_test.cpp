// SIGHUP: what a node reads anew, what it leaves as it is, and that it never
// ends by it, but where a terminal goes away.
#include "tests/end_to_end/support/call_outcomes.hpp"
#include "tests/end_to_end/support/raw_http.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

using namespace herald::end_to_end;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

size_t times_in(const std::string& what, const std::string& in) {
  size_t result = 0;
  for (auto i = in.find(what); i != std::string::npos; i = in.find(what, i + 1))
    ++result;
  return result;
}

class reload : public call_outcomes {
public:
  /// Starts a node that reads `text` from its file.
  void start_on(const std::string& text,
                const std::vector<std::string>& more = {}) {
    write(text);
    std::vector<std::string> args{"--config", file()};
    args.insert(args.end(), more.begin(), more.end());
    start_unverified(args);
  }

  std::string file() const { return folder_.path() / "herald.toml"; }

  void write(const std::string& text) const { std::ofstream{file()} << text; }

  /// Hangs up and waits until the log says `word` once more.
  bool hang_up(const std::string& word) {
    auto before = times_in(word, node().complaints());
    node().signal(SIGHUP);
    return eventually([&] {
             return times_in(word, node().complaints()) > before || is_over();
           })
           && !is_over();
  }

  /// Reads a new file, which is right.
  bool reload_with(const std::string& text) {
    write(text);
    return hang_up("config reloaded");
  }

  /// Reads a new file, which is wrong.
  bool fail_with(const std::string& text) {
    write(text);
    return hang_up("not_reloaded");
  }

  /// Sends an event to a callback that has no subscription yet, and waits for
  /// it; else the error of the attempt.
  std::string fate_at(const receiver& to, const std::string& topic) {
    join_unverified(topic, to.url());
    auto count = to.deliveries().size() + 1;
    publish(topic, "x");
    auto attempts
      = "/subscriptions/" + shown(topic, to.url(), "id") + "/attempts";
    auto known = eventually([&] {
      return to.deliveries().size() >= count
             || get(attempts).body.find("\"error\":") != std::string::npos;
    });
    if (!known || to.deliveries().size() >= count)
      return known ? "delivered" : "nothing";
    return first_error(topic, to.url());
  }

private:
  bool is_over() {
    return node().wait(std::chrono::milliseconds{0}).has_value();
  }

  temp_folder folder_;
};

/// A terminal of which a child can get the other end.
class reload_terminal {
public:
  reload_terminal() : fd_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (fd_ >= 0 && ::grantpt(fd_) == 0 && ::unlockpt(fd_) == 0)
      name_ = ::ptsname(fd_);
  }

  ~reload_terminal() { ::close(fd_); }

  reload_terminal(const reload_terminal&) = delete;
  reload_terminal& operator=(const reload_terminal&) = delete;

  /// Empty if there is none to be had.
  const std::string& name() const { return name_; }

  /// The command line that runs the words with it as standard input.
  std::vector<std::string> around(std::vector<std::string> words) const {
    words.insert(words.begin(), {"sh", "-c", "exec \"$0\" \"$@\" <" + name_});
    return words;
  }

private:
  int fd_;
  std::string name_;
};

} // namespace

// -- what is read anew --------------------------------------------------------

TEST_F(reload, addresses_that_may_not_be_called_any_more_are_not) {
  start_on("");
  receiver to;
  EXPECT_EQ(fate_at(to, "first"), "delivered");
  ASSERT_TRUE(reload_with("[callbacks]\ndeny = [\"127.0.0.0/8\"]\n"));
  EXPECT_EQ(fate_at(to, "second"), "policy") << "also by a kept connection";
  publish("first", "y");
  EXPECT_EQ(first_error("first", to.url()), "policy");
  ASSERT_TRUE(reload_with(""));
  EXPECT_EQ(fate_at(to, "third"), "delivered");
}

TEST_F(reload, addresses_and_ports_that_may_be_called_now_are) {
  start_on("[callbacks]\nallow = [\"public\"]\n");
  receiver to;
  EXPECT_EQ(fate_at(to, "first"), "policy");
  ASSERT_TRUE(reload_with("[callbacks]\nallow = [\"loopback\"]\n"));
  EXPECT_EQ(fate_at(to, "second"), "delivered");
  ASSERT_TRUE(reload_with("[callbacks]\nports = [\"80\"]\n"));
  EXPECT_EQ(fate_at(to, "third"), "policy");
}

TEST_F(reload, topics_that_may_be_subscribed_to_are_read_anew) {
  start_on("[topics]\nallow = [\"a*\"]\n");
  receiver to;
  receiver denied;
  subscribe("a.x", to.url());
  hub("subscribe", "b.x", denied.url());
  ASSERT_TRUE(denied.wait_for_challenges(1));
  ASSERT_TRUE(reload_with("[topics]\nallow = [\"b*\"]\n"));
  EXPECT_THAT(node().complaints(),
              HasSubstr("config for_new_subscriptions option=topics-allow"));
  subscribe("b.y", to.url());
  hub("subscribe", "a.y", denied.url());
  ASSERT_TRUE(denied.wait_for_challenges(2));
  EXPECT_THAT(asked(denied.challenges(), "hub.mode"),
              ElementsAre("denied", "denied"));
}

TEST_F(reload, hosts_origins_and_proxies_are_read_anew) {
  start_on("[callbacks]\nallow = [\"loopback\"]\n");
  auto under = [&](const std::string& host) {
    return request_to_host(node().port(), host, "GET", "/events").status();
  };
  auto from = [&](const std::string& origin) {
    return post("/events?topic=a", "text/plain", "x", {{"Origin", origin}})
      .status();
  };
  EXPECT_EQ(under("hub.internal"), 421);
  EXPECT_EQ(from("https://app.example"), 403);
  ASSERT_TRUE(reload_with("[hosts]\nallow = [\"hub.internal\"]\n"
                          "[origins]\nallow = [\"https://app.example\"]\n"));
  EXPECT_EQ(under("hub.internal"), 200);
  EXPECT_EQ(from("https://app.example"), 202);
  field_list proxied{{"Via", "1.1 proxy"}};
  EXPECT_EQ(request(node().port(), "GET", "/events", proxied).status(), 403)
    << "loopback is not meant any more";
  ASSERT_TRUE(reload_with("[proxies]\ntrusted = [\"127.0.0.1\"]\n"));
  EXPECT_EQ(request(node().port(), "GET", "/events", proxied).status(), 200);
  EXPECT_EQ(under("hub.internal"), 421);
}

TEST_F(reload, the_log_level_is_read_anew) {
  start_on("[log]\nlevel = \"off\"\n");
  EXPECT_EQ(node().complaints(), "");
  ASSERT_TRUE(reload_with("[log]\nlevel = \"info\"\n"));
  ASSERT_TRUE(hang_up("config reloaded"));
  auto before = times_in("config reloaded", node().complaints());
  write("[log]\nlevel = \"error\"\n[hosts]\nallow = [\"hub.internal\"]\n");
  node().signal(SIGHUP);
  ASSERT_TRUE(eventually([&] {
    return request_to_host(node().port(), "hub.internal", "GET", "/").status()
           == 200;
  }));
  ASSERT_TRUE(fail_with("nonsense")) << "an error is told still";
  EXPECT_EQ(times_in("config reloaded", node().complaints()), before);
}

TEST_F(reload, what_a_flag_says_stays) {
  start_on("[callbacks]\ndeny = []\n", {"--callbacks-deny", "127.0.0.2/32"});
  receiver to;
  receiver denied{"127.0.0.2"};
  ASSERT_TRUE(reload_with("[callbacks]\ndeny = [\"127.0.0.1/32\"]\n"));
  EXPECT_EQ(fate_at(to, "first"), "delivered");
  EXPECT_EQ(fate_at(denied, "second"), "policy");
}

TEST_F(reload, a_variable_says_which_file_it_is) {
  write("[hosts]\nallow = [\"first.internal\"]\n");
  temp_folder data;
  child_process node{node_process::command(data.path() / "data", {}),
                     {"HERALD_CONFIG=" + file()}};
  auto ready = node.read_line().value_or("");
  ASSERT_THAT(ready, StartsWith("herald ready on ")) << node.complaints();
  auto port
    = static_cast<uint16_t>(std::stoul(ready.substr(ready.rfind(':') + 1)));
  write("[hosts]\nallow = [\"second.internal\"]\n");
  node.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] {
    return request_to_host(port, "second.internal", "GET", "/").status() == 200;
  }));
  EXPECT_EQ(request_to_host(port, "first.internal", "GET", "/").status(), 421);
}

// -- what is not --------------------------------------------------------------

TEST_F(reload, what_needs_a_restart_is_told_and_left_alone) {
  start_on("[events]\nmax-body = \"1KiB\"\n");
  ASSERT_TRUE(reload_with("drain-seconds = 1\n"
                          "[events]\nmax-body = \"2KiB\"\n"
                          "[hosts]\nallow = [\"hub.internal\"]\n"));
  EXPECT_THAT(node().complaints(),
              AllOf(HasSubstr("needs_restart"), HasSubstr("events-max-body"),
                    HasSubstr("drain-seconds"), Not(HasSubstr("hosts-allow"))));
  EXPECT_EQ(
    post("/events?topic=a", "text/plain", std::string(1025, 'x')).status(),
    413);
  EXPECT_EQ(request_to_host(node().port(), "hub.internal", "GET", "/").status(),
            200)
    << "the rest is in force";
}

TEST_F(reload, what_has_not_changed_needs_nothing) {
  auto text = std::string{"threads = 1\n[events]\nmax-body = \"1KiB\"\n"};
  start_on(text);
  ASSERT_TRUE(reload_with(text));
  EXPECT_THAT(node().complaints(), Not(HasSubstr("needs_restart")));
}

TEST_F(reload, a_wrong_file_has_no_effect_but_an_error) {
  start_on("[callbacks]\ndeny = [\"127.0.0.2/32\"]\n"
           "[hosts]\nallow = [\"hub.internal\"]\n");
  receiver to;
  receiver denied{"127.0.0.2"};
  int round = 0;
  for (auto* wrong :
       {"[callbacks]\ndeny = [\"nonsense\"]\n", "[callbacks\n",
        "[callbacks]\ndney = []\n", "[log]\nlevel = \"loud\"\n",
        "[hosts]\nallow = [\"other\"]\n[lease]\nmin = \"2d\"\nmax = \"1d\"\n",
        "base-url = \"http://hub.example\"\n",
        "[auth]\ntokens = \"/etc/herald/tokens\"\n"}) {
    ASSERT_TRUE(fail_with(wrong)) << wrong;
    auto number = std::to_string(++round);
    EXPECT_EQ(fate_at(to, "a" + number), "delivered") << wrong;
    EXPECT_EQ(fate_at(denied, "b" + number), "policy") << wrong;
    EXPECT_EQ(
      request_to_host(node().port(), "hub.internal", "GET", "/").status(), 200)
      << wrong;
  }
  EXPECT_THAT(node().complaints(), HasSubstr("nonsense")) << "and it says why";
  ASSERT_TRUE(reload_with("[hosts]\nallow = [\"other.internal\"]\n"));
  EXPECT_EQ(
    request_to_host(node().port(), "other.internal", "GET", "/").status(), 200);
}

TEST_F(reload, a_file_that_is_gone_has_no_effect_but_an_error) {
  start_on("[hosts]\nallow = [\"hub.internal\"]\n");
  std::filesystem::remove(file());
  ASSERT_TRUE(hang_up("not_reloaded"));
  EXPECT_EQ(request_to_host(node().port(), "hub.internal", "GET", "/").status(),
            200);
}

// -- and it goes on -----------------------------------------------------------

TEST_F(reload, without_a_file_there_is_nothing_to_lose) {
  start();
  receiver to;
  subscribe("a", to.url());
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(hang_up("config reloaded"));
  publish("a", "x");
  EXPECT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(node().terminate(), 0);
}

TEST_F(reload, hang_ups_in_a_row_and_during_work_lose_nothing) {
  start_on("");
  receiver to;
  join_unverified("a", to.url());
  for (int i = 0; i < 200; ++i) {
    node().signal(SIGHUP);
    publish("a", std::to_string(i));
  }
  EXPECT_TRUE(to.wait_for_deliveries(200));
  EXPECT_EQ(metric("herald_events_accepted_total"), 200);
}

TEST_F(reload, a_terminal_that_goes_away_is_a_request_to_stop) {
  reload_terminal at;
  if (at.name().empty())
    GTEST_SKIP() << "there are no terminals here";
  temp_folder data;
  child_process node{
    at.around(node_process::command(data.path() / "data", {}))};
  ASSERT_THAT(node.read_line().value_or(""), StartsWith("herald ready on "))
    << node.complaints();
  node.signal(SIGHUP);
  EXPECT_EQ(node.wait(), 0) << "an orderly end, as by SIGTERM";
}
