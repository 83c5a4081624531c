#pragma once

#include "actors/messages.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>

namespace herald {

/// The short way from a spreader to its registry: a match that costs no
/// message. There are two messages for each partition and group of events
/// otherwise, and a thread that has to be woken for each of them.
///
/// It is as if the question and the answer had been messages that met nothing
/// on their way: the registry runs under the desk's lock, so that a question is
/// answered between two of its messages or not at all, and none is answered
/// while the spreader has not yet heard all that the registry told it. Whoever
/// gets no answer sends the `match_request`.
///
/// One for each partition, shared by the two; any thread.
class match_desk {
public:
  /// Answers at once, or not at all; called under the lock.
  using answer_function
    = std::function<std::optional<match_result>(const match_request&)>;

  // -- the registry -----------------------------------------------------------

  /// To be held while the registry runs. Recursive, since what it runs may end
  /// it.
  std::recursive_mutex& lock() { return lock_; }

  /// From now on questions are answered by `how`.
  void open(answer_function how);

  /// From now on none is answered.
  void close();

  /// News for the spreader are about to be sent.
  void told() { unheard_.fetch_add(1, std::memory_order_relaxed); }

  // -- the spreader -----------------------------------------------------------

  /// News have come.
  void heard() { unheard_.fetch_sub(1, std::memory_order_relaxed); }

  /// Nothing: to be asked by a message. Never waits.
  std::optional<match_result> ask(const match_request& what);

private:
  std::recursive_mutex lock_;
  answer_function answer_;         ///< Guarded by the lock.
  std::atomic<size_t> unheard_{0}; ///< News that are under way.
};

} // namespace herald
