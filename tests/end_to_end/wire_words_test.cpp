// Words on the wire that have one meaning: topics, trace contexts, names; and
// variables that are not for the node.
#include "tests/end_to_end/support/intergov.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <set>
#include <sstream>
#include <system_error>

#include <unistd.h>

using namespace herald::end_to_end;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

constexpr auto trace_parent
  = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class wire_words : public intergov_rules {
public:
  /// What arrives of lines of tracestate, as one list without blanks.
  std::string state_after(const std::vector<std::string>& lines,
                          const receiver& to) {
    field_list fields{{"traceparent", trace_parent}};
    for (auto& line : lines)
      fields.emplace_back("tracestate", line);
    auto count = to.deliveries().size() + 1;
    EXPECT_EQ(post("/events?topic=a", "text/plain", "x", fields).status(), 202);
    EXPECT_TRUE(to.wait_for_deliveries(count));
    auto got = to.deliveries().back();
    EXPECT_LE(got.count("tracestate"), 1U);
    EXPECT_EQ(got.field("traceparent"), trace_parent);
    auto result = got.field("tracestate");
    std::erase(result, ' ');
    return result;
  }
};

std::vector<std::string> members_of_list(const std::string& list) {
  std::vector<std::string> result;
  std::istringstream in{list};
  for (std::string each; std::getline(in, each, ',');)
    result.push_back(each);
  return result;
}

/// True if `part` is `whole` with some of its members left out.
bool keeps_order(const std::vector<std::string>& part,
                 const std::vector<std::string>& whole) {
  auto at = whole.begin();
  for (auto& each : part) {
    at = std::find(at, whole.end(), each);
    if (at == whole.end())
      return false;
    ++at;
  }
  return true;
}

/// A value that was percent-encoded, decoded once; a plus is itself.
std::string decoded_once(std::string text) {
  for (size_t i = 0; (i = text.find('+', i)) != std::string::npos;)
    text.replace(i, 1, "%2b");
  return form_value("x=" + text, "x");
}

/// Keeps others from listening at the same port of 127.0.0.1.
class refusing_port {
public:
  explicit refusing_port(uint16_t port)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_ours_
      = ::bind(fd_, reinterpret_cast<sockaddr*>(&where), sizeof(where)) == 0;
  }

  ~refusing_port() { ::close(fd_); }

  refusing_port(const refusing_port&) = delete;
  refusing_port& operator=(const refusing_port&) = delete;

  bool is_ours() const { return is_ours_; }

private:
  int fd_;
  bool is_ours_ = false;
};

/// Nothing where this machine has no IPv6.
std::unique_ptr<receiver> receiver_of_ipv6() {
  try {
    return std::make_unique<receiver>("::1");
  } catch (const std::system_error&) {
    return nullptr;
  }
}

run_result start_with_variables(const std::vector<std::string>& variables) {
  temp_folder data;
  child_process node{node_process::command(data.path() / "data", {}),
                     variables};
  auto line = node.read_line();
  node.signal(SIGTERM);
  return {node.wait(), line.value_or(""), node.complaints()};
}

} // namespace

// -- topics -------------------------------------------------------------------

TEST_F(wire_words, decoding_herald_topic_once_gives_the_topic) {
  start();
  receiver to;
  std::vector<std::string> topics{
    "t.caf\xc3\xa9", "t.caf%C3%A9", "t.100%", "t.50%25", "t.%2525",
    "t.a\"b",        "t.a+b",       "t.<x>",  "t.%zz",   "t.\xf0\x9f\x8e\x89"};
  std::set<std::string> seen;
  subscribe("t", to.url());
  for (auto& topic : topics) {
    auto count = to.deliveries().size() + 1;
    publish(topic, "x");
    ASSERT_TRUE(to.wait_for_deliveries(count)) << topic;
    auto told = to.deliveries().back().field("Herald-Topic");
    EXPECT_EQ(decoded_once(told), topic) << told;
    EXPECT_TRUE(std::all_of(told.begin(), told.end(),
                            [](char c) { return c > ' ' && c < '\x7f'; }))
      << told;
    seen.insert(told);
  }
  EXPECT_EQ(seen.size(), topics.size()) << "no two topics are told alike";
}

TEST_F(wire_words, a_dot_at_the_end_is_for_the_hub_alone) {
  start();
  receiver to;
  for (auto* topic : {"a.", "a.b.", "a.*."})
    EXPECT_EQ(ask("subscribe", topic, to.url()).status(), 400) << topic;
  for (auto* topic : {"a.", "a.b.", "a..b", ".a"})
    expect_error(ask("subscribe", topic, to.url()), 400,
                 topic_error("Predicate must not contain empty elements"));
  subscribe("a.b.", to.url());
  publish("a.b.c", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  expect_refused(hub("subscribe", "a..b", to.url()), "hub.topic");
  expect_refused(hub("subscribe", "a.b..", to.url()), "hub.topic");
}

TEST_F(wire_words, unsubscribing_reads_topics_in_the_same_way) {
  start();
  receiver to;
  expect_error(ask("unsubscribe", "a.b.", to.url()), 400,
               topic_error("Predicate must not contain empty elements"));
  subscribe("a.b", to.url());
  expect_accepted(hub("unsubscribe", "a.b.", to.url()));
  EXPECT_TRUE(wait_for_state("a.b", to.url(), ""));
}

TEST_F(wire_words, control_characters_are_those_of_c1_too) {
  start();
  for (std::string control :
       {"\xc2\x80", "\xc2\x85", "\xc2\x9b", "\xc2\x9f", "\x7f", "\x1b"}) {
    auto topic = "a" + control + "z";
    EXPECT_EQ(post("/events?topic=" + percent_encode(topic), "text/plain", "x")
                .status(),
              400);
    EXPECT_EQ(post("/hub?hub.mode=publish&hub.topic=" + percent_encode(topic),
                   "text/plain", "x")
                .status(),
              400);
    expect_refused(hub("subscribe", topic, nowhere), "hub.topic");
    EXPECT_EQ(code_of(ask("subscribe", topic, nowhere)),
              "topic-validation-error");
    EXPECT_EQ(post("/events?topic=a", "text/x" + control, "x").status(), 400);
  }
  for (auto* json :
       {R"({"predicate":"a\u0085z"})", R"({"predicate":"a\u009bz"})"})
    EXPECT_EQ(post("/events", "application/json", json).status(), 400);
  for (std::string visible : {"\xc2\xa1", "\xc3\xa9"})
    EXPECT_EQ(
      post("/events?topic=" + percent_encode("a" + visible), "text/plain", "x")
        .status(),
      202);
}

// -- trace context ------------------------------------------------------------

TEST_F(wire_words, lines_of_tracestate_are_one_list) {
  start();
  receiver to;
  subscribe("a", to.url());
  EXPECT_EQ(state_after({"rojo=00f067aa0ba902b7"}, to),
            "rojo=00f067aa0ba902b7");
  EXPECT_EQ(state_after({"rojo=00f067aa0ba902b7", "congo=t61rcWkgMzE"}, to),
            "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
  EXPECT_EQ(state_after({"a=1, b=2", "c=3", "d=4 , e=5"}, to),
            "a=1,b=2,c=3,d=4,e=5");
  EXPECT_EQ(state_after({"", "a=1,,", "b=2"}, to), "a=1,b=2");
}

TEST_F(wire_words, a_long_tracestate_is_cut_at_members) {
  start();
  receiver to;
  subscribe("a", to.url());
  std::vector<std::string> whole;
  for (int i = 0; i < 13; ++i)
    whole.push_back("v" + std::to_string(i) + "=" + std::string(40, 'x'));
  std::string line;
  for (auto& each : whole)
    line += (line.empty() ? "" : ",") + each;
  for (auto& lines : {std::vector<std::string>{line}, whole}) {
    auto got = state_after(lines, to);
    EXPECT_LE(got.size(), 512U);
    auto part = members_of_list(got);
    EXPECT_GE(part.size(), 11U) << "no more is lost than has to be";
    EXPECT_TRUE(keeps_order(part, whole)) << got;
  }
}

// W3C Trace Context, 3.3.1.5: those above 128 characters go first.
TEST_F(wire_words, long_members_of_tracestate_go_first) {
  start();
  receiver to;
  subscribe("a", to.url());
  auto large = "large=" + std::string(240, 'x');
  EXPECT_EQ(state_after({"first=1", large, "second=2"}, to),
            "first=1," + large + ",second=2")
    << "all of it is short enough";
  EXPECT_EQ(
    state_after({"first=1", large, large, large, "second=2"}, to).substr(0, 8),
    "first=1,");
  auto got = members_of_list(
    state_after({large, "first=1", large, "second=2", large}, to));
  EXPECT_THAT(got, ::testing::IsSupersetOf({"first=1", "second=2"}));
}

// -- names --------------------------------------------------------------------

TEST_F(wire_words, localhost_is_tried_in_both_families) {
  start();
  auto sixth = receiver_of_ipv6();
  if (!sixth)
    GTEST_SKIP() << "there is no IPv6 here";
  refusing_port fourth{sixth->port()};
  ASSERT_TRUE(fourth.is_ours());
  for (auto* host : {"localhost", "LOCALHOST"}) {
    auto callback = "http://" + std::string{host} + ":"
                    + std::to_string(sixth->port()) + "/";
    subscribe("a", callback);
  }
  publish("a", "x");
  EXPECT_TRUE(sixth->wait_for_deliveries(2));
  receiver of_v4;
  subscribe("b", "http://localhost:" + std::to_string(of_v4.port()) + "/");
  publish("b", "x");
  EXPECT_TRUE(of_v4.wait_for_deliveries(1));
}

// -- variables ----------------------------------------------------------------

// Kubernetes makes them for a Service that is called herald.
TEST(variables, of_kubernetes_are_not_for_the_node) {
  auto ended = start_with_variables(
    {"HERALD_PORT=tcp://10.0.0.1:8080", "HERALD_PORT_8080_TCP=tcp://10.0.0.1",
     "HERALD_PORT_8080_TCP_ADDR=10.0.0.1", "HERALD_PORT_8080_TCP_PORT=8080",
     "HERALD_PORT_8080_TCP_PROTO=tcp", "HERALD_SERVICE_HOST=10.0.0.1",
     "HERALD_SERVICE_PORT=8080", "HERALD_SERVICE_PORT_HTTP=8080"});
  EXPECT_THAT(ended.output, StartsWith("herald ready on "));
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.complaints, AllOf(Not(HasSubstr("HERALD_PORT")),
                                      Not(HasSubstr("HERALD_SERVICE"))));
}

TEST(variables, that_are_unknown_are_warned_of) {
  auto ended = start_with_variables(
    {"HERALD_LISTNE=127.0.0.1:1", "HERALD_PORTS=1", "HERALD_CALLBACKS=x"});
  EXPECT_THAT(ended.output, StartsWith("herald ready on "));
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.complaints,
              AllOf(HasSubstr("HERALD_LISTNE"), HasSubstr("HERALD_PORTS"),
                    HasSubstr("HERALD_CALLBACKS")));
}

TEST(variables, that_are_known_stay_strict) {
  auto ended = start_with_variables({"HERALD_THREADS=many"});
  EXPECT_EQ(ended.output, "");
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.complaints, HasSubstr("HERALD_THREADS"));
}

TEST(variables, are_all_that_is_not_strict) {
  auto flag = run({HERALD_BINARY, "config", "show", "--listne", "127.0.0.1:1"});
  EXPECT_EQ(flag.code, 2);
  EXPECT_THAT(flag.complaints, HasSubstr("--listne"));
}
