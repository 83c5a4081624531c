#include "tests/support/scripted_transport.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <map>
#include <utility>

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::http_outcome)

namespace herald::test {

namespace {

using actor_type = transport_actor::extend<
  caf::reacts_to<post_listener, std::vector<post_request>>,
  caf::reacts_to<size_t, http_outcome>, caf::reacts_to<size_t, fetch_reply>>;

template <class T>
std::vector<size_t> keys(const std::map<size_t, T>& of) {
  std::vector<size_t> result;
  for (auto& [index, held] : of)
    result.push_back(index);
  return result;
}

} // namespace

http_outcome answered(uint16_t status) {
  http_outcome result;
  result.status = status;
  result.why = status / 100 == 2 ? failure::none : failure::status;
  return result;
}

http_outcome unanswered(failure why) {
  http_outcome result;
  result.why = why;
  return result;
}

fetch_reply fetched(uint16_t status, std::string body) {
  return {answered(status), std::move(body), {}};
}

fetch_reply not_fetched(failure why) {
  return {unanswered(why), {}, {}};
}

struct scripted_transport::script {
  post_answer on_post;
  fetch_answer on_fetch;
  std::vector<post_request> posts;
  std::vector<fetch_request> fetches;
  std::map<size_t, std::pair<post_listener, uint64_t>> held_posts;
  std::map<size_t, caf::typed_response_promise<fetch_reply>> held_fetches;
  size_t most_held_fetches = 0;
};

struct scripted_transport::state {
  static inline constexpr const char* name = "scripted_transport";

  actor_type::pointer self;
  std::shared_ptr<script> what;

  explicit state(actor_type::pointer ptr) : self(ptr) {
    // nop
  }

  static actor_type::behavior_type run(actor_type::stateful_pointer<state> self,
                                       std::shared_ptr<script> what);

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
    auto promise = self->make_response_promise<fetch_reply>();
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

actor_type::behavior_type
scripted_transport::state::run(actor_type::stateful_pointer<state> self,
                               std::shared_ptr<script> what) {
  self->state.what = std::move(what);
  return {
    [self](const post_listener& from, const std::vector<post_request>& all) {
      self->state.post(from, all);
    },
    [self](const fetch_request& request) { return self->state.fetch(request); },
    [self](size_t index, http_outcome& with) {
      self->state.release(index, with);
    },
    [self](size_t index, fetch_reply& with) {
      self->state.release(index, with);
    },
  };
}

scripted_transport::scripted_transport(caf::actor_system& sys)
  : script_(std::make_shared<script>()), actor_(sys.spawn(state::run, script_)),
    on_post(script_->on_post), on_fetch(script_->on_fetch) {
  // nop
}

scripted_transport::~scripted_transport() = default;

struct scripted_transport::hand_in : poster {
  actor_type to;

  explicit hand_in(actor_type actor) : to(std::move(actor)) {
    // nop
  }

  void post(post_listener who, std::vector<post_request> what) override {
    caf::anon_send(to, std::move(who), std::move(what));
  }
};

transport_actor scripted_transport::handle() const {
  return actor_;
}

std::shared_ptr<poster> scripted_transport::entrance() const {
  return std::make_shared<hand_in>(caf::actor_cast<actor_type>(actor_));
}

const std::vector<post_request>& scripted_transport::posts() const {
  return script_->posts;
}

const std::vector<fetch_request>& scripted_transport::fetches() const {
  return script_->fetches;
}

std::vector<size_t> scripted_transport::held_posts() const {
  return keys(script_->held_posts);
}

std::vector<size_t> scripted_transport::held_fetches() const {
  return keys(script_->held_fetches);
}

size_t scripted_transport::most_held_fetches() const {
  return script_->most_held_fetches;
}

void scripted_transport::release_post(size_t index, http_outcome with) {
  caf::anon_send(caf::actor_cast<actor_type>(actor_), index, std::move(with));
}

void scripted_transport::release_fetch(size_t index, fetch_reply with) {
  caf::anon_send(caf::actor_cast<actor_type>(actor_), index, std::move(with));
}

} // namespace herald::test
