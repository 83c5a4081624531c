// Where a request ends (RFC 9112, 3.2, 6.1, 6.3 and 9.3): what a proxy in front
// and the node could read differently is refused, and the connection closed.
#include "tests/end_to_end/support/call_outcomes.hpp"
#include "tests/end_to_end/support/raw_http.hpp"

using namespace herald::end_to_end;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;

namespace {

using framing_heads = std::vector<std::string>;

/// Behind each doubtful request: it must never be taken for one of its own.
const std::string smuggled
  = "POST /events?topic=smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    "Content-Type: text/plain\r\nContent-Length: 1\r\n\r\ns";

const std::string framing_line = "POST /events?topic=a HTTP/1.1\r\n";
const std::string framing_host = "Host: 127.0.0.1\r\n"
                                 "Content-Type: text/plain\r\n";
const std::string one_chunk = "\r\n1\r\na\r\n0\r\n\r\n";

/// What may follow the head of a request, so that it is doubtful.
const framing_heads doubtful_codings{
  "Transfer-Encoding: xchunked\r\n" + one_chunk,
  "Transfer-Encoding: chunkedx\r\n" + one_chunk,
  "Transfer-Encoding: identity\r\n" + one_chunk,
  "Transfer-Encoding: gzip\r\n" + one_chunk,
  "Transfer-Encoding: gzip, chunked\r\n" + one_chunk,
  "Transfer-Encoding: chunked, gzip\r\n" + one_chunk,
  "Transfer-Encoding: chunked, identity\r\n" + one_chunk,
  "Transfer-Encoding: chunked, chunked\r\n" + one_chunk,
  "Transfer-Encoding: chunked;q=0.5\r\n" + one_chunk,
  "Transfer-Encoding: \"chunked\"\r\n" + one_chunk,
  "Transfer-Encoding: ,chunked\r\n" + one_chunk,
  "Transfer-Encoding: chunked,\r\n" + one_chunk,
  "Transfer-Encoding: chunked chunked\r\n" + one_chunk,
  "Transfer-Encoding:\r\n" + one_chunk,
  // In several lines.
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" + one_chunk,
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" + one_chunk,
  "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n" + one_chunk,
  "Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n" + one_chunk,
  "Transfer-Encoding: chunked\r\nX: y\r\nTransfer-Encoding:\r\n" + one_chunk,
  "Transfer-Encoding:\r\nTransfer-Encoding: xchunked\r\n"
  "Content-Length: 1\r\n\r\na",
  // With a length.
  "Transfer-Encoding: chunked\r\nContent-Length: 11\r\n" + one_chunk,
  "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n" + one_chunk,
  "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n" + one_chunk,
  "Transfer-Encoding: identity\r\nContent-Length: 1\r\n\r\na",
  "Transfer-Encoding: xchunked\r\nContent-Length: 1\r\n\r\na",
  "Transfer-Encoding:\r\nContent-Length: 1\r\n\r\na",
  "Transfer-Encoding: chunked, identity\r\nContent-Length: 1\r\n\r\na"};

const framing_heads doubtful_lengths{
  "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
  "Content-Length: 1, 2\r\n\r\nab",
  "Content-Length: +1\r\n\r\na",
  "Content-Length: -1\r\n\r\na",
  "Content-Length: 0x1\r\n\r\na",
  "Content-Length: 1 1\r\n\r\na",
  "Content-Length: 1_0\r\n\r\na",
  "Content-Length: one\r\n\r\na",
  "Content-Length:\r\n\r\na",
  "Content-Length: 18446744073709551617\r\n\r\na",
  "Content-Length : 1\r\n\r\na",
  "Transfer-Encoding : chunked\r\n" + one_chunk,
  "Transfer-Encoding:\r\n chunked\r\nContent-Length: 1\r\n\r\na",
  "X: a\rContent-Length: 1\r\n\r\na"};

const framing_heads doubtful_chunks{
  "\r\n0x1\r\na\r\n0\r\n\r\n",
  "\r\n+1\r\na\r\n0\r\n\r\n",
  "\r\n-1\r\na\r\n0\r\n\r\n",
  "\r\n 1\r\na\r\n0\r\n\r\n",
  "\r\n1\na\r\n0\r\n\r\n",
  "\r\n1;\nx\r\na\r\n0\r\n\r\n",
  "\r\n10000000000000001\r\na\r\n0\r\n\r\n",
  "\r\n1\r\nabc\r\n0\r\n\r\n",
  "\r\n1\r\naXX0\r\n\r\n",
  "\r\n0\r\nXX",
  "\r\n0\r\nContent-Length: 5\r\n\r\n",
  "\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"};

class framing : public call_outcomes {
public:
  void SetUp() override { start(); }

  raw_outcome send(const std::string& bytes) {
    return send_raw(node().port(), bytes);
  }

  /// Holds that the request is 400 and that its connection ends there.
  void expect_doubtful(const std::string& request) {
    EXPECT_EQ(send(request + smuggled), (raw_outcome{{400}, true})) << request;
  }

  void expect_nothing_taken() {
    EXPECT_EQ(metric("herald_events_accepted_total"), 0);
    EXPECT_EQ(get("/readyz").status(), 200);
  }
};

} // namespace

// -- 6.1, 6.3 -----------------------------------------------------------------

TEST_F(framing, any_transfer_coding_but_one_chunked_is_refused) {
  for (auto& head : doubtful_codings)
    expect_doubtful(framing_line + framing_host + head);
  expect_nothing_taken();
}

TEST_F(framing, one_chunked_is_taken_and_the_connection_goes_on) {
  receiver to;
  subscribe("*", to.url());
  for (auto* name :
       {"chunked", "Chunked", "CHUNKED", " chunked ", "\tchunked"}) {
    auto before = to.deliveries().size();
    auto both = framing_line + framing_host + "Transfer-Encoding: " + name
                + "\r\n" + one_chunk + framing_line + framing_host
                + "Connection: close\r\nContent-Length: 1\r\n\r\nb";
    EXPECT_EQ(send(both), (raw_outcome{{202, 202}, true})) << name;
    ASSERT_TRUE(to.wait_for_deliveries(before + 2));
  }
}

TEST_F(framing, http_1_0_knows_no_transfer_coding) {
  auto line = std::string{"POST /events?topic=a HTTP/1.0\r\n"};
  for (auto* keep : {"", "Connection: keep-alive\r\n"}) {
    expect_doubtful(line + framing_host + keep + "Transfer-Encoding: chunked"
                    + "\r\n" + one_chunk);
    expect_doubtful(line + keep + "Content-Type: text/plain\r\n"
                    + "Transfer-Encoding: chunked\r\n" + one_chunk);
    expect_doubtful(line + framing_host + keep
                    + "Transfer-Encoding: chunked\r\nContent-Length: 11\r\n"
                    + one_chunk);
    expect_doubtful(line + framing_host + keep
                    + "Transfer-Encoding: identity\r\nContent-Length: 1\r\n"
                      "\r\na");
  }
  expect_nothing_taken();
}

TEST_F(framing, a_length_that_is_none_is_refused) {
  for (auto& head : doubtful_lengths)
    expect_doubtful(framing_line + framing_host + head);
  expect_nothing_taken();
}

TEST_F(framing, chunks_that_are_none_are_refused) {
  for (auto& body : doubtful_chunks) {
    auto got = send(framing_line + framing_host
                    + "Transfer-Encoding: chunked\r\n" + body + smuggled);
    EXPECT_THAT(got.statuses, ElementsAre(AnyOf(400, 413))) << body;
    EXPECT_TRUE(got.closed) << body;
  }
  expect_nothing_taken();
}

TEST_F(framing, a_body_that_ends_early_counts_for_nothing) {
  for (auto* rest : {"Content-Length: 5\r\n\r\nabc",
                     "Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
                     "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    connection to{node().port()};
    to.send(framing_line + framing_host + rest);
  }
  publish("a", "end");
  EXPECT_EQ(metric("herald_events_accepted_total"), 1);
}

TEST_F(framing, fields_behind_the_body_are_not_those_of_the_request) {
  receiver to;
  subscribe("a", to.url());
  auto trailing = framing_line + framing_host
                  + "Connection: close\r\nTransfer-Encoding: chunked\r\n"
                    "\r\n1\r\na\r\n0\r\nHerald-Hops: 9\r\n"
                    "Content-Encoding: gzip\r\n\r\n";
  EXPECT_EQ(send(trailing), (raw_outcome{{202}, true}));
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].field("Herald-Hops"), "1");
  EXPECT_EQ(to.deliveries()[0].count("Content-Encoding"), 0U);
}

// -- 3.2 ----------------------------------------------------------------------

TEST_F(framing, a_target_is_a_path_or_a_url) {
  for (auto* line :
       {"GET events HTTP/1.1\r\n", "GET * HTTP/1.1\r\n",
        "GET 127.0.0.1:80 HTTP/1.1\r\n", "GET ftp://127.0.0.1/ HTTP/1.1\r\n",
        "GET /a b HTTP/1.1\r\n", "GET\t/healthz\tHTTP/1.1\r\n"})
    expect_doubtful(line + framing_host + "\r\n");
}

TEST_F(framing, lines_end_as_they_should) {
  expect_doubtful("POST /events?topic=a HTTP/1.1\nHost: 127.0.0.1\r\n"
                  "Content-Length: 1\r\n\r\na");
  expect_doubtful("POST /events?topic=a HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                  "Content-Length: 1\n\r\na");
  expect_doubtful(framing_line + " Host: 127.0.0.1\r\n"
                  + "Content-Length: 1\r\n\r\na");
  expect_doubtful(framing_line + framing_host + ": x\r\n"
                  + "Content-Length: 1\r\n\r\na");
  expect_nothing_taken();
}

// -- 9.3 ----------------------------------------------------------------------

TEST_F(framing, requests_are_answered_in_their_order) {
  auto ask_for = [](const std::string& target, const std::string& more) {
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
  };
  auto all = ask_for("/healthz", "") + ask_for("/nothing", "")
             + ask_for("/readyz", "")
             + ask_for("/nothing", "Connection: close\r\n") + smuggled;
  EXPECT_EQ(send(all), (raw_outcome{{200, 404, 200, 404}, true}));
  expect_nothing_taken();
}

TEST_F(framing, a_body_that_nobody_wants_is_no_request) {
  auto first = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
               + std::to_string(smuggled.size()) + "\r\n\r\n" + smuggled;
  auto last = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
              "Connection: close\r\n\r\n";
  EXPECT_EQ(send(first + last), (raw_outcome{{200, 200}, true}));
  expect_nothing_taken();
}

// Proxies send the whole of a body before they look for the answer.
TEST_F(framing, who_sends_too_much_is_told_so) {
  std::string large(8 << 20, 'x');
  auto known = framing_line + framing_host
               + "Content-Length: " + std::to_string(large.size()) + "\r\n\r\n";
  std::string chunked
    = framing_line + framing_host + "Transfer-Encoding: chunked\r\n\r\n";
  for (auto& request :
       {known + large, chunked + "800000\r\n" + large + "\r\n0\r\n\r\n"}) {
    connection to{node().port()};
    EXPECT_TRUE(to.send(request)) << "all of it is read";
    auto answer = to.read().value_or(http_message{});
    EXPECT_EQ(answer.status(), 413) << answer.start;
    EXPECT_TRUE(to.wait_closed());
  }
  expect_nothing_taken();
}

TEST_F(framing, answers_never_come_in_chunks) {
  std::vector<size_t> codings;
  for (auto* target : {"/", "/metrics", "/openapi.json", "/nothing"})
    codings.push_back(get(target).count("Transfer-Encoding"));
  EXPECT_THAT(codings, Each(0U));
}
