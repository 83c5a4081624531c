// How the hub validates a request and asks the callback whether it was meant;
// one test for each row of docs/conformance.md.
#include "tests/end_to_end/support/websub.hpp"

#include <set>

using namespace herald::end_to_end;
using std::chrono::milliseconds;
using std::chrono::system_clock;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::StartsWith;

namespace {

/// Below the policy of `only_allowed`, and not.
const std::string allowed = "http://allowed.example/feed";
const std::string forbidden = "http://forbidden.example/feed";
const std::vector<std::string> only_allowed{"--topics-allow",
                                            "http://allowed.example/*"};

/// Confirms with the status that is the callback's path.
reply echo_with_status(const http_message& challenge) {
  auto result = receiver::echo(challenge);
  result.status = std::stoi(challenge.word(1).substr(1));
  return result;
}

std::string path(int status) {
  return "/" + std::to_string(status);
}

/// When the lease began by what the node lists.
system_clock::time_point begin_of(const std::string& end, int lease) {
  return parse_time(end) - std::chrono::seconds{lease};
}

} // namespace

TEST_F(websub, websub_31_publishers_are_not_asked) {
  start();
  receiver publisher;
  receiver to;
  auto topic = publisher.url("/feed");
  subscribe(topic, to.url());
  hub("unsubscribe", topic, to.url());
  ASSERT_TRUE(wait_for_state(topic, to.url(), ""));
  stop();
  EXPECT_THAT(publisher.challenges(), IsEmpty());
  EXPECT_THAT(publisher.deliveries(), IsEmpty());
}

TEST_F(websub, websub_31_unsubscriptions_are_not_validated) {
  start_with(only_allowed);
  receiver to;
  expect_accepted(hub("unsubscribe", forbidden, to.url()));
  subscribe(allowed, to.url());
  stop();
  EXPECT_THAT(asked(to.challenges(), "hub.mode"), ElementsAre("subscribe"));
}

TEST_F(websub, websub_32_nothing_is_delivered_before_the_intent_is_verified) {
  start();
  receiver silent;
  receiver other;
  silent.on_challenge(always(reply::hang()));
  hub("subscribe", feed, silent.url());
  ASSERT_TRUE(silent.wait_for_challenges(1));
  subscribe(feed, other.url());
  EXPECT_EQ(state_of(feed, silent.url()), "pending");
  publish(feed, "x");
  ASSERT_TRUE(other.wait_for_deliveries(1));
  stop();
  EXPECT_THAT(silent.deliveries(), IsEmpty());
}

TEST_F(websub, websub_33_the_callback_is_told_that_it_was_denied) {
  start_with(only_allowed);
  receiver to;
  hub("subscribe", forbidden, to.url("/in?a=b"), {{"hub.secret", "s"}});
  ASSERT_TRUE(to.wait_for_challenges(1));
  auto got = to.challenges().at(0);
  EXPECT_THAT(got.start, StartsWith("GET /in?a=b&hub."));
  EXPECT_EQ(asked(got, "hub.mode"), "denied");
  EXPECT_EQ(asked(got, "hub.topic"), forbidden);
  EXPECT_EQ(got.body, "");
  ASSERT_TRUE(wait_for_state(forbidden, to.url("/in?a=b"), ""));
  subscribe(allowed, to.url());
  publish(forbidden, "x");
  publish(allowed, "y");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  stop();
  EXPECT_THAT(bodies_of(to.deliveries()), ElementsAre("y"));
}

TEST_F(websub, websub_34_what_is_denied_later_gets_nothing_more) {
  temp_folder data;
  receiver to;
  start(quick_retries, data.path());
  subscribe(forbidden, to.url("/forbidden"), {{"hub.secret", "s"}});
  subscribe(allowed, to.url("/allowed"));
  stop();
  start_with(only_allowed, data.path());
  ASSERT_TRUE(to.wait_for_challenges(3));
  auto denial = to.challenges().at(2);
  EXPECT_THAT(denial.word(1), StartsWith("/forbidden?"));
  EXPECT_EQ(asked(denial, "hub.mode"), "denied");
  EXPECT_EQ(asked(denial, "hub.topic"), forbidden);
  ASSERT_TRUE(wait_for_state(forbidden, to.url("/forbidden"), ""));
  publish(forbidden, "x");
  publish(allowed, "y");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  stop();
  EXPECT_THAT(targets_of(to.deliveries()), ElementsAre("/allowed"));
}

TEST_F(websub, websub_35_the_challenge_says_what_was_asked_for) {
  start();
  receiver to;
  std::string topic = "Un.CEFACT.größe.*";
  for (auto& x : {feed + "?a=b&c=%20", topic})
    subscribe(x, to.url("/in"));
  hub("unsubscribe", topic, to.url("/in"));
  ASSERT_TRUE(wait_for_state(topic, to.url("/in"), ""));
  EXPECT_THAT(asked(to.challenges(), "hub.topic"),
              ElementsAre(feed + "?a=b&c=%20", topic, topic));
  EXPECT_THAT(asked(to.challenges(), "hub.mode"),
              ElementsAre("subscribe", "subscribe", "unsubscribe"));
  EXPECT_THAT(bodies_of(to.challenges()), Each(""));
  for (auto& x : to.challenges()) {
    EXPECT_EQ(x.word(0), "GET");
    EXPECT_EQ(x.count("Transfer-Encoding"), 0u);
  }
}

TEST_F(websub, websub_35_a_challenge_cannot_be_guessed) {
  start();
  receiver to;
  std::set<std::string> beginnings;
  for (int i = 0; i < 8; ++i)
    subscribe(feed, to.url("/?" + std::to_string(i)));
  for (auto& x : asked(to.challenges(), "hub.challenge")) {
    EXPECT_GE(x.size(), 16u);
    beginnings.insert(x.substr(0, 8));
  }
  EXPECT_THAT(beginnings, SizeIs(8));
}

TEST_F(websub, websub_36_the_challenge_names_the_lease) {
  start();
  receiver to;
  subscribe(feed, to.url("/?1"));
  subscribe(feed, to.url("/?2"), {{"hub.lease_seconds", "4000"}});
  auto leases = asked(to.challenges(), "hub.lease_seconds");
  EXPECT_THAT(leases, Each(MatchesRegex("[1-9][0-9]*")));
  EXPECT_EQ(leases[1], "4000");
  EXPECT_EQ(leases[0], shown(feed, to.url("/?1"), "lease_seconds"));
}

TEST_F(websub, websub_37_any_2xx_with_the_challenge_confirms) {
  start();
  receiver to;
  to.on_challenge(echo_with_status);
  for (auto status : {200, 201, 202, 203, 206, 226, 299})
    subscribe(feed, to.url(path(status)));
  EXPECT_THAT(to.challenges(), SizeIs(7));
}

TEST_F(websub, websub_38_other_statuses_do_not_confirm) {
  start();
  receiver to;
  receiver other;
  to.on_challenge(echo_with_status);
  for (auto status : {300, 304, 400, 401, 404, 410, 429}) {
    hub("subscribe", feed, to.url(path(status)));
    ASSERT_TRUE(wait_for_state(feed, to.url(path(status)), "")) << status;
  }
  for (auto status : {500, 503})
    hub("subscribe", feed, to.url(path(status)));
  subscribe(feed, other.url());
  publish(feed, "x");
  ASSERT_TRUE(other.wait_for_deliveries(1));
  stop();
  EXPECT_THAT(to.challenges(), SizeIs(Ge(9u)));
  EXPECT_THAT(to.deliveries(), IsEmpty());
}

TEST_F(websub, websub_38_redirects_are_not_followed) {
  start();
  receiver to;
  receiver elsewhere;
  for (auto status : {301, 302, 303, 307, 308}) {
    to.on_challenge([&](const http_message& challenge) {
      auto target = elsewhere.url(challenge.word(1));
      auto body = receiver::echo(challenge).body;
      return reply_with(status, body, {{"Location", target}});
    });
    hub("subscribe", feed, to.url(path(status)));
    ASSERT_TRUE(wait_for_state(feed, to.url(path(status)), "")) << status;
  }
  stop();
  EXPECT_THAT(to.challenges(), SizeIs(5));
  EXPECT_THAT(elsewhere.challenges(), IsEmpty());
}

TEST_F(websub, websub_39_another_body_does_not_confirm) {
  start();
  receiver to;
  using changes = std::string (*)(std::string);
  int count = 0;
  for (changes change :
       {changes{[](std::string) { return std::string{}; }},
        changes{[](std::string) { return std::string{"something else"}; }},
        changes{[](std::string x) { return x + "x"; }},
        changes{[](std::string x) { return x + "\n"; }},
        changes{[](std::string x) { return " " + x; }},
        changes{[](std::string x) { return "hub.challenge=" + x; }},
        changes{[](std::string x) { return "\"" + x + "\""; }},
        changes{[](std::string x) { return x.substr(1); }},
        changes{[](std::string x) { return x.substr(0, x.size() - 1); }}}) {
    to.on_challenge([=](const http_message& challenge) {
      return reply_with(200, change(receiver::echo(challenge).body));
    });
    auto callback = to.url("/" + std::to_string(++count));
    hub("subscribe", feed, callback);
    ASSERT_TRUE(wait_for_state(feed, callback, "")) << count;
  }
  EXPECT_THAT(to.challenges(), SizeIs(count));
}

TEST_F(websub, websub_40_the_lease_counts_from_the_verification_request) {
  start();
  receiver to;
  to.on_challenge(held(receiver::echo));
  auto before = system_clock::now();
  hub("subscribe", feed, to.url(), {{"hub.lease_seconds", "4000"}});
  ASSERT_TRUE(to.wait_for_challenges(1));
  auto asked_at = system_clock::now();
  // Time itself is what must pass until the answer.
  ASSERT_TRUE(eventually(
    [&] { return system_clock::now() > asked_at + milliseconds{100}; }));
  to.release();
  ASSERT_TRUE(wait_for_state(feed, to.url(), "active"));
  auto begin = begin_of(shown(feed, to.url(), "expires_at"), 4000);
  EXPECT_GE(begin, before - milliseconds{2});
  EXPECT_LE(begin, asked_at + milliseconds{2});
}

TEST_F(websub, websub_41_a_lease_is_clamped_and_announced) {
  start_with(
    {"--lease-min", "100s", "--lease-default", "150s", "--lease-max", "200s"});
  receiver to;
  subscribe(feed, to.url("/?1"), {{"hub.lease_seconds", "99"}});
  subscribe(feed, to.url("/?2"), {{"hub.lease_seconds", "201"}});
  subscribe(feed, to.url("/?3"), {{"hub.lease_seconds", "101"}});
  subscribe(feed, to.url("/?4"));
  EXPECT_THAT(asked(to.challenges(), "hub.lease_seconds"),
              ElementsAre("100", "200", "101", "150"));
  auto begin = begin_of(shown(feed, to.url("/?2"), "expires_at"), 200);
  EXPECT_LE(begin, system_clock::now());
  EXPECT_GE(begin, system_clock::now() - std::chrono::seconds{100});
}

TEST_F(websub, websub_42_a_lease_ends) {
  start_with({"--lease-min", "1s"});
  receiver to;
  receiver other;
  subscribe(feed, other.url());
  subscribe(feed, to.url(), {{"hub.lease_seconds", "2"}});
  auto end = parse_time(shown(feed, to.url(), "expires_at"));
  ASSERT_TRUE(eventually([&] {
    auto state = state_of(feed, to.url());
    return state == "expired" || state.empty();
  }));
  // The node counts in milliseconds.
  EXPECT_GE(system_clock::now(), end - milliseconds{2});
  publish(feed, "late");
  ASSERT_TRUE(other.wait_for_deliveries(1));
  restart();
  publish(feed, "later");
  ASSERT_TRUE(other.wait_for_deliveries(2));
  stop();
  EXPECT_THAT(to.deliveries(), IsEmpty());
}

TEST_F(websub, websub_42_no_lease_is_without_end) {
  start();
  receiver to;
  auto year = std::chrono::hours{24 * 365};
  subscribe(feed, to.url("/?1"));
  subscribe(feed, to.url("/?2"), {{"hub.lease_seconds", "4000000000"}});
  for (auto& callback : {to.url("/?1"), to.url("/?2")})
    EXPECT_LE(parse_time(shown(feed, callback, "expires_at")),
              system_clock::now() + year);
}

TEST_F(websub, websub_43_a_challenge_confirms_one_request_only) {
  start();
  receiver to;
  subscribe(feed, to.url(), {{"hub.secret", "old"}});
  auto first = asked(to.challenges().at(0), "hub.challenge");
  to.on_challenge(always(reply_with(200, first)));
  hub("subscribe", feed, to.url(), {{"hub.secret", "new"}});
  hub("unsubscribe", feed, to.url());
  ASSERT_TRUE(to.wait_for_challenges(3));
  EXPECT_NE(asked(to.challenges().at(1), "hub.challenge"), first);
  EXPECT_NE(asked(to.challenges().at(2), "hub.challenge"), first);
  restart();
  publish(feed, "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries().at(0);
  EXPECT_EQ(got.field("X-Hub-Signature"), signature("sha256", "old", got));
}

TEST_F(websub, websub_43_the_default_lease_is_ten_days) {
  start();
  receiver to;
  subscribe(feed, to.url());
  EXPECT_EQ(asked(to.challenges().at(0), "hub.lease_seconds"), "864000");
}

TEST_F(websub, websub_44_a_lease_has_a_minimum) {
  start();
  receiver to;
  subscribe(feed, to.url(), {{"hub.lease_seconds", "1"}});
  EXPECT_EQ(asked(to.challenges().at(0), "hub.lease_seconds"), "60");
}

TEST_F(websub, websub_45_no_answer_and_5xx_are_tried_again) {
  start_with({"--verify-timeout", "1s"});
  receiver unavailable;
  receiver closing;
  receiver hanging;
  unavailable.on_challenge(in_turn({reply_with(503)}, receiver::echo));
  closing.on_challenge(in_turn({reply::close()}, receiver::echo));
  hanging.on_challenge(in_turn({reply::hang()}, receiver::echo));
  for (auto to : {&unavailable, &closing, &hanging})
    hub("subscribe", feed, to->url());
  for (auto to : {&unavailable, &closing, &hanging}) {
    EXPECT_TRUE(wait_for_state(feed, to->url(), "active"));
    auto challenges = asked(to->challenges(), "hub.challenge");
    ASSERT_THAT(challenges, SizeIs(Ge(2u)));
    EXPECT_NE(challenges[0], challenges[1]);
  }
}

TEST_F(websub, websub_45_4xx_and_a_wrong_body_are_final) {
  start();
  receiver to;
  receiver unavailable;
  to.on_challenge(in_turn({reply_with(404), reply_with(200, "something else")},
                          receiver::echo));
  unavailable.on_challenge(in_turn({reply_with(500)}, receiver::echo));
  for (auto callback : {"/?1", "/?2"}) {
    hub("subscribe", feed, to.url(callback));
    ASSERT_TRUE(wait_for_state(feed, to.url(callback), ""));
  }
  // What is tried again has its turn after what is not would have had it.
  hub("subscribe", feed, unavailable.url());
  ASSERT_TRUE(unavailable.wait_for_challenges(2));
  stop();
  EXPECT_THAT(to.challenges(), SizeIs(2));
}
