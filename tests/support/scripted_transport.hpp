#pragma once

#include "actors/interfaces.hpp"
#include "actors/poster.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace herald::test {

http_outcome answered(uint16_t status);

http_outcome unanswered(failure why);

fetch_reply fetched(uint16_t status, std::string body = {});

fetch_reply not_fetched(failure why);

/// Stands in for the network. Every request is recorded; a function answers it
/// at once, or answers nothing and so holds it, until the test releases it, in
/// any order. Without a function every request is held.
///
///     scripted_transport net{sys};
///     net.on_post = [](const post_request&) { return answered(503); };
///     ... net.handle() ...
///     EXPECT_EQ(net.posts().size(), 1u);
///     net.release_post(0, answered(200));
///     run();
///
/// For schedulers without threads only. The actor must be ended with the test:
/// `keep(net.handle())` in a `deterministic` fixture.
class scripted_transport {
  struct script;
  std::shared_ptr<script> script_;
  transport_actor actor_;

public:
  using post_answer
    = std::function<std::optional<http_outcome>(const post_request&)>;
  using fetch_answer
    = std::function<std::optional<fetch_reply>(const fetch_request&)>;

  post_answer& on_post;
  fetch_answer& on_fetch;

  explicit scripted_transport(caf::actor_system& sys);
  ~scripted_transport();
  scripted_transport(const scripted_transport&) = delete;
  scripted_transport& operator=(const scripted_transport&) = delete;

  transport_actor handle() const;

  /// Requests arrive when the scheduler runs next.
  std::shared_ptr<poster> entrance() const;

  /// All requests so far, in order; an index names a request for ever.
  const std::vector<post_request>& posts() const;
  const std::vector<fetch_request>& fetches() const;

  /// The indices of the requests that wait for an answer, ascending.
  std::vector<size_t> held_posts() const;
  std::vector<size_t> held_fetches() const;

  /// The most fetches that were held at any one time.
  size_t most_held_fetches() const;

  /// Answers a held request, when the scheduler runs next.
  void release_post(size_t index, http_outcome with);
  void release_fetch(size_t index, fetch_reply with);

private:
  struct state;
  struct hand_in;
};

} // namespace herald::test
