#pragma once

#include "actors/interfaces.hpp"

#include <cassert>
#include <cstddef>
#include <deque>
#include <utility>

namespace herald {

/// What the read-ahead buffers of one spreader hold, in bytes. Must outlive
/// them.
using read_ahead_total = size_t;

/// The events of a replay that were read before there is room for them, so that
/// the subscriber does not wait for the store. Ascending. Gives its share of
/// the total back when it ends. Not thread-safe.
class read_ahead {
public:
  explicit read_ahead(read_ahead_total& total) : total_(&total) {
    // nop
  }

  read_ahead(const read_ahead&) = delete;
  read_ahead& operator=(const read_ahead&) = delete;

  read_ahead(read_ahead&& other) noexcept
    : total_(other.total_), bytes_(std::exchange(other.bytes_, 0)),
      events_(std::exchange(other.events_, {})) {
    // nop
  }

  read_ahead& operator=(read_ahead&& other) noexcept {
    std::swap(total_, other.total_);
    std::swap(bytes_, other.bytes_);
    std::swap(events_, other.events_);
    return *this;
  }

  ~read_ahead() { clear(); }

  /// Null: the store has no such event.
  void push(sequence seq, event_ptr what) {
    assert(events_.empty() || events_.back().first < seq);
    bytes_ += size_of(what);
    *total_ += size_of(what);
    events_.emplace_back(seq, std::move(what));
  }

  /// The first; there must be one.
  event_ptr pop() {
    assert(!events_.empty());
    auto result = std::move(events_.front().second);
    assert(bytes_ >= size_of(result) && *total_ >= bytes_);
    bytes_ -= size_of(result);
    *total_ -= size_of(result);
    events_.pop_front();
    return result;
  }

  void clear() {
    while (!events_.empty())
      pop();
    assert(bytes_ == 0);
  }

  bool empty() const { return events_.empty(); }
  size_t size() const { return events_.size(); }
  size_t bytes() const { return bytes_; }

  /// The sequence of the first; there must be one.
  sequence front() const { return events_.front().first; }

private:
  static size_t size_of(const event_ptr& what) {
    return what ? sizeof(event) + what->body.size() + what->wire.size() : 0;
  }

  read_ahead_total* total_;
  size_t bytes_ = 0; ///< Of this one.
  std::deque<std::pair<sequence, event_ptr>> events_;
};

} // namespace herald
