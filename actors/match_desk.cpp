#include "actors/match_desk.hpp"

#include <utility>

namespace herald {

void match_desk::open(answer_function how) {
  std::lock_guard guard{lock_};
  answer_ = std::move(how);
}

void match_desk::close() {
  open({});
}

// The news are counted under the lock and before they are sent, and only the
// asker itself counts down: relaxed is enough.
std::optional<match_result> match_desk::ask(const match_request& what) {
  std::unique_lock guard{lock_, std::try_to_lock};
  if (!guard || !answer_ || unheard_.load(std::memory_order_relaxed) > 0)
    return std::nullopt;
  return answer_(what);
}

} // namespace herald
