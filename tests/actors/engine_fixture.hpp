#pragma once

#include "actors/interfaces.hpp"
#include "actors/wall_clock.hpp"
#include "storage/memory/memory_store.hpp"
#include "tests/actors/engine_values.hpp"
#include "tests/support/deterministic.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace herald::test {

/// What a stand-in for a spreader was told.
struct spreader_notes {
  std::vector<appended> batches;
  std::vector<delivery_report> reports;
};

spreader_actor::behavior_type
noting_spreader(spreader_actor::pointer, std::shared_ptr<spreader_notes> notes);

/// What a stand-in for a registry knows, and what it was told.
struct registry_notes {
  std::vector<subscription_ptr> who; ///< They want every event. By id.
  std::set<sequence> unwanted;       ///< Nobody wants these.
  std::vector<subscription_id> removed;
  size_t sweeps = 0;
  size_t requests = 0; ///< Matches that were asked for by a message.
  spreader_actor spreader;

  subscription_ptr find(const subscription_id& id) const;

  bool wants(const subscription& one, const event_meta& what) const;

  /// Every event is everyone's, behind the start of each.
  match_result match(const match_request& what) const;

  replay_result replay(replay_request& what) const;

  std::vector<subscription_ptr>
  resolve(const std::vector<subscription_id>& ids) const;
};

registry_actor::behavior_type
noting_registry(registry_actor::pointer self,
                std::shared_ptr<registry_notes> notes);

/// The stand-ins end with the test.
class with_stand_ins : public deterministic {
protected:
  with_stand_ins();
  ~with_stand_ins() override;

  spreader_actor spawn_spreader(std::shared_ptr<spreader_notes> notes);
  registry_actor spawn_registry(std::shared_ptr<registry_notes> notes);
};

/// A store in memory behind a storekeeper, under a clock that the test moves.
class with_store : public with_stand_ins {
protected:
  static constexpr unix_ms start_time = 1'700'000'000'000;

  with_store();
  ~with_store() override;

  std::shared_ptr<memory_disk> disk
    = std::make_shared<memory_disk>(store_shape{1, 1});
  std::shared_ptr<store> db = make_memory_store(disk);
  storekeeper_actor keeper;
  std::shared_ptr<wall_clock> time
    = std::make_shared<wall_clock>(now(), start_time);

  unix_ms wall() { return time->at(now()); }

  /// The sequences that log 0 holds.
  std::vector<sequence> stored();

  /// Puts an event into log 0, past the publisher.
  sequence store_event(event what);

  /// Makes the next `times` calls of `call` fail with `code`.
  void fail_next(std::string call, fault_at when, errc code, size_t times);
};

} // namespace herald::test
