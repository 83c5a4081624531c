#include "actors/storekeeper.hpp"

#include "actors/delivery/wire.hpp"
#include "config/log.hpp"
#include "config/memory.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <type_traits>

namespace herald {

namespace {

constexpr std::chrono::seconds between_notes{1};

/// What the callers made of it is no news; that the store cannot work is.
bool is_fault(const caf::error& why) {
  switch (code_of(why)) {
    case errc::unavailable:
    case errc::full:
    case errc::permission:
    case errc::corrupt:
    case errc::incompatible:
    case errc::fenced:
      return true;
    default:
      return false;
  }
}

/// Handles a message whose members are the arguments of `call`.
template <class Atom, class Result, class... Args>
auto passing(storekeeper_state& state, std::string_view name,
             caf::expected<Result> (store::*call)(Args...)) {
  return [&state, name, call](
           Atom, const std::decay_t<Args>&... args) -> caf::result<Result> {
    return state.told(name, std::invoke(call, *state.db, args...));
  };
}

template <class Atom, class... Args>
auto passing(storekeeper_state& state, std::string_view name,
             caf::error (store::*call)(Args...)) {
  return [&state, name, call](Atom, const std::decay_t<Args>&... args) {
    return state.told(name, std::invoke(call, *state.db, args...));
  };
}

} // namespace

void storekeeper_state::note(std::string_view call, const caf::error& why) {
  if (!is_fault(why))
    return;
  auto now = self->clock().now();
  auto [last, first] = noted.try_emplace(call, now);
  if (!first && now < last->second + between_notes)
    return;
  last->second = now;
  auto code = to_string(code_of(why));
  log_error("store", "call_failed",
            {{"call", call}, {"code", code}, {"reason", describe(why)}});
}

caf::result<atom::done> storekeeper_state::told(std::string_view call,
                                                caf::error err) {
  if (!err)
    return atom::done_v;
  note(call, err);
  return err;
}

caf::result<std::vector<event_ptr>>
storekeeper_state::bodies(log_id log, const std::vector<sequence>& seqs,
                          uint64_t max_bytes) {
  auto events = db->bodies(log, seqs, max_bytes);
  if (!events) {
    note("bodies", events.error());
    return std::move(events.error());
  }
  for (auto& what : *events)
    if (what && !what->damaged)
      what->wire = event_fields(*what, hub_url);
  return std::vector<event_ptr>(std::make_move_iterator(events->begin()),
                                std::make_move_iterator(events->end()));
}

storekeeper_state::change_promise storekeeper_state::change(
  std::shared_ptr<std::vector<subscription_change>> what) {
  auto result
    = self->make_response_promise<std::vector<caf::expected<uint64_t>>>();
  if (changing.empty())
    self->send(self, atom::commit_v);
  changing.push_back({result, std::move(what)});
  return result;
}

// One group for all that came while the last one was written.
void storekeeper_state::commit_changes() {
  auto groups = std::exchange(changing, {});
  std::vector<subscription_change> all;
  for (auto& group : groups)
    std::move(group.what->begin(), group.what->end(), std::back_inserter(all));
  auto answers = db->change(all);
  if (!answers)
    note("change", answers.error());
  auto next = answers ? answers->begin()
                      : std::vector<caf::expected<uint64_t>>::iterator{};
  for (auto& group : groups) {
    if (!answers) {
      group.answer.deliver(answers.error());
      continue;
    }
    auto end = next + static_cast<std::ptrdiff_t>(group.what->size());
    group.answer.deliver(std::vector<caf::expected<uint64_t>>(next, end));
    next = end;
  }
}

storekeeper_actor::behavior_type
storekeeper(storekeeper_actor::stateful_pointer<storekeeper_state> self,
            std::shared_ptr<store> db, std::string hub_url) {
  auto& state = self->state;
  state.db = std::move(db);
  state.hub_url = std::move(hub_url);
  return {
    [&state](atom::append, log_id log,
             const std::shared_ptr<const std::vector<event>>& what)
      -> caf::result<std::vector<append_result>> {
      return state.told("append", state.db->append(log, *what));
    },
    passing<atom::read>(state, "read", &store::read),
    [&state](atom::bodies, log_id log, const std::vector<sequence>& seqs,
             uint64_t max_bytes) { return state.bodies(log, seqs, max_bytes); },
    passing<atom::heads>(state, "heads", &store::heads),
    passing<atom::seek>(state, "seek", &store::seek),
    passing<atom::lookup>(state, "lookup", &store::lookup),
    passing<atom::trim>(state, "trim", &store::trim),
    [&state](atom::ping, log_id log,
             const std::shared_ptr<const std::vector<ping>>& what) {
      return state.told("note_pings", state.db->note_pings(log, *what));
    },
    passing<atom::ping>(state, "pings", &store::pings),
    passing<atom::content>(state, "content", &store::content),
    passing<atom::settle>(state, "settle_fetch", &store::settle_fetch),
    [&state](atom::change,
             std::shared_ptr<std::vector<subscription_change>>& what) {
      return state.change(std::move(what));
    },
    [&state](atom::commit) { state.commit_changes(); },
    passing<atom::snapshot>(state, "snapshot", &store::snapshot),
    passing<atom::fetch>(state, "get", &store::get),
    passing<atom::find>(state, "find", &store::find),
    passing<atom::cursors>(state, "cursors", &store::cursors),
    passing<atom::due>(state, "due", &store::due),
    passing<atom::jobs>(state, "jobs_of", &store::jobs_of),
    passing<atom::lagging>(state, "lagging", &store::lagging),
    passing<atom::failing>(state, "failing", &store::failing),
    [&state](atom::commit, const ownership& own,
             const std::shared_ptr<const commit_batch>& batch) {
      return state.told("commit", state.db->commit(own, *batch));
    },
    passing<atom::forget>(state, "forget", &store::forget),
    passing<atom::flush>(state, "flush", &store::flush),
    passing<atom::attempts>(state, "attempts", &store::attempts),
    passing<atom::dead>(state, "dead_letters", &store::dead_letters),
    passing<atom::dead>(state, "dead_letter_of", &store::dead_letter_of),
    passing<atom::history>(state, "count_attempts", &store::count_attempts),
    passing<atom::history>(state, "drop_history", &store::drop_history),
    [](atom::rest) { release_thread_memory(); },
  };
}

} // namespace herald
