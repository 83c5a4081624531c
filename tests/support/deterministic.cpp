#include "tests/support/deterministic.hpp"

#include "actors/messages.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <utility>

namespace herald::test {

struct deterministic::machine {
  struct config : caf::actor_system_config {
    config() {
      set("scheduler.policy", caf::atom("testing"));
      add_message_types<caf::id_block::herald>();
    }
  };

  config cfg;
  caf::actor_system sys{cfg};
  caf::scheduler::test_coordinator& sched
    = dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
  caf::scoped_actor self{sys, true};
};

deterministic::deterministic()
  : machine_(std::make_unique<machine>()), sys(machine_->sys),
    sched(machine_->sched), self(machine_->self) {
  // nop
}

deterministic::~deterministic() {
  for (auto& who : spawned_)
    caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
  run();
}

void deterministic::end(const caf::strong_actor_ptr& who) {
  caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
  run();
}

void deterministic::run() {
  sched.run();
}

bool deterministic::run_next() {
  return sched.try_run_once();
}

bool deterministic::run_any(std::mt19937& rng) {
  if (sched.jobs.empty())
    return false;
  std::swap(sched.jobs.front(), sched.jobs[rng() % sched.jobs.size()]);
  sched.run_once();
  return true;
}

void deterministic::run_shuffled(std::mt19937& rng) {
  while (run_any(rng))
    continue;
}

void deterministic::prefer(const caf::strong_actor_ptr& who) {
  auto others = std::exchange(sched.jobs, {});
  auto* actor = caf::actor_cast<caf::abstract_actor*>(who);
  auto* wanted = dynamic_cast<caf::resumable*>(actor);
  for (auto* job : others)
    if (job == wanted)
      sched.jobs.push_back(job);
  std::erase(others, wanted);
  run();
  sched.jobs = std::move(others);
}

void deterministic::advance(caf::timespan d) {
  sched.advance_time(d);
  run();
}

void deterministic::move_clock(caf::timespan d) {
  sched.advance_time(d);
}

caf::actor_clock::time_point deterministic::now() const {
  return sched.clock().now();
}

bool deterministic::has_answer() const {
  return self->has_next_message();
}

} // namespace herald::test
