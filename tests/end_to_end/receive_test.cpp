// `herald receive`, the subscriber for trying things: what it refuses, and why.
#include "tests/end_to_end/support/websub.hpp"

#include <chrono>
#include <csignal>

using namespace herald::end_to_end;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

const std::string shared_secret = "sesame, open";

/// `herald receive` on a port that the system chooses.
class receive_command : public websub {
public:
  void listen(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{HERALD_BINARY, "receive", "--listen",
                                   "127.0.0.1:0"};
    words.insert(words.end(), more.begin(), more.end());
    child_ = std::make_unique<child_process>(words);
    auto ready = child_->read_line().value_or("");
    ASSERT_THAT(ready, StartsWith("herald receiving on "))
      << child_->complaints();
    url_ = ready.substr(ready.rfind(' ') + 1);
    port_ = static_cast<uint16_t>(std::stoul(url_.substr(url_.rfind(':') + 1)));
  }

  int deliver(const field_list& fields, const std::string& body = "x") {
    return request(port_, "POST", "/in", fields, body).status();
  }

  /// A verification that asks for `topic`; the challenge is `c4711`.
  http_message challenge(const std::string& topic,
                         const std::string& mode = "subscribe") {
    return request(port_, "GET",
                   "/in?hub.mode=" + mode
                     + "&hub.topic=" + percent_encode(topic)
                     + "&hub.challenge=c4711&hub.lease_seconds=60");
  }

  child_process& child() { return *child_; }
  std::string callback() const { return url_ + "/in"; }
  std::string next_line() { return child_->read_line().value_or(""); }

private:
  std::unique_ptr<child_process> child_;
  std::string url_;
  uint16_t port_ = 0;
};

field_list hub_signed(const std::string& algorithm, const std::string& secret,
                      const std::string& body) {
  return {
    {"X-Hub-Signature", algorithm + "=" + hmac_hex(algorithm, secret, body)}};
}

/// As Standard Webhooks sign, `age` seconds ago.
field_list standard_signed(const std::string& secret, const std::string& body,
                           int age = 0) {
  using std::chrono::system_clock;
  auto stamp
    = std::to_string(system_clock::to_time_t(system_clock::now()) - age);
  return {{"webhook-id", "1"},
          {"webhook-timestamp", stamp},
          {"webhook-signature",
           "v1," + hmac_base64("sha256", secret, "1." + stamp + "." + body)}};
}

field_list both(field_list first, const field_list& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

} // namespace

// -- signatures ---------------------------------------------------------------

TEST_F(receive_command, takes_what_is_signed_with_its_secret) {
  listen({"--secret", shared_secret});
  for (std::string algorithm : {"sha1", "sha256", "sha384", "sha512"})
    EXPECT_EQ(deliver(hub_signed(algorithm, shared_secret, "x")), 200)
      << algorithm;
  EXPECT_EQ(deliver(standard_signed(shared_secret, "x")), 200);
  EXPECT_EQ(deliver(both(hub_signed("sha256", shared_secret, "x"),
                         standard_signed(shared_secret, "x"))),
            200);
}

TEST_F(receive_command, refuses_what_is_not_signed) {
  listen({"--secret", shared_secret});
  EXPECT_EQ(deliver({}), 403);
  EXPECT_EQ(deliver({{"X-Hub-Signature", ""}}), 403);
  EXPECT_EQ(deliver({{"webhook-id", "1"}}), 403);
}

TEST_F(receive_command, refuses_what_is_wrongly_signed) {
  listen({"--secret", shared_secret});
  EXPECT_EQ(deliver(hub_signed("sha256", "another", "x")), 403);
  EXPECT_EQ(deliver(hub_signed("sha256", shared_secret, "y")), 403);
  EXPECT_EQ(deliver(standard_signed("another", "x")), 403);
  EXPECT_EQ(deliver(standard_signed(shared_secret, "y")), 403);
  EXPECT_EQ(deliver({{"X-Hub-Signature", "sha256="}}), 403);
  EXPECT_EQ(deliver({{"X-Hub-Signature", "md5=00"}}), 403);
  auto one_wrong = both(hub_signed("sha256", shared_secret, "x"),
                        standard_signed("another", "x"));
  EXPECT_EQ(deliver(one_wrong), 403);
}

TEST_F(receive_command, refuses_what_was_signed_long_ago) {
  listen({"--secret", shared_secret});
  EXPECT_EQ(deliver(standard_signed(shared_secret, "x", 60)), 200);
  EXPECT_EQ(deliver(standard_signed(shared_secret, "x", 3600)), 403);
  EXPECT_EQ(deliver(standard_signed(shared_secret, "x", -3600)), 403);
}

TEST_F(receive_command, takes_everything_without_a_secret) {
  listen();
  EXPECT_EQ(deliver({}), 200);
  EXPECT_EQ(deliver(hub_signed("sha256", "whatever", "x")), 200);
}

TEST_F(receive_command, counts_what_it_refused) {
  listen({"--secret", shared_secret});
  deliver({});
  EXPECT_THAT(next_line(),
              AllOf(HasSubstr("signature none"), HasSubstr("answered 403")));
  deliver(hub_signed("sha256", "another", "x"));
  EXPECT_THAT(next_line(),
              AllOf(HasSubstr("signature bad"), HasSubstr("answered 403")));
  deliver(hub_signed("sha256", shared_secret, "x"));
  EXPECT_THAT(next_line(),
              AllOf(HasSubstr("signature ok"), HasSubstr("answered 200")));
  child().signal(SIGINT);
  EXPECT_THAT(child().read_rest(),
              AllOf(HasSubstr("3 deliveries"), HasSubstr("2 bad signatures")));
  EXPECT_EQ(child().wait(), 0);
}

TEST_F(receive_command, takes_what_the_node_signs) {
  start();
  listen({"--secret", shared_secret});
  subscribe("a", callback(), {{"hub.secret", shared_secret}});
  next_line();
  publish("a", "x");
  EXPECT_THAT(next_line(), HasSubstr("answered 200"));
  EXPECT_EQ(state_of("a", callback()), "active");
}

TEST_F(receive_command, refuses_what_the_node_signs_for_somebody_else) {
  start();
  listen({"--secret", shared_secret});
  subscribe("a", callback(), {{"hub.secret", "another"}});
  next_line();
  publish("a", "x");
  EXPECT_THAT(next_line(), HasSubstr("answered 403"));
  EXPECT_TRUE(wait_for_state("a", callback(), "failing"));
}

// A failure on purpose is for what would have been taken.
TEST_F(receive_command, fails_the_first_that_are_signed) {
  listen({"--secret", shared_secret, "--status", "503:1"});
  EXPECT_EQ(deliver({}), 403);
  EXPECT_EQ(deliver(hub_signed("sha256", shared_secret, "x")), 503);
  EXPECT_EQ(deliver(hub_signed("sha256", shared_secret, "x")), 200);
}

// -- topics -------------------------------------------------------------------

TEST_F(receive_command, confirms_the_topic_that_it_asked_for_alone) {
  listen({"--topic", "orders.created"});
  auto right = challenge("orders.created");
  EXPECT_EQ(right.status(), 200);
  EXPECT_EQ(right.body, "c4711");
  for (auto* other : {"orders", "orders.deleted", "*", "ordersx.created", "",
                      "http://publisher.example/orders.created"}) {
    auto refused = challenge(other);
    EXPECT_EQ(refused.status(), 404) << other;
    EXPECT_THAT(refused.body, Not(HasSubstr("c4711"))) << other;
  }
  EXPECT_EQ(challenge("orders", "unsubscribe").status(), 404);
}

TEST_F(receive_command, takes_the_topic_that_it_asked_for_alone) {
  listen({"--topic", "orders"});
  for (auto* topic : {"orders", "orders.created", "ORDERS.x"})
    EXPECT_EQ(deliver({{"Herald-Topic", topic}}), 200) << topic;
  for (auto* topic : {"bank", "ordersx", "bank.orders"})
    EXPECT_EQ(deliver({{"Herald-Topic", topic}}), 404) << topic;
}

TEST_F(receive_command, a_topic_may_be_a_url) {
  listen({"--topic", feed});
  EXPECT_EQ(challenge(feed).status(), 200);
  EXPECT_EQ(challenge(feed + "/other").status(), 404);
  EXPECT_EQ(deliver({{"Link", "<" + feed + ">; rel=\"self\""}}), 200);
  EXPECT_EQ(deliver({{"Herald-Topic", "orders"}}), 404);
}

TEST_F(receive_command, confirms_everything_where_no_topic_was_said) {
  listen();
  for (auto* topic : {"orders", "*", "http://publisher.example/"})
    EXPECT_EQ(challenge(topic).body, "c4711") << topic;
}

TEST_F(receive_command, a_node_gets_no_subscription_that_was_not_asked_for) {
  start();
  listen({"--topic", "orders"});
  expect_accepted(hub("subscribe", "bank", callback()));
  EXPECT_THAT(next_line(), AllOf(HasSubstr("bank"), HasSubstr("answered 404")));
  ASSERT_TRUE(wait_for_state("bank", callback(), ""));
  subscribe("orders", callback());
}

// -- signals ------------------------------------------------------------------

// It has nothing to load anew, and is no reason to end.
TEST_F(receive_command, goes_on_after_a_hang_up) {
  listen();
  EXPECT_EQ(deliver({}), 200);
  child().signal(SIGHUP);
  EXPECT_EQ(deliver({}), 200);
  EXPECT_EQ(deliver({}), 200);
  child().signal(SIGTERM);
  EXPECT_EQ(child().wait(), 0) << "ended by the second signal, not the first";
}
