#include "config/errc.hpp"
#include "http/client/tls.hpp"
#include "tests/http/client/certificates.hpp"
#include "tests/http/client/client_fixture.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include <unistd.h>

using namespace herald;
using namespace herald::test;

using ::testing::HasSubstr;

namespace {

class over_tls : public client_fixture {
protected:
  over_tls()
    : ca_file(std::filesystem::temp_directory_path()
              / ("herald_tls_test_" + std::to_string(getpid()) + ".pem")) {
    write_pem(authority, ca_file);
    options.ca_file = ca_file;
    options.lookup = [](const std::string&) {
      return resolution{{*ip_address::parse("127.0.0.1")}, {}};
    };
  }

  ~over_tls() override { std::filesystem::remove(ca_file); }

  identity signed_for(const std::string& hosts, bool expired = false) {
    return make_identity("server", hosts, &authority, expired);
  }

  /// Posts to a server that shows `who`, under the name `host`.
  http_outcome outcome(const identity& who, const std::string& host,
                       int max_version = TLS1_3_VERSION) {
    raw_server server{always(ok), serve_as(who, max_version)};
    return post_one("https://" + host + ":" + std::to_string(server.port()));
  }

  identity authority = make_identity("authority", "");
  std::filesystem::path ca_file;
};

} // namespace

TEST_F(over_tls, posts_and_keeps_the_connection) {
  raw_server server{always(ok), serve_as(signed_for("DNS:a.example"))};
  auto url = "https://a.example:" + std::to_string(server.port()) + "/x";
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(post_one(url, std::string(1000, 'b')).status, 204);
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(over_tls, sends_and_fetches_long_bodies) {
  std::string seen;
  auto body = std::string(3'000'000, 'b');
  raw_server server{[&](raw_peer& peer) {
                      seen = *peer.request();
                      peer.send(ok);
                      peer.request();
                      peer.send("HTTP/1.1 200 OK\r\n"
                                "Content-Length: 3000000\r\n\r\n"
                                + body);
                      peer.wait_closed();
                    },
                    serve_as(signed_for("DNS:a.example"))};
  auto url = "https://a.example:" + std::to_string(server.port()) + "/x";
  EXPECT_EQ(post_one(url, body).status, 204);
  EXPECT_TRUE(seen.ends_with("\r\n\r\n" + body));
  EXPECT_EQ(fetch(url, body.size()).body, body);
}

TEST_F(over_tls, names_the_host_it_wants) {
  std::string asked;
  raw_server server{[&](raw_peer& peer) {
                      asked = peer.asked_host();
                      peer.request();
                      peer.send(ok);
                    },
                    serve_as(signed_for("DNS:a.example"))};
  EXPECT_EQ(
    post_one("https://a.example:" + std::to_string(server.port())).status, 204);
  EXPECT_EQ(asked, "a.example");
}

TEST_F(over_tls, accepts_a_wildcard_and_an_address) {
  EXPECT_EQ(outcome(signed_for("DNS:*.b.example"), "a.b.example").status, 204);
  EXPECT_EQ(outcome(signed_for("IP:127.0.0.1"), "127.0.0.1").status, 204);
}

TEST_F(over_tls, refuses_a_certificate_for_another_host) {
  auto got = outcome(signed_for("DNS:b.example"), "a.example");
  EXPECT_EQ(got.status, 0);
  EXPECT_EQ(got.why, failure::tls);
  EXPECT_THAT(got.excerpt, HasSubstr("ostname mismatch"));
  got = outcome(signed_for("DNS:a.example"), "127.0.0.1");
  EXPECT_EQ(got.why, failure::tls);
  EXPECT_THAT(got.excerpt, HasSubstr("IP address mismatch"));
}

TEST_F(over_tls, refuses_a_self_signed_certificate) {
  auto got = outcome(make_identity("self", "DNS:a.example"), "a.example");
  EXPECT_EQ(got.why, failure::tls);
  EXPECT_THAT(got.excerpt, HasSubstr("self-signed certificate"));
}

TEST_F(over_tls, refuses_an_unknown_authority_and_an_expired_certificate) {
  auto other = make_identity("other authority", "");
  auto got
    = outcome(make_identity("server", "DNS:a.example", &other), "a.example");
  EXPECT_EQ(got.why, failure::tls);
  got = outcome(signed_for("DNS:a.example", true), "a.example");
  EXPECT_THAT(got.excerpt, HasSubstr("expired"));
}

TEST_F(over_tls, refuses_old_versions) {
  auto who = signed_for("DNS:a.example");
  EXPECT_EQ(outcome(who, "a.example", TLS1_1_VERSION).why, failure::tls);
  EXPECT_EQ(outcome(who, "a.example", TLS1_2_VERSION).status, 204);
}

TEST_F(over_tls, reports_a_peer_that_does_not_speak_it) {
  raw_server server{[](raw_peer& peer) {
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.wait_closed();
  }};
  auto got = post_one("https://a.example:" + std::to_string(server.port()));
  EXPECT_EQ(got.why, failure::tls);
  EXPECT_THAT(got.excerpt, HasSubstr("TLS handshake failed"));
}

TEST_F(over_tls, does_not_take_a_cut_off_body_for_a_whole_one) {
  raw_server server{[](raw_peer& peer) {
                      peer.request();
                      peer.send("HTTP/1.1 200 OK\r\n\r\nhalf of");
                      // A FIN without TLS's own farewell: anyone can send it.
                      ::shutdown(peer.handle(), SHUT_RDWR);
                    },
                    serve_as(signed_for("DNS:a.example"))};
  auto url = "https://a.example:" + std::to_string(server.port());
  EXPECT_EQ(fetch(url).outcome.why, failure::protocol);
  EXPECT_EQ(post_one(url).status, 200);
}

TEST_F(over_tls, is_not_set_up_without_its_authorities) {
  options.ca_file = ca_file.string() + ".missing";
  auto made = http_client::make(io, options);
  ASSERT_FALSE(made);
  EXPECT_EQ(code_of(made.error()), errc::invalid);
  EXPECT_THAT(describe(made.error()), HasSubstr(".missing"));
}
