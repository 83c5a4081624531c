#include "tests/http/client/client_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <vector>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

class client_limits : public client_fixture {
protected:
  /// Counts the requests that are being answered at the same time.
  struct gauge {
    std::atomic<int> now = 0;
    std::atomic<int> most = 0;

    void enter() {
      auto n = ++now;
      for (auto m = most.load(); m < n && !most.compare_exchange_weak(m, n);)
        continue;
    }

    void leave() { --now; }
  };

  /// Returns once one request is in flight and `n` wait in the queue.
  void wait_for_waiting(uint64_t n) {
    while (client().stats().in_flight != 1 || client().stats().waiting != n)
      std::this_thread::yield();
  }

  raw_server::script measured(gauge& by) {
    return [&by](raw_peer& peer) {
      while (peer.request()) {
        by.enter();
        std::this_thread::yield();
        by.leave();
        peer.send(ok);
      }
    };
  }

  std::vector<post_request> requests(const std::string& url, size_t n,
                                     uint64_t first_token = 0) {
    std::vector<post_request> result;
    auto where = to(url);
    for (uint64_t i = 0; i < n; ++i)
      result.push_back(request(where, first_token + i));
    return result;
  }
};

const std::string bad = "HTTP/1.1 503 Bad\r\nContent-Length: 0\r\n\r\n";

/// Remembers what was asked, lets the first request wait, then answers all: 503
/// where it says bad.
struct gated {
  std::promise<void> go;
  std::shared_future<void> may_answer = go.get_future().share();
  std::mutex mutex;
  std::vector<std::string> paths;

  raw_server::script script() {
    return [this](raw_peer& peer) {
      while (auto request = peer.request()) {
        {
          std::lock_guard guard{mutex};
          auto begin = request->find('/');
          paths.push_back(
            request->substr(begin, request->find(' ', begin) - begin));
        }
        may_answer.wait();
        peer.send(request->starts_with("POST /bad") ? bad : ok);
      }
    };
  }
};

} // namespace

// -- caps ---------------------------------------------------------------------

TEST_F(client_limits, bound_the_connections_of_an_origin) {
  options.origin_connections = 3;
  gauge by;
  raw_server server{measured(by)};
  auto who = make_sender();
  client().post(who.handle, requests(server.url(), 200));
  who.box->wait(200);
  EXPECT_LE(by.most, 3);
  EXPECT_LE(server.connections(), 3u);
}

TEST_F(client_limits, bound_what_is_in_flight_over_all_origins) {
  options.total_in_flight = 2;
  gauge by;
  std::list<raw_server> servers;
  auto who = make_sender();
  for (int i = 0; i < 5; ++i) {
    servers.emplace_back(measured(by));
    client().post(who.handle, requests(servers.back().url(), 40));
  }
  who.box->wait(200);
  EXPECT_LE(by.most, 2);
}

TEST_F(client_limits, let_listeners_of_an_origin_take_turns) {
  options.origin_connections = 1;
  gated server_side;
  raw_server server{server_side.script()};
  auto big = make_sender();
  auto small = make_sender();
  client().post(big.handle, requests(server.url("/big"), 50));
  wait_for_waiting(49);
  client().post(small.handle, requests(server.url("/small"), 3));
  wait_for_waiting(52);
  server_side.go.set_value();
  big.box->wait(50);
  std::vector<std::string> start(server_side.paths.begin(),
                                 server_side.paths.begin() + 8);
  std::vector<std::string> expected{"/big", "/small", "/big", "/small",
                                    "/big", "/small", "/big", "/big"};
  EXPECT_EQ(start, expected);
}

TEST_F(client_limits, keep_the_order_of_a_listener) {
  options.origin_connections = 1;
  raw_server server{always(ok)};
  auto who = make_sender();
  client().post(who.handle, requests(server.url(), 100, 0));
  client().post(who.handle, requests(server.url(), 100, 100));
  auto replies = who.box->wait(200);
  for (size_t i = 0; i < replies.size(); ++i)
    EXPECT_EQ(replies[i].token, i);
}

TEST_F(client_limits, let_origins_take_turns) {
  options.total_in_flight = 1;
  gated server_side;
  raw_server first{server_side.script()};
  raw_server second{server_side.script()};
  auto big = make_sender();
  auto small = make_sender();
  client().post(big.handle, requests(first.url("/big"), 50));
  wait_for_waiting(49);
  client().post(small.handle, requests(second.url("/small"), 2));
  wait_for_waiting(51);
  server_side.go.set_value();
  big.box->wait(50);
  std::vector<std::string> start(server_side.paths.begin(),
                                 server_side.paths.begin() + 6);
  std::vector<std::string> expected{"/big",   "/small", "/big",
                                    "/small", "/big",   "/big"};
  EXPECT_EQ(start, expected);
}

TEST_F(client_limits, let_retries_take_turns_with_first_tries) {
  options.total_in_flight = 1;
  gated server_side;
  raw_server server{server_side.script()};
  auto usual = make_sender();
  auto sick = make_sender();
  client().post(usual.handle, requests(server.url("/first"), 50));
  wait_for_waiting(49);
  auto again = requests(server.url("/again"), 2);
  for (auto& request : again)
    request.again = true;
  client().post(sick.handle, std::move(again));
  wait_for_waiting(51);
  server_side.go.set_value();
  usual.box->wait(50);
  std::vector<std::string> start(server_side.paths.begin(),
                                 server_side.paths.begin() + 6);
  std::vector<std::string> expected{"/first", "/again", "/first",
                                    "/again", "/first", "/first"};
  EXPECT_EQ(start, expected);
}

TEST_F(client_limits, take_what_waits_behind_a_failure_for_retries) {
  options.total_in_flight = 1;
  gated server_side;
  raw_server server{server_side.script()};
  std::vector<sender> all;
  auto send = [&](const std::string& path, size_t n, bool again = false) {
    all.push_back(make_sender());
    auto what = requests(server.url(path), n);
    for (auto& request : what)
      request.again = again;
    client().post(all.back().handle, std::move(what));
  };
  send("/bad", 3);
  wait_for_waiting(2);
  send("/again", 2, true);
  send("/first", 3);
  wait_for_waiting(7);
  server_side.go.set_value();
  for (size_t i = 0; i < 3; ++i)
    all[i].box->wait(i == 1 ? 2 : 3);
  std::vector<std::string> expected{"/bad",   "/again", "/first", "/bad",
                                    "/first", "/again", "/first", "/bad"};
  EXPECT_EQ(server_side.paths, expected);
}

TEST_F(client_limits, do_not_let_a_silent_origin_stop_another) {
  raw_server silent{[](raw_peer& peer) { peer.wait_closed(); }};
  raw_server quick{always(ok)};
  auto stuck = make_sender();
  client().post(stuck.handle, requests(silent.url(), 1000));
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(post_one(quick.url()).status, 204);
}

// -- deadlines ----------------------------------------------------------------

TEST_F(client_limits, end_a_post_that_is_not_answered) {
  options.delivery.timeout = 100ms;
  raw_server server{[](raw_peer& peer) { peer.wait_closed(); }};
  auto outcome = post_one(server.url());
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.why, failure::timeout);
  EXPECT_GE(outcome.duration_ms, 100u);
  EXPECT_EQ(client().stats().connections, 0u);
}

TEST_F(client_limits, end_a_post_whose_status_line_drips) {
  options.delivery.timeout = 100ms;
  raw_server server{[](raw_peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 O");
    peer.wait_closed();
  }};
  EXPECT_EQ(post_one(server.url()).why, failure::timeout);
}

TEST_F(client_limits, end_a_post_that_is_not_taken) {
  options.delivery.timeout = 100ms;
  std::promise<void> end;
  auto over = end.get_future().share();
  raw_server server{[over](raw_peer&) { over.wait(); }};
  EXPECT_EQ(post_one(server.url(), std::string(30'000'000, 'x')).why,
            failure::timeout);
  end.set_value();
}

TEST_F(client_limits, count_from_leaving_the_queue) {
  options.origin_connections = 1;
  options.delivery.timeout = 200ms;
  raw_server server{[](raw_peer& peer) {
    if (peer.number() < 3)
      return peer.wait_closed();
    peer.request();
    peer.send(ok);
  }};
  auto who = make_sender();
  client().post(who.handle, requests(server.url(), 4));
  auto replies = who.box->wait(4);
  EXPECT_EQ(replies.at(2).outcome.why, failure::timeout);
  EXPECT_LT(replies.at(3).outcome.duration_ms, 200u);
  EXPECT_EQ(replies.at(3).outcome.status, 204);
}

TEST_F(client_limits, end_a_name_that_is_not_resolved) {
  options.delivery.connect_timeout = 100ms;
  std::promise<void> end;
  auto over = end.get_future().share();
  options.lookup = [over](const std::string& host) {
    if (host == "slow.example")
      over.wait();
    return resolution{{*ip_address::parse("127.0.0.1")}, {}};
  };
  raw_server server{always(ok)};
  auto port = ":" + std::to_string(server.port()) + "/";
  EXPECT_EQ(post_one("http://slow.example" + port).why, failure::timeout);
  EXPECT_EQ(post_one("http://quick.example" + port).status, 204);
  end.set_value();
}

TEST_F(client_limits, end_a_handshake_that_is_not_made) {
  options.delivery.connect_timeout = 100ms;
  raw_server server{[](raw_peer& peer) { peer.wait_closed(); }};
  auto outcome = post_one("https://127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(outcome.why, failure::timeout);
}

TEST_F(client_limits, end_a_fetch) {
  raw_server server{[](raw_peer& peer) { peer.wait_closed(); }};
  fetch_request what;
  what.to = to(server.url());
  what.timeout = 100ms;
  EXPECT_EQ(fetch(what).outcome.why, failure::timeout);
}

TEST_F(client_limits, end_a_fetch_that_is_still_in_the_queue) {
  options.origin_connections = 1;
  raw_server server{[](raw_peer& peer) { peer.wait_closed(); }};
  auto who = make_sender();
  client().post(who.handle, requests(server.url(), 2));
  fetch_request what;
  what.to = to(server.url());
  what.timeout = 100ms;
  EXPECT_EQ(fetch(what).outcome.why, failure::timeout);
  EXPECT_EQ(client().stats().waiting, 1u);
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(client_limits, give_a_silent_address_only_its_share_of_the_time) {
  // A listener whose queue is full drops what comes: a silent address.
  auto full = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x7f000005);
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  raw_server server{always(ok)};
  address.sin_port = htons(server.port());
  ASSERT_EQ(bind(full, raw, size), 0);
  ASSERT_EQ(listen(full, 0), 0);
  std::vector<int> fillers;
  for (int i = 0; i < 3; ++i) {
    fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    connect(fillers.back(), raw, size);
  }
  options.delivery.connect_timeout = 400ms;
  options.lookup = [](const std::string&) {
    return resolution{
      {*ip_address::parse("127.0.0.5"), *ip_address::parse("127.0.0.1")}, {}};
  };
  auto outcome
    = post_one("http://two.example:" + std::to_string(server.port()));
  EXPECT_EQ(outcome.status, 204);
  EXPECT_GE(outcome.duration_ms, 200u);
  for (auto fd : fillers)
    ::close(fd);
  ::close(full);
}
