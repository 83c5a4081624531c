#include "http/server/reply_queue.hpp"

#include <cassert>

namespace herald {

namespace {

/// Holds no session: those live and die on their I/O thread.
class pending_exchange : public exchange {
public:
  pending_exchange(std::shared_ptr<reply_queue> queue, uint32_t slot,
                   uint64_t serial, http_request what)
    : queue_(std::move(queue)), slot_(slot), serial_(serial) {
    request = std::move(what);
  }

  ~pending_exchange() override {
    if (!answered_)
      queue_->push({slot_, serial_, std::nullopt});
  }

  void answer(http_response response) override {
    assert(!answered_);
    answered_ = true;
    queue_->push({slot_, serial_, std::move(response)});
  }

private:
  std::shared_ptr<reply_queue> queue_;
  uint32_t slot_;
  uint64_t serial_;
  bool answered_ = false;
};

} // namespace

reply_queue::reply_queue(std::function<void()> wake) : wake_(std::move(wake)) {
  // nop
}

// Waking under the lock is what lets `close` promise that no wake-up runs once
// it has returned; `wake_` only posts, so nobody waits long for the lock.
void reply_queue::push(reply what) {
  std::lock_guard guard{mutex_};
  if (closed_)
    return;
  waiting_.push_back(std::move(what));
  if (waiting_.size() == 1)
    wake_();
}

void reply_queue::take(std::vector<reply>& to) {
  assert(to.empty());
  std::lock_guard guard{mutex_};
  waiting_.swap(to);
}

void reply_queue::close() {
  std::lock_guard guard{mutex_};
  closed_ = true;
  waiting_.clear();
}

exchange_ptr make_exchange(std::shared_ptr<reply_queue> queue, uint32_t slot,
                           uint64_t serial, http_request request) {
  return std::make_shared<pending_exchange>(std::move(queue), slot, serial,
                                            std::move(request));
}

} // namespace herald
