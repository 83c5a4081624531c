#pragma once

#include "tests/simulation/world.hpp"
#include "tests/support/spawn.hpp"

#include <caf/send.hpp>

#include <deque>
#include <functional>
#include <sstream>

namespace herald::simulation {

/// One process: an actor system without threads, a node in it, and a network.
/// It is gone at a crash, and with it everything that is not on disk.
struct world::process {
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
  test::scripted_transport net{sys};
  std::shared_ptr<engine> handles = std::make_shared<engine>();
  std::shared_ptr<wall_clock> time;
  time_point start{};
  unix_ms begun = 0; ///< In the time of the world.
  publish_listener ear;
  node_actor running;
  bool started = false;
  bool drained = false;
  bool failed = false;

  time_point now() { return sched.clock().now(); }

  void hear(std::function<void(const published&)> then) {
    auto hears
      = [then = std::move(then)](
          publish_listener::pointer) -> publish_listener::behavior_type {
      return {[then](const published& what) { then(what); }};
    };
    ear = test::spawn_function(sys, hears);
  }

  void run_node(node_options options) {
    running = sys.spawn(node, std::move(options), handles);
    ask(atom::start_v, started);
    auto forwards = [this](caf::event_based_actor* self) -> caf::behavior {
      return {[this, self](atom::tick) { forward(self); }};
    };
    clerk = test::spawn_function(sys, forwards);
    askers.push_back(clerk);
  }

  void drain() { ask(atom::drain_v, drained); }

  void publish(log_id log, uint64_t token, std::vector<event> events) {
    std::vector<publish_request> request{{token, std::move(events)}};
    caf::anon_send(handles->publishers.at(log), atom::publish_v, ear,
                   std::move(request));
  }

  /// Calls `then` when it is answered, with true if it is acknowledged.
  void subscribe(intent_request what, std::function<void(bool)> then) {
    auto id = what.id;
    at_registry(id, [what = std::move(what), then = std::move(then)](
                      caf::event_based_actor* self, registry_actor& to) {
      self->request(to, caf::infinite, what)
        .then([then](atom::done) { then(true); },
              [then](const caf::error&) { then(false); });
    });
  }

  /// Has somebody ask the registry of a subscription.
  void at_registry(
    const subscription_id& id,
    std::function<void(caf::event_based_actor*, registry_actor&)> what) {
    wish([this, id, what = std::move(what)](caf::event_based_actor* self) {
      auto& all = handles->registries;
      what(self, all.at(id.partition(all.size())));
    });
  }

  /// Or its spreader.
  void at_spreader(
    const subscription_id& id,
    std::function<void(caf::event_based_actor*, spreader_actor&)> what) {
    wish([this, id, what = std::move(what)](caf::event_based_actor* self) {
      auto& all = handles->spreaders;
      what(self, all.at(id.partition(all.size())));
    });
  }

  void end() {
    caf::anon_send_exit(running, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(ear, caf::exit_reason::kill);
    caf::anon_send_exit(net.handle(), caf::exit_reason::kill);
    for (auto& each : askers)
      caf::anon_send_exit(each, caf::exit_reason::kill);
    *handles = {};
    running = nullptr;
    clerk = nullptr;
    askers.clear();
    while (!sched.jobs.empty())
      sched.run_once();
  }

  std::string describe(const memory_disk& disk) const {
    std::ostringstream out;
    for (size_t p = 0; p < disk.partitions.size(); ++p) {
      auto& state = disk.partitions[p];
      out << "partition " << p << ": " << state.jobs.size() << " jobs, "
          << state.lagging.size() << " lag rows";
      for (auto& [key, row] : state.jobs)
        out << ", job " << key.sub.to_string().substr(0, 12) << " " << key.log
            << "/" << key.seq << " attempt " << row.attempt << " due "
            << row.due;
      for (auto& [key, row] : state.lagging)
        out << ", lag " << key.first.to_string().substr(0, 12) << " "
            << key.second << "/" << row.after;
      for (auto& [log, at] : state.cursors)
        out << ", cursor " << log << "/" << at << " of "
            << disk.logs[log].bounds.head;
      out << "; ";
    }
    return out.str();
  }

private:
  void wish(std::function<void(caf::event_based_actor*)> what) {
    wishes.push_back(std::move(what));
    caf::anon_send(clerk, atom::tick_v);
  }

  void forward(caf::event_based_actor* self) {
    if (handles->registries.empty())
      return; // The process ends.
    auto what = std::move(wishes.front());
    wishes.pop_front();
    what(self);
  }

  template <class Atom>
  void ask(Atom what, bool& then) {
    auto asks
      = [this, what, &then, to = running](caf::event_based_actor* self) {
          self->request(to, caf::infinite, what)
            .then([&then](atom::done) { then = true; },
                  [this](const caf::error&) { failed = true; });
        };
    askers.push_back(test::spawn_function(sys, asks));
  }

  std::vector<caf::actor> askers;
  caf::actor clerk; ///< Forwards what is wished.
  std::deque<std::function<void(caf::event_based_actor*)>> wishes;
};

} // namespace herald::simulation
