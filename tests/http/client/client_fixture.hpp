#pragma once

#include "actors/interfaces.hpp"
#include "http/client/http_client.hpp"
#include "tests/http/client/raw_server.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace herald::test {

/// Replies as they come, waited for from the test's thread.
class reply_box {
public:
  void put(const std::vector<post_reply>& replies);

  /// The first `n` replies in the order of their coming; fewer if they do not
  /// come within the patience of a test.
  std::vector<post_reply> wait(size_t n);

  /// How many have come.
  size_t count();

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<post_reply> replies_;
};

/// A client with short limits and a loopback policy, and words to use it with.
class client_fixture : public ::testing::Test {
  struct actors;

protected:
  /// Somebody who posts.
  struct sender {
    post_listener handle;
    std::shared_ptr<reply_box> box;
  };

  client_fixture();
  ~client_fixture() override;

  /// Made at its first use, from `options`.
  http_client& client();

  sender make_sender();

  static target_ptr to(const std::string& url);

  static post_request request(const target_ptr& where, uint64_t token,
                              const std::string& body = "hello");

  void post(const sender& who, const std::string& url, uint64_t token,
            const std::string& body = "hello");

  /// Posts one request, for a sender of its own, and waits for its outcome.
  http_outcome post_one(const std::string& url,
                        const std::string& body = "hello");

  fetch_reply fetch(fetch_request what);

  fetch_reply fetch(const std::string& url, size_t max_body = 64 * 1024);

  io_thread io{"test io"};

private:
  std::unique_ptr<actors> actors_;

protected:
  caf::actor_system& sys;
  client_options options;

private:
  std::shared_ptr<http_client> client_;
  std::vector<post_listener> senders_;
};

} // namespace herald::test
