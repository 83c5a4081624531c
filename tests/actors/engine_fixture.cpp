#include "tests/actors/engine_fixture.hpp"

#include "actors/storekeeper.hpp"
#include "tests/support/deterministic_actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace herald::test {

spreader_actor::behavior_type
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
    [](redeliver_order&) { return atom::done_v; },
    [](atom::drop, const std::vector<job_key>&) { return atom::done_v; },
    [](replay_order&) { return atom::done_v; },
    [](atom::cancel, const subscription_id&) { return atom::done_v; },
    [](fate_query& what) {
      return std::vector<delivery_fate>(what.who.size());
    },
    [](atom::drain) { return atom::done_v; },
  };
}

subscription_ptr registry_notes::find(const subscription_id& id) const {
  for (auto& each : who)
    if (each->id == id)
      return each;
  return nullptr;
}

bool registry_notes::wants(const subscription& one,
                           const event_meta& what) const {
  auto start = what.log < one.starts.size() ? one.starts[what.log] : 0;
  return what.seq > start && !unwanted.contains(what.seq);
}

match_result registry_notes::match(const match_request& what) const {
  match_result result{what.what, {}, {}};
  for (auto& each : *result.what.events) {
    std::ranges::copy_if(who, std::back_inserter(result.who),
                         [&](auto& one) { return wants(*one, *each); });
    result.ends.push_back(static_cast<uint32_t>(result.who.size()));
  }
  return result;
}

replay_result registry_notes::replay(replay_request& what) const {
  replay_result result{what.token, what.log, find(what.sub), {}};
  for (auto& each : what.events)
    if (result.who && wants(*result.who, each))
      result.wanted.push_back(each.seq);
  return result;
}

std::vector<subscription_ptr>
registry_notes::resolve(const std::vector<subscription_id>& ids) const {
  std::vector<subscription_ptr> result;
  for (auto& id : ids)
    result.push_back(find(id));
  return result;
}

registry_actor::behavior_type
noting_registry(registry_actor::pointer self,
                std::shared_ptr<registry_notes> notes) {
  return {
    [](intent_request&) { return atom::done_v; },
    [notes](atom::remove, subscription_id id) {
      notes->removed.push_back(id);
      return atom::done_v;
    },
    [notes](atom::remove, subscription_id id, const std::string&) {
      notes->removed.push_back(id);
      return atom::done_v;
    },
    [notes](atom::patch, const subscription_id& id, const subscription_patch&) {
      return notes->find(id);
    },
    [notes](atom::rewind, const subscription_id& id,
            const std::vector<sequence>&) { return notes->find(id); },
    [notes](atom::count, const std::string&) {
      return uint64_t{notes->who.size()};
    },
    [self, notes](match_request& what) {
      ++notes->requests;
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

with_stand_ins::with_stand_ins() = default;

with_stand_ins::~with_stand_ins() = default;

spreader_actor
with_stand_ins::spawn_spreader(std::shared_ptr<spreader_notes> notes) {
  return spawn(noting_spreader, std::move(notes));
}

registry_actor
with_stand_ins::spawn_registry(std::shared_ptr<registry_notes> notes) {
  return spawn(noting_registry, std::move(notes));
}

with_store::with_store()
  : keeper(spawn(storekeeper, db, std::string{"http://hub.example/hub"})) {
  // nop
}

with_store::~with_store() = default;

std::vector<sequence> with_store::stored() {
  std::vector<sequence> result;
  for (auto& [seq, what] : disk->logs[0].events)
    result.push_back(seq);
  return result;
}

sequence with_store::store_event(event what) {
  return db->append(0, std::vector{std::move(what)}).value().at(0).seq;
}

void with_store::fail_next(std::string call, fault_at when, errc code,
                           size_t times) {
  auto left = std::make_shared<size_t>(times);
  disk->fault = [=](std::string_view name, fault_at at) {
    if (name != call || at != when || *left == 0)
      return caf::error{};
    --*left;
    return fail(code, "as the test wants it");
  };
}

} // namespace herald::test
