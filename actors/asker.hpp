#pragma once

#include "actors/interfaces.hpp"

#include <caf/response_handle.hpp>
#include <caf/sec.hpp>

#include <chrono>
#include <list>
#include <utility>

namespace herald {

/// Asks other actors for an actor, all questions with the same deadline, and
/// keeps one timer for all of them. (CAF's own keeps an entry of its clock per
/// question until the deadline, also when the answer came long before: memory
/// for a minute of questions, and a wake-up for each of them.)
///
/// Owned by the actor's state, used only in its handlers. O(1) per question.
template <class Actor>
class asker {
public:
  using pointer = typename Actor::pointer;

  explicit asker(pointer self, caf::timespan deadline = ask_timeout)
    : self_(self), deadline_(deadline) {
    // nop
  }

  // The questions under way point here.
  asker(const asker&) = delete;
  asker& operator=(const asker&) = delete;

  /// Of the questions from now on. Only before the first one.
  void set_deadline(caf::timespan to) { deadline_ = to; }

private:
  struct question {
    caf::message_id answer;
    caf::actor_clock::time_point due;
    bool overdue = false;
  };

  using list = std::list<question>;

  template <class F, class Args>
  struct closing;

  /// Notes that the answer is there, and passes it on.
  template <class F, class... Ts>
  struct closing<F, caf::detail::type_list<Ts...>> {
    asker* owner;
    typename list::iterator which;
    F then;

    void operator()(Ts... xs) {
      owner->close(which);
      then(std::forward<Ts>(xs)...);
    }
  };

  template <class F>
  using closing_for
    = closing<F, typename caf::detail::get_callable_trait<F>::arg_types>;

public:
  /// A question that was sent.
  template <class Handle>
  class asked {
  public:
    asked(asker& owner, Handle handle) : owner_(owner), handle_(handle) {
      // nop
    }

    /// One of the two runs, once: the second with caf::sec::request_timeout
    /// when the deadline has passed, or with the reason why there is none to
    /// answer.
    template <class F, class G>
    void then(F f, G g) const {
      auto which = owner_.open(handle_.id());
      handle_.then(closing_for<F>{&owner_, which, std::move(f)},
                   closing_for<G>{&owner_, which, std::move(g)});
    }

  private:
    asker& owner_;
    Handle handle_;
  };

  /// As caf's `request`, with the deadline of this.
  template <class Whom, class... Ts>
  auto request(const Whom& whom, Ts&&... xs) {
    // Infinite for CAF's clock: the deadline is kept here.
    auto handle = self_->request(whom, caf::infinite, std::forward<Ts>(xs)...);
    return asked<decltype(handle)>{*this, handle};
  }

  /// Questions without an answer.
  size_t size() const { return open_.size() + overdue_.size(); }

private:
  typename list::iterator open(caf::message_id answer) {
    auto due = self_->clock().now() + deadline_;
    open_.push_back({answer, due});
    if (!armed_)
      arm(due);
    return std::prev(open_.end());
  }

  void close(typename list::iterator which) {
    (which->overdue ? overdue_ : open_).erase(which);
  }

  /// The timer is a question to nobody: it is answered by its deadline only.
  void arm(caf::actor_clock::time_point due) {
    armed_ = true;
    auto id = self_->new_request_id(caf::message_priority::normal);
    self_->clock().set_request_timeout(due, self_, id.response_id());
    self_->add_multiplexed_response_handler(
      id.response_id(),
      caf::behavior{[](atom::done) {}, [this](caf::error&) { expire(); }});
  }

  void expire() {
    armed_ = false;
    auto now = self_->clock().now();
    while (!open_.empty() && open_.front().due <= now) {
      auto first = open_.begin();
      first->overdue = true;
      overdue_.splice(overdue_.end(), open_, first);
      self_->eq_impl(first->answer, self_->ctrl(), self_->context(),
                     caf::make_error(caf::sec::request_timeout));
    }
    if (!open_.empty())
      arm(open_.front().due);
  }

  pointer self_;
  caf::timespan deadline_;
  list open_;    ///< By their deadlines.
  list overdue_; ///< Their errors are in the mailbox.
  bool armed_ = false;
};

} // namespace herald
