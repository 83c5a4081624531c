#pragma once

#include "actors/interfaces.hpp"
#include "actors/storekeeper.hpp"
#include "actors/wall_clock.hpp"
#include "storage/memory_store.hpp"
#include "tests/actors/engine_values.hpp"
#include "tests/support/deterministic.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace herald::test {

/// What a stand-in for a spreader was told.
struct spreader_notes {
  std::vector<appended> batches;
  std::vector<delivery_report> reports;
};

inline spreader_actor::behavior_type
noting_spreader(spreader_actor::pointer,
                std::shared_ptr<spreader_notes> notes) {
  return {
    [notes](appended& what) { notes->batches.push_back(std::move(what)); },
    [](match_result&) {},
    [](replay_result&) {},
    [notes](std::vector<delivery_report>& what) {
      for (auto& each : what)
        notes->reports.push_back(std::move(each));
    },
    [](subscription_ended&) {},
    [](subscription_changed&) {},
    [](atom::tick) {},
    [](atom::start) { return atom::done_v; },
    [](atom::status, const std::vector<subscription_id>& ids) {
      return std::vector<subscriber_status>(ids.size());
    },
    [](atom::drain) { return atom::done_v; },
  };
}

/// What a stand-in for a registry knows, and what it was told.
struct registry_notes {
  std::vector<subscription_ptr> who; ///< They want every event. By id.
  std::vector<subscription_id> removed;
  size_t sweeps = 0;
  spreader_actor spreader;

  subscription_ptr find(const subscription_id& id) const {
    for (auto& each : who)
      if (each->id == id)
        return each;
    return nullptr;
  }

  /// Every event is everyone's.
  match_result match(match_request& what) const {
    match_result result{std::move(what.what), {}, {}};
    for (size_t i = 0; i < result.what.events->size(); ++i) {
      result.who.insert(result.who.end(), who.begin(), who.end());
      result.ends.push_back(static_cast<uint32_t>(result.who.size()));
    }
    return result;
  }

  replay_result replay(replay_request& what) const {
    replay_result result{what.token, what.log, find(what.sub), {}};
    for (auto& each : what.events)
      result.wanted.push_back(each.seq);
    return result;
  }

  std::vector<subscription_ptr>
  resolve(const std::vector<subscription_id>& ids) const {
    std::vector<subscription_ptr> result;
    for (auto& id : ids)
      result.push_back(find(id));
    return result;
  }
};

inline registry_actor::behavior_type
noting_registry(registry_actor::pointer self,
                std::shared_ptr<registry_notes> notes) {
  return {
    [](intent_request&) { return atom::done_v; },
    [notes](atom::remove, subscription_id id) {
      notes->removed.push_back(id);
      return atom::done_v;
    },
    [self, notes](match_request& what) {
      self->send(notes->spreader, notes->match(what));
    },
    [self, notes](replay_request& what) {
      self->send(notes->spreader, notes->replay(what));
    },
    [notes](atom::resolve, const std::vector<subscription_id>& ids) {
      return notes->resolve(ids);
    },
    [notes](atom::attach, spreader_actor& to) { notes->spreader = to; },
    [](atom::start) { return atom::done_v; },
    [notes](atom::sweep) { ++notes->sweeps; },
    [](atom::commit) {},
    [](atom::tick, subscription_id, uint64_t) {},
  };
}

/// A store in memory behind a storekeeper, under a clock that the test moves.
class with_store : public deterministic {
protected:
  static constexpr unix_ms start_time = 1'700'000'000'000;

  std::shared_ptr<memory_disk> disk
    = std::make_shared<memory_disk>(store_shape{1, 1});
  std::shared_ptr<store> db = make_memory_store(disk);
  storekeeper_actor keeper
    = spawn(storekeeper, db, std::string{"http://hub.example/hub"});
  std::shared_ptr<wall_clock> time
    = std::make_shared<wall_clock>(sched.clock().now(), start_time);

  unix_ms wall() { return time->at(now()); }

  /// The sequences that log 0 holds.
  std::vector<sequence> stored() {
    std::vector<sequence> result;
    for (auto& [seq, what] : disk->logs[0].events)
      result.push_back(seq);
    return result;
  }

  /// Puts an event into log 0, past the publisher.
  sequence store_event(event what) {
    return db->append(0, std::vector{std::move(what)}).value().at(0).seq;
  }

  /// Makes the next `times` calls of `call` fail with `code`.
  void fail_next(std::string call, fault_at when, errc code, size_t times) {
    auto left = std::make_shared<size_t>(times);
    disk->fault = [=](std::string_view name, fault_at at) {
      if (name != call || at != when || *left == 0)
        return caf::error{};
      --*left;
      return fail(code, "as the test wants it");
    };
  }
};

} // namespace herald::test
