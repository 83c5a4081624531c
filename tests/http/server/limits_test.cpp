#include "tests/http/server/server_fixture.hpp"

using namespace herald;
using namespace herald::test;

TEST_F(a_server, bounds_headers) {
  start();
  raw_client fits{port};
  fits.send("GET /x HTTP/1.1\r\nHost: h\r\nX: " + std::string(900, 'a')
            + "\r\n\r\n");
  serve();
  EXPECT_EQ(status(fits.answer()), "200");
  raw_client one_field{port};
  one_field.send("GET /x HTTP/1.1\r\nHost: h\r\nX: " + std::string(5000, 'a')
                 + "\r\n\r\n");
  EXPECT_EQ(status(one_field.rest()), "431");
  raw_client target{port};
  target.send("GET /" + std::string(5000, 'a'));
  EXPECT_EQ(status(target.rest()), "431");
}

TEST_F(a_server, bounds_bodies) {
  start();
  raw_client fits{port};
  fits.send(post(std::string(1000, 'a')));
  EXPECT_EQ(serve().body.size(), 1000U);
  EXPECT_EQ(status(fits.answer()), "200");
  // By its announcement alone, before a byte of it has come.
  raw_client announced{port};
  announced.send("POST /hub HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n"
                 "Expect: 100-continue\r\n\r\n");
  auto answer = announced.rest();
  EXPECT_EQ(status(answer), "413");
  EXPECT_TRUE(says(answer, "text/plain")) << answer;
  raw_client chunked{port};
  chunked.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
               "\r\n3e8\r\n"
               + std::string(1000, 'a') + "\r\n1\r\na\r\n");
  EXPECT_EQ(status(chunked.rest()), "413");
}

TEST_F(a_server, lets_a_client_that_sends_too_much_read_the_answer) {
  start();
  raw_client client{port};
  client.send(post(std::string(300'000, 'a')));
  EXPECT_EQ(status(client.rest()), "413");
}

TEST_F(a_server, does_not_read_endless_chunk_headers) {
  start();
  raw_client client{port};
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
              "\r\n1;"
              + std::string(5000, 'x'));
  EXPECT_EQ(status(client.rest()), "400");
}

TEST_F(a_server, gives_up_on_slow_headers) {
  limits.header_deadline = 300ms;
  start();
  raw_client silent{port};
  EXPECT_EQ(silent.rest(), "");
  raw_client slow{port};
  slow.send("GET /x HTTP/1.1\r\nHo");
  auto answer = slow.rest();
  EXPECT_EQ(status(answer), "408");
  EXPECT_TRUE(says(answer, "Connection: close"));
}

TEST_F(a_server, gives_up_on_slow_bodies) {
  limits.body_deadline = 30ms;
  start();
  raw_client client{port};
  client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(status(client.rest()), "408");
}

TEST_F(a_server, closes_idle_connections) {
  limits.idle_deadline = 30ms;
  start();
  raw_client client{port};
  client.send(simple_get);
  serve();
  EXPECT_EQ(status(client.answer()), "200");
  EXPECT_EQ(client.rest(), "");
}

TEST_F(a_server, gives_up_on_a_client_that_does_not_read) {
  limits.write_deadline = 30ms;
  start();
  raw_client client{port};
  client.send(simple_get);
  serve(std::string(64 << 20, 'a'));
  stop(); // Only ends when the connection has.
}

TEST_F(a_server, does_not_wait_for_the_engine_for_ever) {
  limits.answer_deadline = 30ms;
  start();
  raw_client client{port};
  client.send(simple_get);
  auto open = front_end.next();
  EXPECT_EQ(client.rest(), "");
  open->answer({200, {}, "late"}); // Nobody is there any more.
}

TEST_F(a_server, does_not_mistake_a_late_answer_for_a_new_connections) {
  limits.answer_deadline = 200ms;
  start();
  raw_client first{port};
  first.send(simple_get);
  auto late = front_end.next();
  EXPECT_EQ(first.rest(), "");
  // Takes the place of the first.
  raw_client second{port};
  second.send(simple_get);
  auto open = front_end.next();
  late->answer({200, {}, "late"});
  open->answer({200, {}, "right"});
  EXPECT_FALSE(says(second.answer(), "late"));
}

TEST_F(a_server, turns_connections_away_at_its_bound) {
  limits.connections = 1;
  start();
  raw_client first{port};
  first.send(simple_get);
  auto open = front_end.next();
  raw_client second{port};
  auto answer = second.rest();
  EXPECT_EQ(status(answer), "503");
  EXPECT_TRUE(says(answer, "Retry-After: 1\r\n"));
  open->answer({200, {}, "ok"});
  EXPECT_EQ(status(first.answer()), "200");
}

TEST_F(a_server, bounds_the_bodies_of_all_connections) {
  limits.buffered_bytes = 1500;
  start();
  raw_client first{port};
  first.send(post(std::string(1000, 'a')));
  auto open = front_end.next();
  raw_client second{port};
  second.send(post(std::string(1000, 'a')));
  EXPECT_EQ(status(second.rest()), "503");
  open->answer({200, {}, "ok"});
  EXPECT_EQ(status(first.answer()), "200");
  raw_client third{port};
  third.send(post(std::string(1000, 'a')));
  serve();
  EXPECT_EQ(status(third.answer()), "200");
}
