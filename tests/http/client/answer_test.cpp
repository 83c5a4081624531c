#include "tests/http/client/client_fixture.hpp"

#include <gmock/gmock.h>

#include <string>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

using ::testing::HasSubstr;

namespace {

class an_answer : public client_fixture {
protected:
  /// The outcome of a post that gets `bytes`, and then a closed connection.
  http_outcome to_post(std::string bytes) {
    raw_server server{[&](raw_peer& peer) {
      peer.request();
      peer.send(bytes);
    }};
    return post_one(server.url());
  }

  /// The same, but the connection stays open.
  http_outcome to_post_open(std::string bytes) {
    raw_server server{[&](raw_peer& peer) {
      peer.request();
      peer.send(bytes);
      peer.wait_closed();
    }};
    return post_one(server.url());
  }

  fetch_reply to_fetch(std::string bytes, size_t max_body = 64 * 1024) {
    raw_server server{[&](raw_peer& peer) {
      peer.request();
      peer.send(bytes);
    }};
    return fetch(server.url(), max_body);
  }
};

} // namespace

TEST_F(an_answer, has_its_status_and_no_excerpt_when_it_is_2xx) {
  auto outcome = to_post("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.why, failure::none);
  EXPECT_EQ(outcome.excerpt, "");
}

TEST_F(an_answer, keeps_the_start_of_an_error) {
  auto body = std::string(2000, 'e');
  auto outcome
    = to_post("HTTP/1.1 500 Oops\r\nContent-Length: 2000\r\n\r\n" + body);
  EXPECT_EQ(outcome.status, 500);
  EXPECT_EQ(outcome.why, failure::none);
  EXPECT_EQ(outcome.excerpt, body.substr(0, 1024));
}

TEST_F(an_answer, tells_when_to_come_back) {
  auto outcome = to_post("HTTP/1.1 503 Busy\r\nRetry-After: 120 \r\n"
                         "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(outcome.retry_after, "120");
  outcome = to_post("HTTP/1.1 503 Busy\r\nRetry-After: " + std::string(99, '1')
                    + "\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(outcome.retry_after, std::string(64, '1'));
}

TEST_F(an_answer, does_not_carry_over_to_the_next) {
  raw_server server{[](raw_peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\n"
              "Content-Length: 4\r\n\r\nbusy");
    peer.request();
    peer.send("HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n");
  }};
  EXPECT_EQ(post_one(server.url()).retry_after, "120");
  auto outcome = post_one(server.url());
  EXPECT_EQ(outcome.status, 404);
  EXPECT_EQ(outcome.retry_after, "");
  EXPECT_EQ(outcome.excerpt, "");
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(an_answer, may_follow_interim_ones) {
  auto outcome = to_post("HTTP/1.1 100 Continue\r\n\r\n"
                         "HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
                         "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(outcome.status, 202);
  EXPECT_EQ(outcome.retry_after, "");
}

TEST_F(an_answer, is_not_interim_for_ever) {
  std::string interim;
  for (int i = 0; i < 17; ++i)
    interim += "HTTP/1.1 100 Continue\r\n\r\n";
  auto outcome = to_post_open(interim);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.why, failure::protocol);
}

TEST_F(an_answer, does_not_switch_protocols) {
  auto outcome = to_post_open("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.why, failure::protocol);
}

TEST_F(an_answer, may_be_chunked) {
  std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrail: er\r\n\r\n";
  EXPECT_EQ(to_post(bytes).status, 200);
  auto reply = to_fetch(bytes);
  EXPECT_EQ(reply.body, "abcde");
  EXPECT_EQ(reply.fields.size(), 1u);
}

TEST_F(an_answer, may_come_byte_by_byte) {
  raw_server server{[](raw_peer& peer) {
    while (peer.request())
      for (char c : std::string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                                "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"})
        peer.send({&c, 1});
  }};
  EXPECT_EQ(fetch(server.url()).body, "abc");
  EXPECT_EQ(post_one(server.url()).status, 200);
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(an_answer, may_end_with_the_connection) {
  auto reply = to_fetch("HTTP/1.1 200 OK\r\n\r\nall of it");
  EXPECT_EQ(reply.outcome.status, 200);
  EXPECT_EQ(reply.body, "all of it");
}

TEST_F(an_answer, that_redirects_is_not_followed) {
  raw_server other{always(ok)};
  auto outcome = to_post("HTTP/1.1 302 Found\r\nLocation: " + other.url()
                         + "\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(outcome.status, 302);
  EXPECT_EQ(other.connections(), 0u);
}

TEST_F(an_answer, must_be_http) {
  for (auto bytes : {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2.0 200 OK\r\n\r\n",
                     "HTTP/1.1 000 Zero\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n"}) {
    auto outcome = to_post_open(bytes);
    EXPECT_EQ(outcome.status, 0) << bytes;
    EXPECT_EQ(outcome.why, failure::protocol) << bytes;
    EXPECT_THAT(outcome.excerpt, HasSubstr("not HTTP")) << bytes;
  }
}

TEST_F(an_answer, to_a_fetch_must_be_http_as_a_whole) {
  for (auto rest : {"Content-Length: -1\r\n\r\n", "Bad Name: 1\r\n\r\n"}) {
    auto outcome = to_fetch(std::string{"HTTP/1.1 200 OK\r\n"} + rest).outcome;
    EXPECT_EQ(outcome.why, failure::protocol) << rest;
    EXPECT_THAT(outcome.excerpt, HasSubstr("not HTTP")) << rest;
  }
}

// We ask for none: the body would not be what it seems (RFC 9112, 7.4).
TEST_F(an_answer, has_no_transfer_coding_but_chunked) {
  auto coded = [](const std::string& fields) {
    return "HTTP/1.1 200 OK\r\n" + fields + "\r\n1\r\nx\r\n0\r\n\r\n";
  };
  for (auto* fields :
       {"Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: x\r\n"}) {
    EXPECT_EQ(to_fetch(coded(fields)).outcome.why, failure::protocol) << fields;
    EXPECT_EQ(to_post(coded(fields)).status, 200) << fields;
  }
  EXPECT_EQ(to_fetch(coded("Transfer-Encoding: Chunked\r\n")).body, "x");
  EXPECT_EQ(
    to_fetch("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nx").body,
    "x");
}

TEST_F(an_answer, has_a_bounded_header) {
  auto reply = to_fetch("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x')
                        + "\r\n\r\n");
  EXPECT_EQ(reply.outcome.status, 0);
  EXPECT_EQ(reply.outcome.why, failure::protocol);
  std::string endless = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 1000; ++i)
    endless += "X-Field-" + std::to_string(i) + ": some value\r\n";
  EXPECT_EQ(to_fetch(endless).outcome.why, failure::protocol);
}

TEST_F(an_answer, may_have_a_header_up_to_the_bound) {
  auto outcome = to_post("HTTP/1.1 200 OK\r\nX: " + std::string(15'000, 'x')
                         + "\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(outcome.status, 200);
}

TEST_F(an_answer, has_a_bounded_trailer) {
  auto outcome = to_post_open("HTTP/1.1 200 OK\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n0\r\nX: "
                              + std::string(40'000, 'x'));
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(client().stats().connections, 0u);
}

TEST_F(an_answer, to_a_post_counts_though_its_body_is_endless) {
  raw_server server{[](raw_peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::string chunk = "1000\r\n" + std::string(4096, 'x') + "\r\n";
    for (int i = 0; i < 17; ++i)
      peer.send(chunk);
    peer.wait_closed();
  }};
  EXPECT_EQ(post_one(server.url()).status, 200);
  EXPECT_EQ(client().stats().connections, 0u);
}

TEST_F(an_answer, to_a_post_counts_though_its_body_breaks_off) {
  auto outcome = to_post("HTTP/1.1 410 Gone\r\nContent-Length: 9\r\n\r\nhal");
  EXPECT_EQ(outcome.status, 410);
  EXPECT_EQ(outcome.why, failure::none);
  EXPECT_EQ(outcome.excerpt, "hal");
}

TEST_F(an_answer, to_a_post_counts_though_its_body_drips) {
  options.delivery.timeout = 100ms;
  auto outcome
    = to_post_open("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal");
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(client().stats().connections, 0u);
}

TEST_F(an_answer, to_a_fetch_must_be_whole) {
  auto reply = to_fetch("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal");
  EXPECT_EQ(reply.outcome.status, 0);
  EXPECT_EQ(reply.outcome.why, failure::protocol);
  EXPECT_EQ(reply.body, "");
}

TEST_F(an_answer, to_a_fetch_has_a_bounded_body) {
  std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde";
  EXPECT_EQ(to_fetch(bytes, 5).body, "abcde");
  EXPECT_EQ(to_fetch(bytes, 4).outcome.why, failure::protocol);
  auto big = std::string(300'000, 'b');
  EXPECT_EQ(
    to_fetch("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + big, 300'000)
      .body,
    big);
}

TEST_F(an_answer, may_come_before_the_request_is_read) {
  raw_server server{[](raw_peer& peer) {
    peer.peek_head();
    peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    peer.wait_closed();
  }};
  auto outcome = post_one(server.url(), std::string(30'000'000, 'x'));
  EXPECT_EQ(outcome.status, 413);
}

TEST_F(an_answer, must_come) {
  auto outcome = to_post("");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.why, failure::protocol);
  EXPECT_THAT(outcome.excerpt, HasSubstr("without an answer"));
}
