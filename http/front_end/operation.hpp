#pragma once

#include "http/api/history_json.hpp"
#include "http/api/operation.hpp"
#include "http/front_end/front_end.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace herald {

/// An operator's request that is being worked on, step by step: each asks the
/// engine and goes on when it answered. A step that fails answers the request,
/// and ends the work. Lives as long as an answer is awaited.
struct front_end_state::operation
  : std::enable_shared_from_this<front_end_state::operation> {
  operation(front_end_state& owner, exchange_ptr asker, operation_command asked)
    : at(owner), who(std::move(asker)), command(std::move(asked)) {
    // nop
  }

  /// Looks the subscription up, which all of them need, and does it.
  void begin();

private:
  using step = std::function<void()>;

  // operation.cpp
  void run(const patch_command& what);
  void run(const probe_command& what);
  void run(const replay_status_command& what);
  void answer(unsigned status, std::string json = {});
  void refuse(const caf::error& why);
  void refuse(const refusal& why);
  void ask_active(step then);
  void ask_status(
    const subscription& whom,
    std::function<void(const subscription&, const subscriber_status&)> then);
  void deliver(std::vector<event_place> events, step then);
  void deliver_probe(const receipt& what, const append_result& how);

  // replay.cpp
  void run(const replay_command& what);
  void run(const cancel_replay_command& what);
  void find_range(log_id log);
  void begin_replay();
  void answer_replay();

  // history.cpp
  void run(const attempts_command& what);
  void run(const dead_command& what);
  void ask_letters(const page_query& which, step then);
  void name_events(std::vector<event_place> places, step then);
  void next_run(step then);
  void find_event(std::string id, std::function<void(event_place)> then,
                  log_id log = 0);

  // dead.cpp
  void run(const redeliver_command& what);
  void run(const drop_command& what);
  void redeliver_one(event_place where);
  void redeliver_letters(std::string after);
  bool is_deliverable(const dead_letter& what) const;
  void drop_one(event_place where);
  void drop_all(std::string after);
  void drop_letters(std::vector<job_key> which, step then);

  /// Asks one of the engine's actors. The second handler keeps this alive until
  /// either has run.
  template <class Handle, class F, class... Ts>
  void ask(const Handle& whom, F then, Ts&&... xs) {
    at.asks.request(whom, std::forward<Ts>(xs)...)
      .then(std::move(then), [me = shared_from_this()](const caf::error& why) {
        me->refuse(why);
      });
  }

  const registry_actor& registry() const {
    return at.handles
      .registries[command.id.partition(at.handles.registries.size())];
  }

  const spreader_actor& spreader() const {
    return at.handles
      .spreaders[command.id.partition(at.handles.spreaders.size())];
  }

  front_end_state& at;
  exchange_ptr who;
  operation_command command;
  subscription known;      ///< As it stands in the store.
  subscription_ptr active; ///< Set by `ask_active`.

  // Of the page of history in hand.
  std::vector<read_run> unread; ///< Of `names`.
  event_names names;
  page<attempt_record> attempts;
  page<dead_letter> letters;
  uint64_t delivered = 0; ///< Letters that were redelivered,
  uint64_t left = 0;      ///< and those that cannot be.

  // Of a replay.
  unix_ms since = 0;
  unix_ms until = 0;
  std::vector<log_bounds> heads;
  std::vector<replay_range> ranges;
};

} // namespace herald
