// What a subscriber's answer means, however it goes on behind its status line.
#include "tests/end_to_end/support/call_outcomes.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::AnyOf;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

const std::string answer_200 = "HTTP/1.1 200 OK\r\n";

/// All of them say that it went well, and then something that is wrong, or at
/// least unusual.
const std::vector<reply> settling_answers{
  // Two lengths: Transfer-Encoding counts, and the framing is doubtful.
  reply::raw(answer_200
             + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
               "2\r\nok\r\n0\r\n\r\n"),
  reply::raw(answer_200
             + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n"
               "2\r\nok\r\n0\r\n\r\n"),
  // More fields than anybody reads.
  reply::raw(answer_200 + "X: " + std::string(20'000, 'x') + "\r\n\r\n"),
  reply::raw(answer_200 + "X: " + std::string(200'000, 'x') + "\r\n\r\n"),
  // No fields at all.
  reply::raw(answer_200 + "no colon here\r\n\r\n"),
  reply::raw(answer_200 + "bad name : x\r\n\r\n"),
  reply::raw(answer_200 + "X: a\x01z\r\n\r\n"),
  // Wrong lengths.
  reply::raw(answer_200 + "Content-Length: two\r\n\r\nok"),
  reply::raw(answer_200 + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nok"),
  reply::raw(answer_200 + "Content-Length: -1\r\n\r\n"),
  reply::raw(answer_200 + "Content-Length: 99999999999999999999\r\n\r\n"),
  // Wrong codings and chunks.
  reply::raw(answer_200 + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
  reply::cut(answer_200 + "Transfer-Encoding: gzip\r\n\r\nok"),
  reply::cut(answer_200 + "Transfer-Encoding: chunked\r\n\r\n5\r\nok"),
  // Cut off.
  reply::cut(answer_200), reply::cut(answer_200 + "Content-Len"),
  reply::cut(answer_200 + "Content-Length: 100\r\n\r\nshort"),
  // More than was announced, and a body where none may be.
  reply::raw(answer_200 + "Content-Length: 2\r\n\r\nok and more"),
  reply::raw("HTTP/1.1 204 No Content\r\n\r\nbut a body"),
  reply::raw("HTTP/1.1 205 Reset\r\nContent-Length: 5\r\n\r\nshort"),
  // Sparse, and old.
  reply::raw("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"),
  reply::raw("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"),
  reply::cut("HTTP/1.0 200 OK\r\n\r\n"),
  reply::cut("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
  // Behind what is no answer yet.
  reply::raw("HTTP/1.1 100 Continue\r\n\r\n" + answer_200 + "no colon\r\n\r\n"),
  reply::raw("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer_200
             + "Content-Length: x\r\n\r\n")};

/// As many of them leave no doubt where they end.
constexpr size_t sound_answers = 3;

/// No status can be read from these.
const std::vector<reply> unreadable_answers{
  reply::raw("HTTP/1.1 2OO OK\r\nContent-Length: 0\r\n\r\n"),
  reply::raw("HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"),
  reply::raw("HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
  reply::raw("HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n"),
  reply::raw("ICY 200 OK\r\nContent-Length: 0\r\n\r\n"),
  reply::raw("200 OK\r\nContent-Length: 0\r\n\r\n"),
  reply::raw("ok\r\n\r\n"),
  reply::cut("HTTP/1.1 200"),
  reply::cut("HTTP/1.1 100 Continue\r\n\r\n")};

class answers : public call_outcomes {
public:
  void start_answers(const std::string& first_delay = "1h",
                     const std::string& timeout = "10s") {
    start({"--threads", "1", "--retry-schedule", first_delay, "--retry-jitter",
           "0", "--breaker-failures", "0", "--delivery-timeout", timeout});
  }

  json shown_of(const receiver& to) {
    return json::parse(get(path_of("a", to)).body);
  }

  /// Subscribes, publishes, and waits until nothing is to be done any more.
  void deliver_once(const receiver& to) {
    subscribe("a", to.url());
    publish("a", "x");
    ASSERT_TRUE(to.wait_for_deliveries(1));
    ASSERT_TRUE(eventually([&] { return shown_of(to)["pending"] == 0; }));
  }

  /// Holds that the one delivery there was has succeeded; ends it.
  void expect_settled(const receiver& to) {
    EXPECT_EQ(shown_of(to)["state"], "active");
    EXPECT_THAT(items(path_of("a", to, "/attempts")), IsEmpty());
    EXPECT_THAT(to.deliveries(), SizeIs(1)) << "it is not sent again";
    ask("DELETE", path_of("a", to), "", 204);
  }
};

} // namespace

TEST_F(answers, a_status_line_settles_a_delivery_whatever_comes_after_it) {
  start_answers();
  for (auto& answer : settling_answers) {
    SCOPED_TRACE(answer.body.substr(0, 120));
    receiver to;
    to.on_delivery(always(answer));
    deliver_once(to);
    expect_settled(to);
  }
  EXPECT_EQ(metric("herald_deliveries_total{outcome=\"done\"}"),
            static_cast<double>(settling_answers.size()));
  EXPECT_EQ(metric("herald_deliveries_total{outcome=\"retry\"}"), 0);
}

TEST_F(answers, what_stalls_behind_its_status_line_is_settled_in_time) {
  start_answers("1h", "300ms");
  for (auto* rest : {"", "Content-Len", "Content-Length: 100\r\n\r\nshort",
                     "Transfer-Encoding: chunked\r\n\r\n5\r\nok", "\r\n"}) {
    SCOPED_TRACE(rest);
    receiver to;
    to.on_delivery(always(reply::raw(answer_200 + rest)));
    deliver_once(to);
    expect_settled(to);
  }
}

// Whoever frames one answer wrongly would be misread at the next one.
TEST_F(answers, the_connection_of_a_doubtful_answer_is_not_used_again) {
  start_answers();
  receiver to;
  auto count = settling_answers.size();
  to.on_delivery(in_turn(settling_answers));
  subscribe("a", to.url());
  std::vector<std::string> expected;
  for (size_t i = 1; i <= count + 1; ++i) {
    expected.push_back(std::to_string(i));
    publish("a", expected.back());
    ASSERT_TRUE(to.wait_for_deliveries(i));
    ASSERT_TRUE(eventually([&] { return shown_of(to)["pending"] == 0; }));
  }
  EXPECT_EQ(bodies_of(to.deliveries()), expected);
  EXPECT_GE(to.connections(), count - sound_answers);
}

TEST_F(answers, an_error_in_the_status_line_is_one_whatever_comes_after_it) {
  start_answers();
  for (auto& [status, rest] : std::vector<std::pair<int, std::string>>{
         {500, "no colon\r\n\r\n"},
         {404, ""},
         {302, "Content-Length: x\r\nLocation: http://a.example/\r\n\r\n"},
         {429, ": x\r\n\r\n"},
         {503, "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"}}) {
    receiver to;
    auto line = "HTTP/1.1 " + std::to_string(status) + " Sorry\r\n";
    to.on_delivery(always(reply::cut(line + rest)));
    subscribe("a", to.url());
    publish("a", "x");
    auto path = path_of("a", to, "/attempts");
    ASSERT_TRUE(wait_for_items(path, 1)) << status;
    auto made = items(path)[0];
    EXPECT_EQ(made["status"], status);
    EXPECT_EQ(made["error"], "status") << status;
    ask("DELETE", path_of("a", to), "", 204);
  }
}

TEST_F(answers, gone_is_gone_whatever_comes_after_it) {
  start_answers();
  receiver to;
  to.on_delivery(always(reply::raw("HTTP/1.1 410 Gone\r\nno colon\r\n\r\n")));
  subscribe("a", to.url());
  publish("a", "x");
  EXPECT_TRUE(wait_for_state("a", to.url(), ""));
}

TEST_F(answers, without_a_status_that_can_be_read_it_is_sent_again) {
  start_answers("50ms");
  for (auto& answer : unreadable_answers) {
    SCOPED_TRACE(answer.body);
    receiver to;
    to.on_delivery(in_turn({answer}));
    subscribe("a", to.url());
    publish("a", "x");
    ASSERT_TRUE(to.wait_for_deliveries(2));
    auto path = path_of("a", to, "/attempts");
    ASSERT_TRUE(wait_for_items(path, 1));
    auto made = items(path)[0];
    // Of what may go on, nobody knows that it is no HTTP.
    EXPECT_THAT(made["error"], AnyOf("protocol", "timeout"));
    EXPECT_TRUE(made["status"].is_null()) << made;
    ask("DELETE", path_of("a", to), "", 204);
  }
}

// A page is more than its status: what is cut off is not spread.
TEST_F(answers, a_fetch_is_not_settled_by_its_status_line) {
  start_answers("50ms");
  receiver site;
  receiver to;
  site.on_challenge(in_turn(
    {reply::cut(answer_200 + "Content-Length: 100\r\n\r\n<feed"),
     reply::cut(answer_200 + "Transfer-Encoding: chunked\r\n\r\n5\r\n<feed"),
     reply::raw(answer_200 + "no colon\r\n\r\n<feed"), reply::cut(answer_200)},
    always(reply_with(200, "<feed/>"))));
  auto topic = site.url("/feed");
  subscribe(topic, to.url());
  hub_form("hub.mode=publish&hub.url=" + percent_encode(topic));
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].body, "<feed/>");
  EXPECT_THAT(site.challenges(), SizeIs(5));
}

// Nor is an intent confirmed by half of an answer.
TEST_F(answers, a_verification_is_not_settled_by_its_status_line) {
  start_answers();
  receiver to;
  to.on_challenge([](const http_message& challenge) {
    auto body = receiver::echo(challenge).body;
    return reply::cut(answer_200 + "Content-Length: "
                      + std::to_string(body.size() + 1) + "\r\n\r\n" + body);
  });
  expect_accepted(hub("subscribe", "a", to.url()));
  ASSERT_TRUE(to.wait_for_challenges(1));
  EXPECT_NE(state_of("a", to.url()), "active");
}
