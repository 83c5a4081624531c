#include "tests/simulation/slow_calls.hpp"

#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>

#include <deque>

// Named like a test so that it is built into the test program.

namespace herald::simulation {

namespace {

class slow_keeper : public caf::monitorable_actor {
public:
  slow_keeper(caf::actor_config& cfg, storekeeper_actor keeper,
              slow_calls& pace)
    : caf::monitorable_actor(cfg),
      keeper_(caf::actor_cast<caf::strong_actor_ptr>(std::move(keeper))),
      pace_(pace) {
    // nop
  }

  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* host) override {
    auto content = what->move_content_to_message();
    if (what->mid.is_response()) {
      pace_.later(rest_, [self = caf::strong_actor_ptr{ctrl()}, this, content] {
        answer(content);
      });
    } else if (what->mid.is_request()) {
      waiting_.push_back(
        {std::move(what->sender), what->mid, content, pace_.now()});
      if (waiting_.size() == 1)
        begin();
    } else {
      keeper_->enqueue(nullptr, caf::make_message_id(), content, host);
    }
  }

private:
  struct question {
    caf::strong_actor_ptr from;
    caf::message_id mid;
    caf::message what;
    slow_calls::time_point asked;
  };

  void begin() {
    auto& next = waiting_.front();
    auto kind = to_string(next.what.get_as<caf::atom_value>(0));
    auto wait = pace_.draw(kind);
    rest_ = pace_.draw(kind);
    pace_.begin(keeper_->id(), next.asked, rest_);
    pace_.later(wait, [self = caf::strong_actor_ptr{ctrl()}, this] { ask(); });
  }

  void ask() {
    keeper_->enqueue(ctrl(),
                     caf::make_message_id(++asked_).with_normal_priority(),
                     waiting_.front().what, nullptr);
  }

  void answer(const caf::message& what) {
    auto asked = std::move(waiting_.front());
    waiting_.pop_front();
    pace_.end(keeper_->id());
    if (asked.from)
      asked.from->enqueue(ctrl(), asked.mid.response_id(), what, nullptr);
    if (!waiting_.empty())
      begin();
  }

  caf::strong_actor_ptr keeper_;
  slow_calls& pace_;
  std::deque<question> waiting_; ///< The first one is under way.
  milliseconds rest_{0};
  uint64_t asked_ = 0;
};

} // namespace

void slow_calls::set(const std::string& kind, milliseconds most) {
  if (kind.empty())
    most_.clear();
  (kind.empty() ? all_ : most_[kind]) = most;
}

milliseconds slow_calls::draw(const std::string& kind) const {
  auto i = most_.find(kind);
  return delay_(i == most_.end() ? all_ : i->second);
}

void slow_calls::later(milliseconds wait, std::function<void()> then) {
  if (wait.count() == 0)
    return then();
  later_.emplace(now_ + wait, std::move(then));
}

void slow_calls::pass(time_point now) {
  now_ = now;
  while (!later_.empty() && later_.begin()->first <= now) {
    auto what = std::move(later_.extract(later_.begin()).mapped());
    what();
  }
}

std::optional<slow_calls::time_point> slow_calls::next() const {
  return later_.empty() ? std::nullopt : std::optional{later_.begin()->first};
}

void slow_calls::begin(caf::actor_id keeper, time_point asked,
                       milliseconds rest) {
  under_way_.insert_or_assign(keeper, call{asked, rest, {}});
}

void slow_calls::end(caf::actor_id keeper) {
  auto what = under_way_.extract(keeper);
  if (what && what.mapped().then)
    what.mapped().then();
}

void slow_calls::when_answered(caf::actor_id keeper,
                               std::function<void()> then) {
  auto i = under_way_.find(keeper);
  if (i == under_way_.end() || i->second.rest.count() == 0)
    return then();
  i->second.then = std::move(then);
}

milliseconds slow_calls::time_of(caf::actor_id keeper, time_point now) const {
  auto i = under_way_.find(keeper);
  if (i == under_way_.end())
    return milliseconds{0};
  return std::chrono::ceil<milliseconds>(now + i->second.rest
                                         - i->second.asked);
}

void slow_calls::forget_calls() {
  later_.clear();
  under_way_.clear();
}

storekeeper_actor make_slow_keeper(caf::actor_system& sys,
                                   storekeeper_actor keeper, slow_calls& pace) {
  caf::actor_config cfg;
  return caf::make_actor<slow_keeper, storekeeper_actor>(
    sys.next_actor_id(), sys.node(), &sys, cfg, std::move(keeper), pace);
}

} // namespace herald::simulation
