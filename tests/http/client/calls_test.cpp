// Whom the client calls, for how long by the same connection, and what settles
// a call.
#include "tests/http/client/client_fixture.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace herald::test {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class a_call : public client_fixture {
protected:
  /// Answers every request of a connection with `answer`.
  static raw_server::script answering(std::string answer) {
    return [answer](raw_peer& peer) {
      while (peer.request())
        peer.send(answer);
    };
  }

  /// Answers the first request of a connection, and then keeps quiet.
  static raw_server::script answering_once(std::string answer) {
    return [answer](raw_peer& peer) {
      if (peer.request())
        peer.send(answer);
      peer.wait_closed();
    };
  }

  own_addresses own(const raw_server& listener) const {
    return {{{"127.0.0.1", listener.port()}}, ""};
  }
};

const std::string no_content = "HTTP/1.1 204 No Content\r\n\r\n";

} // namespace

// -- addresses and ports ------------------------------------------------------

TEST_F(a_call, a_port_that_may_not_be_called_is_not) {
  raw_server server{answering(no_content)};
  callbacks_config rules;
  rules.ports = port_set{};
  ASSERT_FALSE(rules.ports.add("443"));
  allowed_addresses allow;
  allow.loopback_too = true;
  options.policy = address_policy{rules, allow};
  auto outcome = post_one(server.url());
  EXPECT_EQ(outcome.why, failure::policy);
  EXPECT_THAT(outcome.excerpt, HasSubstr("port"));
  EXPECT_EQ(server.connections(), 0u);
}

TEST_F(a_call, another_policy_counts_for_open_connections_too) {
  raw_server server{answering(no_content)};
  EXPECT_EQ(post_one(server.url()).status, 204);
  client().set_policy(address_policy{});
  EXPECT_EQ(post_one(server.url()).why, failure::policy);
  EXPECT_EQ(server.connections(), 1u);
}

// -- the node itself ----------------------------------------------------------

TEST_F(a_call, the_nodes_own_listener_is_not_called) {
  raw_server server{answering(no_content)};
  options.self = own(server);
  options.loops = std::make_shared<loop_counters>();
  auto outcome = post_one(server.url());
  EXPECT_EQ(outcome.why, failure::policy);
  EXPECT_THAT(outcome.excerpt, HasSubstr("listens"));
  EXPECT_EQ(options.loops->self_calls, 1u);
  EXPECT_EQ(fetch(server.url()).outcome.why, failure::policy);
  EXPECT_EQ(options.loops->self_calls, 2u);
}

TEST_F(a_call, the_nodes_own_listener_is_not_called_by_another_name) {
  raw_server server{answering(no_content)};
  options.self = own(server);
  options.lookup = [](const std::string&) {
    return resolution{{*ip_address::parse("127.0.0.1")}, {}, {}};
  };
  auto url = "http://other.example:" + std::to_string(server.port()) + "/";
  EXPECT_EQ(post_one(url).why, failure::policy);
}

TEST_F(a_call, a_callback_at_the_base_url_is_refused_and_a_topic_is_not) {
  raw_server server{answering(no_content)};
  options.self = own_addresses{{}, server.url("")};
  EXPECT_EQ(post_one(server.url("/mine")).why, failure::policy);
  EXPECT_EQ(fetch(server.url("/feed")).outcome.status, 204);
  // Also where a connection is open already.
  EXPECT_EQ(post_one(server.url("/mine")).why, failure::policy);
  fetch_request verification;
  verification.to = to(server.url("/mine"));
  verification.to_callback = true;
  EXPECT_EQ(fetch(verification).outcome.why, failure::policy);
}

// -- connections --------------------------------------------------------------

TEST_F(a_call, a_connection_is_not_used_past_its_age) {
  raw_server server{answering(no_content)};
  options.delivery.connection_age = 0ms;
  EXPECT_EQ(post_one(server.url()).status, 204);
  EXPECT_EQ(post_one(server.url()).status, 204);
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(a_call, a_name_is_not_remembered_for_longer_than_a_connection) {
  raw_server server{answering(no_content)};
  std::atomic<int> lookups{0};
  options.delivery.connection_age = 0ms;
  options.lookup = [&lookups](const std::string&) {
    ++lookups;
    return resolution{{*ip_address::parse("127.0.0.1")}, {}, {}};
  };
  auto url = "http://moving.example:" + std::to_string(server.port()) + "/";
  EXPECT_EQ(post_one(url).status, 204);
  EXPECT_EQ(post_one(url).status, 204);
  EXPECT_EQ(lookups, 2);
}

TEST_F(a_call, an_answer_of_http_1_0_with_a_transfer_coding_is_not_trusted) {
  raw_server server{answering("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")};
  EXPECT_EQ(post_one(server.url()).status, 200);
  EXPECT_EQ(post_one(server.url()).status, 200);
  EXPECT_EQ(server.connections(), 2u);
}

// -- what settles a post ------------------------------------------------------

TEST_F(a_call, a_status_line_settles_it_whatever_comes_behind) {
  for (std::string rest :
       {"Content-Length: 2\r\nTransfer-Encoding: "
        "chunked\r\n\r\n2\r\nok\r\n0\r\n"
        "\r\n",
        "Content-Length: x\r\n\r\n", "no field\r\n\r\n", "A\x01: b\r\n\r\n",
        "Content-Length: 5\r\n\r\nab", "A: "}) {
    raw_server server{[rest](raw_peer& peer) {
      peer.request();
      peer.send("HTTP/1.1 200 OK\r\n" + rest);
    }};
    EXPECT_EQ(post_one(server.url()).status, 200) << rest;
    EXPECT_EQ(post_one(server.url()).status, 200) << rest;
    EXPECT_EQ(server.connections(), 2u) << rest;
  }
}

TEST_F(a_call, a_status_line_settles_it_before_too_many_fields) {
  raw_server server{answering_once(
    "HTTP/1.1 503 Later\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n")};
  EXPECT_EQ(post_one(server.url()).status, 503);
}

TEST_F(a_call, a_status_line_settles_it_where_nothing_more_comes) {
  options.delivery.timeout = 200ms;
  raw_server server{answering_once("HTTP/1.1 201 Created\r\n")};
  EXPECT_EQ(post_one(server.url()).status, 201);
}

TEST_F(a_call, an_interim_status_line_settles_nothing) {
  raw_server server{[](raw_peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 103 Early Hints\r\nA: ");
  }};
  EXPECT_EQ(post_one(server.url()).why, failure::protocol);
}

TEST_F(a_call, half_a_status_line_settles_nothing) {
  for (std::string line : {"HTTP/1.1 20", "HTTP/1.1 200 O", "HTTP/2 200 OK\r\n",
                           "HTTP/1.1 2x0 OK\r\n", "ICY 200 OK\r\n"}) {
    raw_server server{[line](raw_peer& peer) {
      peer.request();
      peer.send(line);
    }};
    EXPECT_EQ(post_one(server.url()).why, failure::protocol) << line;
  }
}

// -- content codings ----------------------------------------------------------

TEST_F(a_call, a_fetch_asks_for_no_coding_and_takes_off_what_comes) {
  std::string seen;
  // `hello` by zlib, without a frame.
  const std::string coded{"\xcb\x48\xcd\xc9\xc9\x07\x00", 7};
  raw_server server{[&](raw_peer& peer) {
    seen = peer.request().value_or("");
    peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n"
              "Content-Length: 7\r\n\r\n"
              + coded);
  }};
  auto reply = fetch(server.url());
  EXPECT_EQ(reply.outcome.status, 200);
  EXPECT_EQ(reply.body, "hello");
  EXPECT_THAT(seen, HasSubstr("\r\nAccept-Encoding: identity\r\n"));
  for (auto& [name, value] : reply.fields)
    EXPECT_NE(name, "content-encoding");
}

TEST_F(a_call, a_fetch_refuses_in_words_what_it_cannot_read) {
  raw_server server{answering("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n"
                              "Content-Length: 1\r\n\r\nx")};
  auto reply = fetch(server.url());
  EXPECT_EQ(reply.outcome.why, failure::protocol);
  EXPECT_THAT(reply.outcome.excerpt, HasSubstr("content coding"));
}

} // namespace herald::test
