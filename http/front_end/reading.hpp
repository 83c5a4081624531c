#pragma once

#include "http/front_end/front_end.hpp"
#include "http/front_end/log_merge.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace herald {

/// A request that reads, step by step: each asks the engine and goes on when it
/// answered. The first step that fails answers the request. Lives as long as an
/// answer is awaited.
struct front_end_state::reading
  : std::enable_shared_from_this<front_end_state::reading> {
  reading(front_end_state& owner, exchange_ptr asker)
    : at(owner), who(std::move(asker)) {
    // nop
  }

  virtual ~reading() = default;

protected:
  /// Both answer once; what comes later is dropped.
  void answer(std::string json);
  void refuse(const caf::error& why);

  /// `then` keeps this alive, too, as long as an answer may come.
  template <class Handle, class F, class... Ts>
  void ask(const Handle& whom, F then, Ts&&... xs) {
    auto me = shared_from_this();
    at.asks.request(whom, std::forward<Ts>(xs)...)
      .then(std::move(then), [me](const caf::error& why) { me->refuse(why); });
  }

  front_end_state& at;
  exchange_ptr who;

private:
  bool answered = false;
};

/// Goes over the logs.
struct front_end_state::log_search : front_end_state::reading {
  log_search(front_end_state& owner, exchange_ptr asker, std::string topic,
             size_t max_found);

protected:
  /// Looks for events behind `from`, `max_scanned` of them at most, and ends
  /// with `finish`.
  void search(log_positions from);
  virtual void finish() = 0;

  /// Answers with `items`, which are JSON.
  void answer_page(const std::vector<std::string>& items);

  std::string topic_key; ///< Of a subscription; empty: all.
  size_t limit;
  size_t max_bytes = SIZE_MAX; ///< Of the bodies of what is found.
  std::optional<log_merge> merge;
  std::vector<event_meta> found;

private:
  void go_on();
  void read(log_id log);
  bool is_full() const;
  void take(event_meta what);

  size_t scanned = 0;
  size_t bytes = 0;
};

struct front_end_state::event_listing final : front_end_state::log_search {
  event_listing(front_end_state& owner, exchange_ptr asker,
                events_command asked);

  void begin() { search(std::move(after)); }

private:
  void finish() override;

  log_positions after;
};

} // namespace herald
