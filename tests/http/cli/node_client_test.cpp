#include "config/errc.hpp"
#include "http/cli/node_client.hpp"
#include "tests/http/client/certificates.hpp"
#include "tests/http/client/raw_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include <unistd.h>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* hello
  = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"
    "hello";

class a_node_client : public testing::Test {
protected:
  std::unique_ptr<node_client> to(const raw_server& server,
                                  std::chrono::milliseconds timeout = 20s) {
    auto made = node_client::make({server.url("/base"), "s3cret"}, timeout);
    EXPECT_TRUE(made) << describe(made.error());
    return made ? std::move(*made) : nullptr;
  }

  std::string body_of(node_client& client) {
    auto answer = client.exchange(get);
    return answer ? answer->body : describe(answer.error());
  }

  static std::string failure_of(caf::expected<http_response> answer,
                                errc code) {
    if (answer)
      return "(an answer)";
    EXPECT_EQ(code_of(answer.error()), code);
    return describe(answer.error());
  }

  node_request get{"GET", "/x", {}, {}};
};

/// The client trusts what the system trusts, which OpenSSL looks up here.
class a_node_client_over_tls : public a_node_client {
protected:
  a_node_client_over_tls() {
    write_pem(authority, trusted);
    setenv("SSL_CERT_FILE", trusted.c_str(), 1);
  }

  ~a_node_client_over_tls() override {
    unsetenv("SSL_CERT_FILE");
    std::filesystem::remove(trusted);
  }

  identity authority = make_identity("test authority", "");
  identity node = make_identity("node", "IP:127.0.0.1", &authority);
  std::filesystem::path trusted
    = std::filesystem::temp_directory_path()
      / ("herald-node-" + std::to_string(::getpid()) + ".pem");
};

} // namespace

TEST_F(a_node_client, sends_a_request_and_reads_the_answer) {
  std::promise<std::string> seen;
  raw_server server{[&](raw_peer& peer) {
    seen.set_value(*peer.request());
    peer.send(hello);
  }};
  auto answer
    = to(server)->exchange({"POST",
                            "/events?topic=a",
                            {{"Content-Type", "a/b"}, {"X", "1\r\nY: 2"}},
                            "body"});
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->status, 200u);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(answer->fields, (std::vector<field>{{"content-type", "text/plain"},
                                                {"content-length", "5"}}));
  auto text = seen.get_future().get();
  auto agent = text.find("User-Agent: herald/");
  ASSERT_NE(agent, std::string::npos);
  text.erase(agent, text.find("\r\n", agent) + 2 - agent);
  EXPECT_EQ(text, "POST /base/events?topic=a HTTP/1.1\r\nHost: 127.0.0.1:"
                    + std::to_string(server.port())
                    + "\r\nAuthorization: Bearer s3cret\r\n"
                      "Content-Type: a/b\r\nX: 1Y: 2\r\n"
                      "Content-Length: 4\r\n\r\nbody");
}

TEST_F(a_node_client, keeps_its_connection) {
  raw_server server{always(hello)};
  auto client = to(server);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(body_of(*client), "hello");
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(a_node_client, replaces_a_kept_connection_that_was_closed) {
  raw_server server{[](raw_peer& peer) {
    peer.request();
    peer.send(hello);
    if (peer.number() == 0)
      peer.request();
  }};
  auto client = to(server);
  EXPECT_EQ(body_of(*client), "hello");
  EXPECT_EQ(body_of(*client), "hello");
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(a_node_client, does_not_send_again_once_an_answer_began) {
  raw_server server{[](raw_peer& peer) {
    peer.request();
    peer.send(hello);
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal");
  }};
  auto client = to(server);
  EXPECT_EQ(body_of(*client), "hello");
  EXPECT_NE(failure_of(client->exchange(get), errc::unreachable), "");
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(a_node_client, opens_a_new_connection_after_connection_close) {
  raw_server server{always("HTTP/1.1 200 OK\r\nConnection: close\r\n"
                           "Content-Length: 0\r\n\r\n")};
  auto client = to(server);
  EXPECT_TRUE(client->exchange(get));
  EXPECT_TRUE(client->exchange(get));
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(a_node_client, reads_a_body_that_ends_with_the_connection) {
  raw_server server{[](raw_peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\n\r\nall of it");
  }};
  EXPECT_EQ(body_of(*to(server)), "all of it");
}

TEST_F(a_node_client, does_not_wait_longer_than_the_timeout) {
  raw_server server{[](raw_peer& peer) { peer.wait_closed(); }};
  EXPECT_EQ(failure_of(to(server, 50ms)->exchange(get), errc::timeout),
            "http://127.0.0.1:" + std::to_string(server.port())
              + " did not answer within 50ms");
}

TEST_F(a_node_client, refuses_an_answer_that_is_too_large) {
  raw_server server{[](raw_peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    std::string part(1 << 20, 'x');
    for (size_t sent = 0; sent <= node_client::max_answer_bytes;
         sent += part.size())
      peer.send(part);
  }};
  EXPECT_NE(failure_of(to(server)->exchange(get), errc::too_large)
              .find("answers with more than 64MiB"),
            std::string::npos);
}

TEST_F(a_node_client, says_so_if_nobody_listens) {
  std::unique_ptr<node_client> client;
  {
    raw_server server{always(hello)};
    client = to(server);
  }
  EXPECT_NE(failure_of(client->exchange(get), errc::unreachable)
              .find("no node listens there"),
            std::string::npos);
}

TEST_F(a_node_client_over_tls, exchanges_large_bodies) {
  std::string body(3'000'000, 'x');
  raw_server server{[&](raw_peer& peer) {
                      while (auto what = peer.request())
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: "
                                  + std::to_string(what->size()) + "\r\n\r\n"
                                  + *what);
                    },
                    serve_as(node)};
  auto client = to(server);
  for (int i = 0; i < 2; ++i) {
    auto answer = client->exchange({"POST", "/x", {}, body});
    ASSERT_TRUE(answer) << describe(answer.error());
    EXPECT_TRUE(answer->body.ends_with("\r\n\r\n" + body));
  }
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(a_node_client_over_tls, does_not_wait_longer_than_the_timeout) {
  raw_server server{[](raw_peer& peer) { peer.wait_closed(); }, serve_as(node)};
  auto client = to(server, 100ms);
  EXPECT_NE(failure_of(client->exchange(get), errc::timeout), "");
  raw_server silent{[](raw_peer& peer) { peer.wait_closed(); }};
  auto made = node_client::make(
    {"https://127.0.0.1:" + std::to_string(silent.port()), {}}, 50ms);
  EXPECT_NE(failure_of((*made)->exchange(get), errc::timeout), "");
}

TEST_F(a_node_client_over_tls, refuses_a_certificate_that_nobody_vouches_for) {
  raw_server server{always(hello),
                    serve_as(make_identity("node", "DNS:other"))};
  EXPECT_NE(failure_of(to(server)->exchange(get), errc::unreachable)
              .find("certificate refused"),
            std::string::npos);
}
