#include "tests/http/server/server_fixture.hpp"

#include <boost/asio/post.hpp>

#include <future>

using namespace herald;
using namespace herald::test;

TEST_F(a_server, hands_out_whole_requests) {
  start();
  raw_client client{port};
  client.send("POST /events?topic=a HTTP/1.1\r\nHOST: h\r\nX-A:  1 \r\n"
              "x-a: 2\r\nContent-Length: 5\r\n\r\nhel");
  client.send("lo");
  auto request = serve("answer");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/events?topic=a");
  EXPECT_EQ(request.body, "hello");
  EXPECT_EQ(
    request.fields,
    (std::vector<field>{
      {"host", "h"}, {"x-a", "1"}, {"x-a", "2"}, {"content-length", "5"}}));
  auto answer = client.answer();
  EXPECT_TRUE(says(answer, "HTTP/1.1 200 OK\r\nDate: ")) << answer;
  EXPECT_TRUE(answer.ends_with("Content-Length: 6\r\n\r\nanswer")) << answer;
}

TEST_F(a_server, takes_a_request_byte_by_byte) {
  start();
  raw_client client{port};
  for (auto c : post("hello"))
    client.send({&c, 1});
  EXPECT_EQ(serve().body, "hello");
  EXPECT_EQ(status(client.answer()), "200");
}

TEST_F(a_server, keeps_a_connection) {
  start();
  raw_client client{port};
  for (auto* body : {"one", "two", "three"}) {
    client.send(simple_get);
    serve(body);
    EXPECT_TRUE(client.answer().ends_with(body));
  }
}

TEST_F(a_server, answers_pipelined_requests_in_order) {
  start();
  raw_client client{port};
  client.send(simple_get + post("body") + "\r\n" + simple_get);
  auto first = front_end.next();
  EXPECT_EQ(front_end.count(), 0U); // The next waits for this one's answer.
  first->answer({200, {}, "1"});
  EXPECT_EQ(serve("2").body, "body");
  serve("3");
  for (auto* body : {"1", "2", "3"})
    EXPECT_TRUE(client.answer().ends_with(body));
}

TEST_F(a_server, reads_chunked_bodies) {
  start();
  raw_client client{port};
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
              "3;x=y\r\nabc\r\n2\r");
  client.send("\nde\r\n0\r\nIdempotency-Key: trailing\r\n\r\n" + simple_get);
  auto request = serve();
  EXPECT_EQ(request.body, "abcde");
  EXPECT_EQ(request.value("idempotency-key"), "");
  EXPECT_EQ(status(client.answer()), "200");
  EXPECT_EQ(serve().target, "/x");
}

TEST_F(a_server, answers_head_without_a_body) {
  start();
  raw_client client{port};
  client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n" + simple_get);
  EXPECT_EQ(serve("four").method, "HEAD");
  EXPECT_TRUE(client.answer(true).ends_with("Content-Length: 4\r\n\r\n"));
  serve("body");
  auto next = client.answer();
  EXPECT_TRUE(next.starts_with("HTTP/1.1 200")) << next;
  EXPECT_TRUE(next.ends_with("body")) << next;
}

TEST_F(a_server, speaks_http_1_0) {
  start();
  raw_client closing{port};
  closing.send("GET /x HTTP/1.0\r\n\r\n");
  serve();
  EXPECT_TRUE(says(closing.rest(), "Connection: close\r\n"));
  raw_client keeping{port};
  keeping.send("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  serve();
  EXPECT_TRUE(says(keeping.answer(), "Connection: keep-alive\r\n"));
  keeping.send("GET /x HTTP/1.0\r\n\r\n");
  serve();
  EXPECT_EQ(status(keeping.rest()), "200");
}

TEST_F(a_server, closes_when_asked_to) {
  start();
  raw_client client{port};
  client.send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
              + simple_get);
  serve();
  EXPECT_TRUE(says(client.rest(), "Connection: close\r\n"));
  EXPECT_EQ(front_end.count(), 0U);
}

TEST_F(a_server, answers_expect_100_continue) {
  start();
  raw_client client{port};
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
              "Expect: 100-Continue\r\n\r\n");
  EXPECT_EQ(client.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hi");
  EXPECT_EQ(serve().body, "hi");
  EXPECT_EQ(status(client.answer()), "200");
  // With the body at hand there is nothing to continue.
  client.send(post("yo", "Expect: 100-continue\r\n"));
  EXPECT_EQ(serve().body, "yo");
  EXPECT_EQ(status(client.answer()), "200");
}

TEST_F(a_server, websub_63_ignores_upgrades) {
  start();
  raw_client client{port};
  client.send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, "
              "HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n\r\n");
  serve();
  EXPECT_EQ(status(client.answer()), "200");
}

TEST_F(a_server, refuses_what_is_not_http) {
  start();
  struct {
    std::string bytes;
    const char* status;
  } cases[]{
    {"nonsense\r\n\r\n", "400"},
    {"GET /x HTTP/2.0\r\nHost: h\r\n\r\n", "505"},
    {"GET /x HTTP/1.1\r\n\r\n", "400"},
    {"GET /x HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", "400"},
    {"GET /x HTTP/1.1\r\nHost: h\r\nX: a\x01"
     "b\r\n\r\n",
     "400"},
    {"GET /x HTTP/1.1\r\nHost : h\r\n\r\n", "400"},
    {"GET / x HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", "400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2"
     "\r\n\r\n",
     "400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: "
     "chunked\r\n\r\n",
     "400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
     "Content-Length: 1\r\n\r\n",
     "400"},
    {"GET x HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
    {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
    {"GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
     "400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nExpect: gifts\r\nContent-Length: 1\r\n\r\n",
     "417"},
  };
  for (auto& [bytes, expected] : cases) {
    raw_client client{port};
    client.send(bytes + simple_get);
    auto answer = client.rest();
    EXPECT_EQ(status(answer), expected) << bytes << answer;
    EXPECT_TRUE(says(answer, "Connection: close\r\n")) << bytes;
    EXPECT_TRUE(says(answer, "application/problem+json")) << bytes;
  }
  EXPECT_EQ(front_end.count(), 0U);
}

// RFC 9112, 6.1 and 6.3.
TEST_F(a_server, takes_no_transfer_coding_but_chunked_once) {
  start();
  const std::vector<std::string> heads{
    "1.1\r\nTransfer-Encoding: gzip, chunked",
    "1.1\r\nTransfer-Encoding: gzip",
    "1.1\r\nTransfer-Encoding: identity",
    "1.1\r\nTransfer-Encoding: chunked, chunked",
    "1.1\r\nTransfer-Encoding: chunked;a=b",
    "1.1\r\nTransfer-Encoding: xchunked",
    "1.1\r\nTransfer-Encoding:",
    "1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "1.1\r\nTransfer-Encoding:\r\nTransfer-Encoding: chunked",
    "1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 0",
    "1.0\r\nTransfer-Encoding: chunked",
    "1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked",
  };
  for (auto& head : heads) {
    raw_client client{port};
    client.send("POST / HTTP/" + head + "\r\nHost: h\r\n\r\n0\r\n\r\n"
                + simple_get);
    auto answer = client.rest();
    EXPECT_EQ(status(answer), "400") << head << answer;
    EXPECT_TRUE(says(answer, "Connection: close\r\n")) << head;
  }
  EXPECT_EQ(front_end.count(), 0U);
}

TEST_F(a_server, sends_long_answers_whole) {
  start();
  raw_client client{port};
  std::string body(8 << 20, 'a');
  client.send(simple_get);
  serve(body);
  EXPECT_TRUE(client.answer().ends_with("\r\n\r\n" + body));
}

TEST_F(a_server, answers_a_client_that_has_finished_sending) {
  start();
  raw_client client{port};
  client.send(simple_get);
  client.finish();
  serve("still here");
  EXPECT_TRUE(client.rest().ends_with("still here"));
}

TEST_F(a_server, forgets_half_a_request) {
  start();
  raw_client client{port};
  client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  client.finish();
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(front_end.count(), 0U);
}

TEST_F(a_server, closes_when_an_exchange_is_dropped) {
  start();
  raw_client client{port};
  client.send(simple_get);
  front_end.next().reset();
  EXPECT_EQ(client.rest(), "");
}

TEST_F(a_server, stops_after_what_is_open_is_answered) {
  start();
  raw_client busy{port};
  busy.send(simple_get);
  auto open = front_end.next();
  raw_client idle{port};
  idle.send(simple_get);
  serve();
  EXPECT_EQ(status(idle.answer()), "200");
  std::promise<void> done;
  stopped = true;
  http->stop(20s, [&] { done.set_value(); });
  EXPECT_EQ(idle.rest(), "");
  busy.send(simple_get); // Comes too late.
  open->answer({200, {}, "finished"});
  auto answer = busy.rest();
  EXPECT_TRUE(answer.ends_with("finished"));
  EXPECT_TRUE(says(answer, "Connection: close\r\n"));
  done.get_future().wait();
  EXPECT_EQ(front_end.count(), 0U);
}

TEST_F(a_server, stops_waiting_after_a_grace) {
  start();
  raw_client client{port};
  client.send(simple_get);
  auto open = front_end.next();
  stop(20ms);
  EXPECT_EQ(client.rest(), "");
  open->answer({200, {}, "late"});
}

TEST_F(a_server, outlives_by_no_means_its_exchanges) {
  start();
  raw_client client{port};
  client.send(simple_get);
  auto open = front_end.next();
  stop(0ms);
  http.reset();
  open->answer({200, {}, "late"});
}

TEST_F(a_server, shares_its_address_only_when_told) {
  start();
  std::promise<void> done;
  server second{io.context(), limits, [](std::vector<exchange_ptr>) {},
                let_all_pass};
  boost::asio::post(io.context(), [&] {
    auto refused = second.listen({"127.0.0.1", port});
    EXPECT_FALSE(refused);
    EXPECT_EQ(code_of(refused.error()), errc::busy);
    EXPECT_NE(describe(refused.error()).find("127.0.0.1"), std::string::npos);
    EXPECT_TRUE(second.listen({"127.0.0.1", port}, server::sharing::join));
    EXPECT_FALSE(second.listen({"192.0.2.1", 0}));
    EXPECT_FALSE(second.listen({"nonsense", 0}));
    second.stop(0ms, [&] { done.set_value(); });
  });
  done.get_future().wait();
}
