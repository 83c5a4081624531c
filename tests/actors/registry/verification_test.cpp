#include "tests/actors/registry/registry_fixture.hpp"

#include <gmock/gmock.h>

#include <set>

namespace herald::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(a_registry, websub_23_and_27_answers_when_durable_before_verification) {
  hold();
  EXPECT_TRUE(subscribe(feed, callback, "s"));
  auto row = stored(id);
  ASSERT_TRUE(row);
  EXPECT_FALSE(row->active);
  ASSERT_TRUE(row->pending);
  EXPECT_EQ(row->pending->secret, "s");
  EXPECT_THAT(receivers(feed), IsEmpty());
  EXPECT_THAT(net.held_fetches(), ElementsAre(0));
}

TEST_F(a_registry, websub_32_becomes_active_when_confirmed) {
  EXPECT_TRUE(subscribe(feed, callback, "s"));
  auto row = stored(id);
  ASSERT_TRUE(row);
  EXPECT_TRUE(row->active);
  EXPECT_FALSE(row->pending);
  EXPECT_EQ(row->secret, "s");
  EXPECT_EQ(row->lease_seconds, lease);
  EXPECT_EQ(row->created_at, epoch_ms);
  EXPECT_THAT(receivers(feed), ElementsAre(callback));
  EXPECT_THAT(take_news(), ElementsAre("changed " + id.to_string() + " s"));
}

TEST_F(a_registry, websub_35_and_36_sends_what_the_verification_needs) {
  subscribe(feed, callback);
  EXPECT_EQ(net.fetches().size(), 1u);
  auto path = last_path();
  EXPECT_EQ(path, "/cb?hub.mode=subscribe&hub.topic=http%3A%2F%2Fpub%2Ffeed"
                  "%3Fx%3D1%26y&hub.challenge="
                    + challenge(0) + "&hub.lease_seconds=1000");
  EXPECT_EQ(net.fetches().back().to->origin, "http://sub:80");
  EXPECT_EQ(net.fetches().back().timeout, verify_config{}.timeout);
}

// PubSubHubbub 0.3, 6.2.1.
TEST_F(a_registry, brings_the_verify_token_back) {
  auto what = wish(feed, callback);
  what.what.verify_token = "a token & more";
  EXPECT_TRUE(send(what));
  EXPECT_THAT(last_path(),
              testing::EndsWith("&hub.lease_seconds=1000"
                                "&hub.verify_token=a%20token%20%26%20more"));
  EXPECT_EQ(active_secret(id), "");
  what.what.subscribe = false;
  EXPECT_TRUE(send(what));
  EXPECT_THAT(last_path(),
              testing::EndsWith("&hub.verify_token=a%20token%20%26%20more"));
  EXPECT_FALSE(stored(id));
}

TEST_F(a_registry, says_that_it_asks_a_callback) {
  subscribe(feed, callback);
  EXPECT_TRUE(net.fetches().back().to_callback);
}

TEST_F(a_registry, websub_35_sends_the_topic_as_it_was_requested) {
  subscribe("UN.Cefact.*", callback);
  EXPECT_EQ(parameter(last_path(), "hub.topic"), "UN.Cefact.%2A");
  subscribe("un.CEFACT.*", callback);
  EXPECT_EQ(parameter(last_path(), "hub.topic"), "un.CEFACT.%2A");
}

TEST_F(a_registry, websub_43_uses_each_challenge_once) {
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    subscribe(feed, callback, std::to_string(i));
    auto fresh = challenge(net.fetches().size() - 1);
    EXPECT_GE(fresh.size(), 128u / 6);
    EXPECT_EQ(fresh.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
                                      "mnopqrstuvwxyz0123456789-_"),
              std::string::npos);
    EXPECT_TRUE(seen.insert(fresh).second);
  }
}

TEST_F(a_registry, websub_43_does_not_take_the_challenge_of_another_request) {
  hold();
  subscribe(feed, callback);
  net.release_fetch(0, fetched(503));
  run();
  advance(1s);
  ASSERT_EQ(net.fetches().size(), 2u);
  net.release_fetch(1, fetched(200, challenge(0)));
  run();
  EXPECT_FALSE(stored(id));
}

TEST_F(a_registry, websub_20_and_21_keep_the_callbacks_own_query) {
  struct {
    const char* callback;
    const char* path;
  } cases[] = {
    {"http://s/cb?a=%2f&b", "/cb?a=%2f&b&hub.mode=subscribe"},
    {"http://s/cb?hub.topic=mine&hub.mode=x",
     "/cb?hub.topic=mine&hub.mode=x&hub.mode=subscribe"},
    {"http://s/cb?", "/cb?hub.mode=subscribe"},
    {"http://s/cb?a=1&", "/cb?a=1&&hub.mode=subscribe"},
    {"http://s", "/?hub.mode=subscribe"},
  };
  for (auto& each : cases) {
    subscribe(feed, each.callback);
    EXPECT_THAT(last_path(), testing::StartsWith(each.path));
  }
}

TEST_F(a_registry, websub_16_keys_by_topic_and_whole_callback) {
  subscribe(feed, callback + "?a");
  subscribe(feed, callback + "?b");
  subscribe(feed, callback + "?b");
  EXPECT_THAT(receivers(feed),
              UnorderedElementsAre(callback + "?a", callback + "?b"));
}

TEST_F(a_registry, websub_37_takes_any_2xx_with_the_challenge) {
  for (uint16_t status :
       std::initializer_list<uint16_t>{200, 201, 202, 204, 226, 299}) {
    net.on_fetch = [status](const fetch_request& request) {
      auto reply = *echo(request);
      reply.outcome.status = status;
      return reply;
    };
    auto to = callback + std::to_string(status);
    subscribe(feed, to);
    EXPECT_EQ(active_secret(id_of(feed, to)), "");
  }
}

TEST_F(a_registry, websub_38_and_45_take_3xx_and_4xx_as_final) {
  for (uint16_t status :
       std::initializer_list<uint16_t>{301, 302, 307, 400, 404, 410, 429}) {
    net.on_fetch = [status](const fetch_request& request) {
      auto reply = *echo(request);
      reply.outcome.status = status;
      return reply;
    };
    auto before = net.fetches().size();
    subscribe(feed, callback);
    advance(2min);
    EXPECT_EQ(net.fetches().size(), before + 1) << status;
    EXPECT_FALSE(stored(id)) << status;
  }
}

TEST_F(a_registry, websub_39_takes_another_body_as_final) {
  for (std::string prefix : {"", " ", "x"})
    for (std::string suffix : {"", "\n", "x"}) {
      if (prefix.empty() && suffix.empty())
        continue;
      net.on_fetch = [&](const fetch_request& request) {
        auto reply = *echo(request);
        reply.body = prefix + reply.body + suffix;
        return reply;
      };
      subscribe(feed, callback);
      EXPECT_FALSE(stored(id));
    }
  answer_with(fetched(200, ""));
  subscribe(feed, callback);
  advance(2min);
  EXPECT_FALSE(stored(id));
  EXPECT_THAT(receivers(feed), IsEmpty());
}

TEST_F(a_registry, websub_45_tries_a_few_times_within_a_minute) {
  for (auto reply :
       {fetched(500), fetched(503), not_fetched(failure::connect),
        not_fetched(failure::timeout), not_fetched(failure::dns),
        not_fetched(failure::tls), not_fetched(failure::protocol)}) {
    answer_with(reply);
    auto before = net.fetches().size();
    subscribe(feed, callback);
    std::vector<size_t> made;
    for (auto wait : {0s, 1s, 5s, 15s, 30s}) {
      if (wait > 0s) {
        advance(wait - 1ms);
        EXPECT_EQ(net.fetches().size() - before, made.size());
        advance(1ms);
      }
      made.push_back(net.fetches().size() - before);
    }
    EXPECT_THAT(made, ElementsAre(1, 2, 3, 4, 5));
    EXPECT_FALSE(stored(id));
    advance(5min);
    EXPECT_EQ(net.fetches().size() - before, 5u);
  }
}

TEST_F(a_registry, websub_45_succeeds_at_a_later_try) {
  answer_with(fetched(500));
  subscribe(feed, callback, "s");
  advance(1s);
  net.on_fetch = echo;
  advance(5s);
  EXPECT_EQ(active_secret(id), "s");
}

TEST_F(a_registry, takes_a_forbidden_address_as_final) {
  answer_with(not_fetched(failure::policy));
  subscribe(feed, callback);
  EXPECT_FALSE(stored(id));
}

TEST_F(a_registry, tries_again_when_the_transport_does_not_answer) {
  hold();
  subscribe(feed, callback);
  advance(verify_config{}.timeout + callback_limits{}.queue);
  advance(1s);
  EXPECT_EQ(net.fetches().size(), 2u);
  // What comes too late counts for nothing.
  confirm(0);
  EXPECT_EQ(active_secret(id), "-");
  confirm(1);
  EXPECT_EQ(active_secret(id), "");
}

TEST_F(a_registry, websub_40_counts_the_lease_from_the_verification_request) {
  hold();
  subscribe(feed, callback);
  advance(3s);
  net.release_fetch(0, fetched(503));
  run();
  advance(1s);
  advance(2s);
  confirm(1);
  EXPECT_EQ(stored(id)->expires_at, epoch_ms + 4000 + lease * 1000);
}

TEST_F(a_registry, websub_42_enforces_expiry_to_the_moment) {
  have_subscription();
  advance(lease * 1s - 1ms);
  EXPECT_THAT(receivers(feed), ElementsAre(callback));
  EXPECT_EQ(active_secret(id), "old");
  advance(1ms);
  EXPECT_THAT(receivers(feed), IsEmpty());
  EXPECT_EQ(active_secret(id), "-");
}

} // namespace
} // namespace herald::test
