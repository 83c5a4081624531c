#include "tests/http/client/client_fixture.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <latch>
#include <list>
#include <string>
#include <thread>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

class a_client : public client_fixture {};

} // namespace

// -- requests -----------------------------------------------------------------

TEST_F(a_client, sends_the_parts_of_a_post_in_order) {
  std::promise<std::string> seen;
  raw_server server{[&](raw_peer& peer) {
    seen.set_value(*peer.request());
    peer.send(ok);
  }};
  EXPECT_EQ(post_one(server.url("/hook?a=1")).status, 204);
  EXPECT_EQ(seen.get_future().get(),
            "POST /hook?a=1 HTTP/1.1\r\nHost: 127.0.0.1:"
              + std::to_string(server.port())
              + "\r\nContent-Length: 5\r\nHerald-Attempt: 1\r\n\r\nhello");
}

TEST_F(a_client, sends_long_bodies_whole_to_a_reader_that_lets_it_wait) {
  std::promise<void> go;
  auto may_read = go.get_future().share();
  std::promise<std::string> seen;
  raw_server server{[&](raw_peer& peer) {
    may_read.wait();
    seen.set_value(*peer.request());
    peer.send(ok);
  }};
  std::string body;
  for (int i = 0; body.size() < 8'000'000; ++i)
    body += std::to_string(i);
  auto who = make_sender();
  post(who, server.url(), 1, body);
  while (client().stats().in_flight == 0)
    std::this_thread::yield();
  go.set_value();
  EXPECT_EQ(who.box->wait(1).at(0).outcome.status, 204);
  EXPECT_TRUE(seen.get_future().get().ends_with("\r\n\r\n" + body));
}

TEST_F(a_client, gives_replies_the_token_of_their_request) {
  raw_server server{always(ok)};
  auto who = make_sender();
  std::vector<post_request> requests;
  for (uint64_t token = 1; token <= 100; ++token)
    requests.push_back(request(to(server.url()), token));
  client().post(who.handle, std::move(requests));
  uint64_t sum = 0;
  for (const auto& reply : who.box->wait(100))
    sum += reply.token;
  EXPECT_EQ(sum, 5050u);
}

TEST_F(a_client, fetches) {
  std::promise<std::string> seen;
  raw_server server{[&](raw_peer& peer) {
    seen.set_value(*peer.request());
    peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-A:  b \r\n"
              "Content-Length: 9\r\n\r\nchallenge");
  }};
  fetch_request what;
  what.to = to(server.url("/unused"));
  what.path = "/cb?hub.challenge=x";
  what.fields = {{"If-None-Match", "\"1\""}, {"Bad", "a\r\nb"}};
  auto reply = fetch(what);
  EXPECT_EQ(reply.outcome.status, 200);
  EXPECT_EQ(reply.outcome.why, failure::none);
  EXPECT_EQ(reply.body, "challenge");
  std::vector<field> fields{
    {"content-type", "text/plain"}, {"x-a", "b"}, {"content-length", "9"}};
  EXPECT_EQ(reply.fields, fields);
  EXPECT_EQ(seen.get_future().get(),
            "GET /cb?hub.challenge=x HTTP/1.1\r\nHost: 127.0.0.1:"
              + std::to_string(server.port())
              + "\r\nUser-Agent: herald/test\r\nAccept: */*\r\n"
                "Accept-Encoding: identity\r\n"
                "If-None-Match: \"1\"\r\n\r\n");
}

// -- connections --------------------------------------------------------------

TEST_F(a_client, uses_a_connection_again) {
  raw_server server{always(ok)};
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(post_one(server.url()).status, 204);
  EXPECT_EQ(fetch(server.url()).outcome.status, 204);
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(a_client, opens_a_new_one_after_connection_close) {
  raw_server server{always("HTTP/1.1 200 OK\r\nConnection: close\r\n"
                           "Content-Length: 0\r\n\r\n")};
  EXPECT_EQ(post_one(server.url()).status, 200);
  EXPECT_EQ(post_one(server.url()).status, 200);
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(a_client, opens_a_new_one_after_http_1_0) {
  raw_server server{always("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")};
  EXPECT_EQ(post_one(server.url()).status, 200);
  EXPECT_EQ(post_one(server.url()).status, 200);
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(a_client, does_not_trust_a_connection_with_unasked_bytes) {
  raw_server server{always(ok + "HTTP/1.1 500 What\r\n\r\n")};
  EXPECT_EQ(post_one(server.url()).status, 204);
  EXPECT_EQ(post_one(server.url()).status, 204);
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(a_client, notices_that_the_peer_closed_an_idle_connection) {
  raw_server server{[](raw_peer& peer) {
    peer.request();
    peer.send(ok);
  }};
  EXPECT_EQ(post_one(server.url()).status, 204);
  while (client().stats().connections != 0)
    std::this_thread::yield();
  EXPECT_EQ(post_one(server.url()).status, 204);
  EXPECT_EQ(client().stats().resent, 0u);
}

TEST_F(a_client, sends_again_when_a_kept_connection_turns_out_dead) {
  raw_server server{[](raw_peer& peer) {
    peer.request();
    peer.send(ok);
    if (peer.number() == 0) {
      peer.request(); // takes it, and breaks: the client cannot know
      return;
    }
    while (peer.request())
      peer.send(ok);
  }};
  EXPECT_EQ(post_one(server.url()).status, 204);
  EXPECT_EQ(post_one(server.url()).status, 204);
  EXPECT_EQ(client().stats().resent, 1u);
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(a_client, sends_again_after_a_reset_too) {
  raw_server server{[](raw_peer& peer) {
    peer.request();
    peer.send(ok);
    if (peer.number() == 0 && peer.request())
      return peer.reset();
    peer.wait_closed();
  }};
  EXPECT_EQ(post_one(server.url()).status, 204);
  EXPECT_EQ(post_one(server.url()).status, 204);
  EXPECT_EQ(client().stats().resent, 1u);
}

TEST_F(a_client, sends_again_only_once) {
  std::atomic<int> requests = 0;
  raw_server server{[&](raw_peer& peer) {
    peer.request();
    ++requests;
    if (peer.number() == 0) {
      peer.send(ok);
      peer.request();
      ++requests;
    }
  }};
  EXPECT_EQ(post_one(server.url()).status, 204);
  auto outcome = post_one(server.url());
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.why, failure::protocol);
  EXPECT_EQ(requests, 3);
}

TEST_F(a_client, does_not_send_again_once_an_answer_began) {
  raw_server server{[](raw_peer& peer) {
    peer.request();
    peer.send(ok);
    peer.request();
    peer.send("HTTP/1.");
  }};
  EXPECT_EQ(post_one(server.url()).status, 204);
  EXPECT_EQ(post_one(server.url()).why, failure::protocol);
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(a_client, closes_connections_that_are_idle_for_long) {
  options.idle_timeout = 1ms;
  options.delivery.connect_timeout = 10ms;
  raw_server server{always(ok)};
  EXPECT_EQ(post_one(server.url()).status, 204);
  while (client().stats().connections != 0)
    std::this_thread::yield();
}

TEST_F(a_client, bounds_the_idle_connections_of_all_origins) {
  options.idle_connections = 2;
  std::list<raw_server> servers;
  for (int i = 0; i < 4; ++i) {
    servers.emplace_back(always(ok));
    EXPECT_EQ(post_one(servers.back().url()).status, 204);
  }
  EXPECT_EQ(client().stats().connections, 2u);
  EXPECT_EQ(post_one(servers.back().url()).status, 204);
  EXPECT_EQ(servers.back().connections(), 1u);
  EXPECT_EQ(post_one(servers.front().url()).status, 204);
  EXPECT_EQ(servers.front().connections(), 2u);
}

TEST_F(a_client, reports_a_refused_connection) {
  uint16_t free_port = 0;
  {
    raw_server server{always(ok)};
    free_port = server.port();
  }
  auto outcome
    = post_one("http://127.0.0.1:" + std::to_string(free_port) + "/");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.why, failure::connect);
  EXPECT_THAT(outcome.excerpt, StartsWith("no connection: "));
}

// -- addresses ----------------------------------------------------------------

TEST_F(a_client, refuses_a_literal_that_the_policy_forbids) {
  options.policy = address_policy{};
  raw_server server{always(ok)};
  auto outcome = post_one(server.url());
  EXPECT_EQ(outcome.why, failure::policy);
  EXPECT_EQ(server.connections(), 0u);
}

TEST_F(a_client, asks_the_policy_about_the_resolved_address) {
  options.policy = address_policy{};
  options.lookup = [](const std::string&) {
    return resolution{{*ip_address::parse("127.0.0.1")}, {}};
  };
  raw_server server{always(ok)};
  auto outcome
    = post_one("http://public.example:" + std::to_string(server.port()) + "/");
  EXPECT_EQ(outcome.why, failure::policy);
  EXPECT_EQ(server.connections(), 0u);
}

TEST_F(a_client, skips_forbidden_addresses_and_tries_the_others_in_turn) {
  options.lookup = [](const std::string& host) {
    EXPECT_EQ(host, "several.example");
    return resolution{{*ip_address::parse("10.0.0.1"),
                       *ip_address::parse("127.0.0.9"), // nobody listens
                       *ip_address::parse("127.0.0.1")},
                      {}};
  };
  raw_server server{always(ok)};
  auto outcome
    = post_one("http://several.example:" + std::to_string(server.port()) + "/");
  EXPECT_EQ(outcome.status, 204);
}

TEST_F(a_client, reports_a_name_that_does_not_exist) {
  options.lookup = [](const std::string&) { return resolution{{}, "unknown"}; };
  auto outcome = post_one("http://nowhere.example/");
  EXPECT_EQ(outcome.why, failure::dns);
  EXPECT_THAT(outcome.excerpt, HasSubstr("unknown"));
}

// -- end ----------------------------------------------------------------------

TEST_F(a_client, answers_everything_when_it_stops) {
  options.origin_connections = 1;
  raw_server server{[](raw_peer& peer) { peer.wait_closed(); }};
  auto who = make_sender();
  for (uint64_t token = 1; token <= 3; ++token)
    post(who, server.url(), token);
  while (client().stats().waiting != 2)
    std::this_thread::yield();
  client().stop();
  post(who, server.url(), 4);
  auto replies = who.box->wait(4);
  for (const auto& reply : replies) {
    EXPECT_EQ(reply.outcome.why, failure::connect);
    EXPECT_EQ(reply.outcome.excerpt, "stopping");
  }
  EXPECT_EQ(fetch(server.url()).outcome.excerpt, "stopping");
  EXPECT_EQ(client().stats().connections, 0u);
}

TEST_F(a_client, may_end_without_being_stopped) {
  raw_server server{[](raw_peer& peer) { peer.wait_closed(); }};
  auto who = make_sender();
  post(who, server.url(), 1);
  while (client().stats().in_flight == 0)
    std::this_thread::yield();
  io.stop(); // before the client: nothing runs any more
}
