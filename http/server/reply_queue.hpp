#pragma once

#include "http/exchange.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace herald {

/// An answer on its way to the session that waits for it.
struct reply {
  uint32_t slot = 0;
  uint64_t serial = 0;
  std::optional<http_response> response; ///< Nothing: dropped unanswered.
};

/// Carries answers from any thread to an I/O thread, which is woken once per
/// batch, not once per answer: a group commit answers hundreds at once.
/// Thread-safe.
class reply_queue {
public:
  /// `wake` is called from the thread that pushes, under the queue's lock, when
  /// the queue stops being empty. It has to make the I/O thread call `take`
  /// later, and must not call the queue itself.
  explicit reply_queue(std::function<void()> wake);

  /// Dropped once the queue is closed.
  void push(reply what);

  /// Swaps what is waiting into `to`, which must be empty.
  void take(std::vector<reply>& to);

  /// From now on nothing is taken on and `wake` is not called: returns when no
  /// call of it is running.
  void close();

private:
  std::mutex mutex_;
  std::vector<reply> waiting_;
  std::function<void()> wake_;
  bool closed_ = false;
};

/// The exchange of a session's request.
exchange_ptr make_exchange(std::shared_ptr<reply_queue> queue, uint32_t slot,
                           uint64_t serial, http_request request);

} // namespace herald
