#include "http/client/transport.hpp"
#include "tests/http/client/client_fixture.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <future>
#include <memory>
#include <utility>
#include <vector>

using namespace herald;
using namespace herald::test;
using namespace std::chrono_literals;

namespace {

class a_transport : public client_fixture {
protected:
  ~a_transport() override {
    shared->stop();
    io.stop();
    caf::anon_send_exit(aut, caf::exit_reason::user_shutdown);
  }

  /// What the transport answers.
  fetch_reply ask(fetch_request what) {
    caf::scoped_actor self{sys};
    fetch_reply result;
    self->request(aut, 20s, std::move(what))
      .receive([&](fetch_reply& reply) { result = std::move(reply); },
               [](const caf::error&) { FAIL() << "no answer"; });
    return result;
  }

  fetch_request get(const std::string& url) {
    fetch_request result;
    result.to = to(url);
    return result;
  }

  std::shared_ptr<http_client> shared = *http_client::make(io, options);
  transport_actor aut = sys.spawn(transport, shared);
};

} // namespace

TEST_F(a_transport, answers_fetches) {
  raw_server server{always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")};
  auto reply = ask(get(server.url()));
  EXPECT_EQ(reply.outcome.status, 200);
  EXPECT_EQ(reply.body, "hi");
}

TEST_F(a_transport, answers_each_fetch_with_its_own_reply) {
  std::promise<void> go;
  auto may_answer = go.get_future().share();
  raw_server slow{[=](raw_peer& peer) {
    peer.request();
    may_answer.wait();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow");
  }};
  raw_server quick{always("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nquick")};
  caf::scoped_actor self{sys};
  auto first = self->request(aut, 20s, get(slow.url()));
  EXPECT_EQ(ask(get(quick.url())).body, "quick");
  go.set_value();
  first.receive([](fetch_reply& reply) { EXPECT_EQ(reply.body, "slow"); },
                [](const caf::error&) { FAIL() << "no answer"; });
}

TEST_F(a_transport, answers_failed_fetches_as_replies) {
  auto reply = ask(get("http://10.0.0.1/"));
  EXPECT_EQ(reply.outcome.status, 0);
  EXPECT_EQ(reply.outcome.why, failure::policy);
}

TEST_F(a_transport, answers_after_the_client_stopped) {
  raw_server server{always(ok)};
  shared->stop();
  EXPECT_EQ(ask(get(server.url())).outcome.excerpt, "stopping");
}
