#pragma once

#include "actors/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::http_outcome)

namespace herald::test {

inline http_outcome answered(uint16_t status) {
  http_outcome result;
  result.status = status;
  result.why = status / 100 == 2 ? failure::none : failure::status;
  return result;
}

inline http_outcome unanswered(failure why) {
  http_outcome result;
  result.why = why;
  return result;
}

inline fetch_reply fetched(uint16_t status, std::string body = {}) {
  return {answered(status), std::move(body), {}};
}

inline fetch_reply not_fetched(failure why) {
  return {unanswered(why), {}, {}};
}

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
public:
  using post_answer
    = std::function<std::optional<http_outcome>(const post_request&)>;
  using fetch_answer
    = std::function<std::optional<fetch_reply>(const fetch_request&)>;

  post_answer& on_post;
  fetch_answer& on_fetch;

  explicit scripted_transport(caf::actor_system& sys)
    : scripted_transport(sys, std::make_shared<script>()) {
    // nop
  }

  transport_actor handle() const { return actor_; }

  /// All requests so far, in order; an index names a request for ever.
  const std::vector<post_request>& posts() const { return script_->posts; }
  const std::vector<fetch_request>& fetches() const { return script_->fetches; }

  /// The indices of the requests that wait for an answer, ascending.
  std::vector<size_t> held_posts() const { return keys(script_->held_posts); }
  std::vector<size_t> held_fetches() const {
    return keys(script_->held_fetches);
  }

  /// The most fetches that were held at any one time.
  size_t most_held_fetches() const { return script_->most_held_fetches; }

  /// Answers a held request, when the scheduler runs next.
  void release_post(size_t index, http_outcome with) {
    caf::anon_send(actor_, index, std::move(with));
  }

  void release_fetch(size_t index, fetch_reply with) {
    caf::anon_send(actor_, index, std::move(with));
  }

private:
  using actor_type
    = transport_actor::extend<caf::reacts_to<size_t, http_outcome>,
                              caf::reacts_to<size_t, fetch_reply>>;

  struct script {
    post_answer on_post;
    fetch_answer on_fetch;
    std::vector<post_request> posts;
    std::vector<fetch_request> fetches;
    std::map<size_t, std::pair<post_listener, uint64_t>> held_posts;
    std::map<size_t, caf::typed_response_promise<fetch_reply>> held_fetches;
    size_t most_held_fetches = 0;
  };

  struct state {
    static inline constexpr const char* name = "scripted_transport";

    actor_type::pointer self;
    std::shared_ptr<script> what;

    explicit state(actor_type::pointer ptr) : self(ptr) {
      // nop
    }

    void post(const post_listener& from, const std::vector<post_request>& all) {
      for (auto& each : all) {
        auto index = what->posts.size();
        what->posts.push_back(each);
        auto outcome = what->on_post ? what->on_post(each) : std::nullopt;
        if (outcome)
          reply(from, each.token, std::move(*outcome));
        else
          what->held_posts.emplace(index, std::pair{from, each.token});
      }
    }

    void reply(const post_listener& to, uint64_t token, http_outcome outcome) {
      self->send(to, std::vector<post_reply>{{token, std::move(outcome)}});
    }

    caf::result<fetch_reply> fetch(const fetch_request& request) {
      auto index = what->fetches.size();
      what->fetches.push_back(request);
      if (auto reply = what->on_fetch ? what->on_fetch(request) : std::nullopt)
        return std::move(*reply);
      auto promise = self->template make_response_promise<fetch_reply>();
      what->held_fetches.emplace(index, promise);
      what->most_held_fetches
        = std::max(what->most_held_fetches, what->held_fetches.size());
      return promise;
    }

    void release(size_t index, http_outcome& with) {
      if (auto held = what->held_posts.extract(index))
        reply(held.mapped().first, held.mapped().second, std::move(with));
    }

    void release(size_t index, fetch_reply& with) {
      if (auto held = what->held_fetches.extract(index))
        held.mapped().deliver(std::move(with));
    }
  };

  static actor_type::behavior_type run(actor_type::stateful_pointer<state> self,
                                       std::shared_ptr<script> what) {
    self->state.what = std::move(what);
    return {
      [self](atom::post, const post_listener& from,
             const std::vector<post_request>& all) {
        self->state.post(from, all);
      },
      [self](const fetch_request& request) {
        return self->state.fetch(request);
      },
      [self](size_t index, http_outcome& with) {
        self->state.release(index, with);
      },
      [self](size_t index, fetch_reply& with) {
        self->state.release(index, with);
      },
    };
  }

  scripted_transport(caf::actor_system& sys, std::shared_ptr<script> what)
    : on_post(what->on_post), on_fetch(what->on_fetch), script_(what),
      actor_(sys.spawn(run, what)) {
    // nop
  }

  template <class T>
  static std::vector<size_t> keys(const std::map<size_t, T>& of) {
    std::vector<size_t> result;
    for (auto& [index, held] : of)
      result.push_back(index);
    return result;
  }

  std::shared_ptr<script> script_;
  actor_type actor_;
};

} // namespace herald::test
