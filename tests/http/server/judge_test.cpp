// What is judged of a request before its body is read.
#include "tests/http/server/server_fixture.hpp"

namespace herald::test {

namespace {

/// Refuses what is sent to `/no`, and tells every answer whose it is.
std::optional<http_response> refuse_no(http_request& what) {
  what.answer_fields = {{"X-Origin", std::string{what.value("origin")}}};
  what.client = "somebody";
  if (what.target != "/no")
    return std::nullopt;
  return http_response{403, {}, "never"};
}

} // namespace

class a_judge : public a_server {
protected:
  a_judge() {
    judge = refuse_no;
    start();
  }

  std::string head_of(const std::string& target, const std::string& more) {
    return "POST " + target + " HTTP/1.1\r\nHost: a\r\nOrigin: b\r\n" + more
           + "\r\n";
  }
};

TEST_F(a_judge, needs_no_body) {
  for (auto* more : {"Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n",
                     "Content-Length: 10\r\nExpect: 100-continue\r\n"}) {
    raw_client client{port};
    client.send(head_of("/no", more));
    auto all = client.rest();
    EXPECT_EQ(status(all), "403") << all;
    EXPECT_TRUE(says(all, "Connection: close")) << all;
    EXPECT_TRUE(all.ends_with("never")) << all;
  }
  EXPECT_EQ(front_end.count(), 0u);
}

TEST_F(a_judge, comes_before_the_size_of_the_body) {
  raw_client refused{port};
  refused.send(head_of("/no", "Content-Length: 1001\r\n"));
  EXPECT_EQ(status(refused.answer()), "403");
  raw_client passed{port};
  passed.send(head_of("/yes", "Content-Length: 1001\r\n"));
  EXPECT_EQ(status(passed.answer()), "413");
}

TEST_F(a_judge, comes_behind_what_http_refuses) {
  raw_client client{port};
  client.send(head_of("/no", "Host: b\r\nContent-Length: 1\r\n"));
  EXPECT_EQ(status(client.answer()), "400");
}

TEST_F(a_judge, leaves_the_connection_of_what_is_complete) {
  raw_client client{port};
  client.send(head_of("/no", "Content-Length: 1\r\n") + "x");
  EXPECT_EQ(status(client.answer()), "403");
  client.send(head_of("/yes", "Content-Length: 1\r\n") + "y");
  auto request = serve();
  EXPECT_EQ(request.body, "y");
  EXPECT_EQ(request.client, "somebody");
  EXPECT_EQ(status(client.answer()), "200");
}

TEST_F(a_judge, gives_fields_to_every_answer) {
  raw_client client{port};
  client.send(head_of("/yes", "Content-Length: 1\r\n") + "y");
  serve();
  EXPECT_TRUE(says(client.answer(), "X-Origin: b"));
  client.send(head_of("/no", "Content-Length: 0\r\n"));
  EXPECT_TRUE(says(client.answer(), "X-Origin: b"));
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  serve();
  EXPECT_FALSE(says(client.answer(), "X-Origin: b")); // Of the one before.
  client.send(head_of("/yes", "Content-Length: 1001\r\n"));
  EXPECT_TRUE(says(client.answer(), "X-Origin: b"));
  raw_client long_head{port};
  long_head.send(head_of("/yes", "X: " + std::string(2000, 'x') + "\r\n"));
  auto refused = long_head.answer();
  EXPECT_EQ(status(refused), "431");
  EXPECT_TRUE(says(refused, "X-Origin: b"));
}

TEST_F(a_judge, may_be_replaced) {
  http->set_judge([](http_request&) {
    return std::optional{http_response{503, {}, {}}};
  });
  raw_client client{port};
  client.send(head_of("/yes", "Content-Length: 0\r\n"));
  EXPECT_EQ(status(client.answer()), "503");
}

} // namespace herald::test
