#include "tests/http/client/client_fixture.hpp"

#include "tests/support/spawn.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <future>
#include <utility>

namespace herald::test {

void reply_box::put(const std::vector<post_reply>& replies) {
  std::lock_guard guard{mutex_};
  replies_.insert(replies_.end(), replies.begin(), replies.end());
  changed_.notify_all();
}

size_t reply_box::count() {
  std::lock_guard guard{mutex_};
  return replies_.size();
}

std::vector<post_reply> reply_box::wait(size_t n) {
  std::unique_lock guard{mutex_};
  changed_.wait_for(guard, std::chrono::seconds{20},
                    [&] { return replies_.size() >= n; });
  EXPECT_GE(replies_.size(), n) << "replies are missing";
  return replies_;
}

struct client_fixture::actors {
  struct config : caf::actor_system_config {
    config() { add_message_types<caf::id_block::herald>(); }
  };

  config cfg;
  caf::actor_system sys{cfg};
};

client_fixture::client_fixture()
  : actors_(std::make_unique<actors>()), sys(actors_->sys) {
  allowed_addresses allow;
  allow.loopback_too = true;
  options.policy = address_policy{{}, allow};
  options.user_agent = "herald/test";
  options.delivery.timeout = std::chrono::seconds{10};
}

client_fixture::~client_fixture() {
  if (client_)
    client_->stop();
  io.stop();
  client_.reset();
  for (auto& handle : senders_)
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
}

http_client& client_fixture::client() {
  if (!client_)
    client_ = *http_client::make(io, options);
  return *client_;
}

client_fixture::sender client_fixture::make_sender() {
  auto box = std::make_shared<reply_box>();
  auto who = [box](post_listener::pointer) -> post_listener::behavior_type {
    return {
      [box](const std::vector<post_reply>& replies) { box->put(replies); },
    };
  };
  senders_.push_back(spawn_function(sys, who));
  return {senders_.back(), box};
}

target_ptr client_fixture::to(const std::string& url) {
  return std::make_shared<const target>(*parse_target(url));
}

post_request client_fixture::request(const target_ptr& where, uint64_t token,
                                     const std::string& body) {
  auto what = std::make_shared<event>();
  what->body = body;
  what->wire = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  post_request result;
  result.token = token;
  result.to = where;
  result.head = std::make_shared<const std::string>(
    "POST " + where->path + " HTTP/1.1\r\nHost: " + where->authority + "\r\n");
  result.fields = "Herald-Attempt: 1\r\n";
  result.what = std::move(what);
  return result;
}

void client_fixture::post(const sender& who, const std::string& url,
                          uint64_t token, const std::string& body) {
  client().post(who.handle, {request(to(url), token, body)});
}

http_outcome client_fixture::post_one(const std::string& url,
                                      const std::string& body) {
  auto who = make_sender();
  post(who, url, 1, body);
  auto replies = who.box->wait(1);
  return replies.empty() ? http_outcome{} : replies.front().outcome;
}

fetch_reply client_fixture::fetch(fetch_request what) {
  auto result = std::make_shared<std::promise<fetch_reply>>();
  auto future = result->get_future();
  client().fetch(std::move(what), [result](fetch_reply reply) {
    result->set_value(std::move(reply));
  });
  return future.get();
}

fetch_reply client_fixture::fetch(const std::string& url, size_t max_body) {
  fetch_request what;
  what.to = to(url);
  what.max_body = max_body;
  return fetch(std::move(what));
}

} // namespace herald::test
