#pragma once

#include "actors/interfaces.hpp"
#include "http/client.hpp"
#include "tests/support/raw_server.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace herald::test {

/// Replies as they come, waited for from the test's thread.
class reply_box {
public:
  void put(const std::vector<post_reply>& replies) {
    std::lock_guard guard{mutex_};
    replies_.insert(replies_.end(), replies.begin(), replies.end());
    changed_.notify_all();
  }

  /// The first `n` replies in the order of their coming; fewer if they do not
  /// come within the patience of a test.
  std::vector<post_reply> wait(size_t n) {
    std::unique_lock guard{mutex_};
    changed_.wait_for(guard, std::chrono::seconds{20},
                      [&] { return replies_.size() >= n; });
    EXPECT_GE(replies_.size(), n) << "replies are missing";
    return replies_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<post_reply> replies_;
};

inline post_listener::behavior_type collect(post_listener::pointer,
                                            std::shared_ptr<reply_box> into) {
  return {
    [into](const std::vector<post_reply>& replies) { into->put(replies); },
  };
}

/// A client with short limits and a loopback policy, and words to use it with.
class client_fixture : public ::testing::Test {
protected:
  struct system_config : caf::actor_system_config {
    system_config() { add_message_types<caf::id_block::herald>(); }
  };

  /// Somebody who posts.
  struct sender {
    post_listener handle;
    std::shared_ptr<reply_box> box;
  };

  client_fixture() {
    callbacks_config loopback;
    options.policy = *address_policy::make(loopback, true);
    options.user_agent = "herald/test";
    options.delivery.timeout = std::chrono::seconds{10};
  }

  ~client_fixture() override {
    if (client_)
      client_->stop();
    io.stop();
    client_.reset();
    for (auto& handle : senders_)
      caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
  }

  /// Made at its first use, from `options`.
  http_client& client() {
    if (!client_)
      client_ = *http_client::make(io, options);
    return *client_;
  }

  sender make_sender() {
    auto box = std::make_shared<reply_box>();
    senders_.push_back(sys.spawn(collect, box));
    return {senders_.back(), box};
  }

  static target_ptr to(const std::string& url) {
    return std::make_shared<const target>(*parse_target(url));
  }

  static post_request request(const target_ptr& where, uint64_t token,
                              const std::string& body = "hello") {
    auto what = std::make_shared<event>();
    what->body = body;
    what->wire = "Content-Length: " + std::to_string(body.size()) + "\r\n";
    post_request result;
    result.token = token;
    result.to = where;
    result.head = std::make_shared<const std::string>(
      "POST " + where->path + " HTTP/1.1\r\nHost: " + where->authority
      + "\r\n");
    result.fields = "Herald-Attempt: 1\r\n";
    result.what = std::move(what);
    return result;
  }

  void post(const sender& who, const std::string& url, uint64_t token,
            const std::string& body = "hello") {
    client().post(who.handle, {request(to(url), token, body)});
  }

  /// Posts one request, for a sender of its own, and waits for its outcome.
  http_outcome post_one(const std::string& url,
                        const std::string& body = "hello") {
    auto who = make_sender();
    post(who, url, 1, body);
    auto replies = who.box->wait(1);
    return replies.empty() ? http_outcome{} : replies.front().outcome;
  }

  fetch_reply fetch(fetch_request what) {
    auto result = std::make_shared<std::promise<fetch_reply>>();
    auto future = result->get_future();
    client().fetch(std::move(what), [result](fetch_reply reply) {
      result->set_value(std::move(reply));
    });
    return future.get();
  }

  fetch_reply fetch(const std::string& url, size_t max_body = 64 * 1024) {
    fetch_request what;
    what.to = to(url);
    what.max_body = max_body;
    return fetch(std::move(what));
  }

  io_thread io{"test io"};
  system_config cfg;
  caf::actor_system sys{cfg};
  client_options options;

private:
  std::shared_ptr<http_client> client_;
  std::vector<post_listener> senders_;
};

} // namespace herald::test
