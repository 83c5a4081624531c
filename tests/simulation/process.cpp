#include "tests/simulation/process.hpp"

// The lives of a world's processes. Named like a test so that it is built into
// the test program.

namespace herald::simulation {

void world::boot() {
  while (oracle_.problem.empty()) {
    tell("boot");
    dead_ = false;
    calls_until_crash_ = 0;
    if (plan_.jumps && !healed_ && random_.one_in(4))
      jump();
    process_ = std::make_unique<process>();
    time_.begin_process();
    process_->begun = time_.now;
    policies_.note_boot();
    intents_.note_start(*disk_, time_.step);
    if (start_node())
      return;
    tell("start failed");
    fault_percent_ = 0;
    pace_.set("", milliseconds{0});
    end_process();
    oracle_.note_crash();
  }
}

bool world::start_node() {
  auto& to = *process_;
  to.time = std::make_shared<wall_clock>(to.now(), time_.wall);
  to.start = to.now();
  pace_.pass(to.start);
  std::shared_ptr<store> db = make_memory_store(disk_);
  auto owned
    = db->acquire("node", plan_.shape.partitions, std::chrono::minutes{1}, {});
  if (!owned)
    return false;
  to.net.on_post = [this](const post_request& x) { return post(x); };
  to.net.on_fetch = [this](const fetch_request& x) { return fetch(x); };
  node_options options;
  options.settings = plan_.settings;
  options.db = std::move(db);
  options.owned = *owned;
  options.transports = {to.net.handle()};
  options.posters = {to.net.entrance()};
  options.time = to.time;
  options.state = std::make_shared<health>();
  options.system_time = [this] { return time_.system(); };
  options.hub_url = "http://hub.example/hub";
  options.seed = random_.below(1000);
  options.publishing = plan_.publishing;
  options.spreading = plan_.spreading;
  options.detached_store = false;
  options.before_store = [&](storekeeper_actor keeper) {
    return make_slow_keeper(to.sys, std::move(keeper), pace_);
  };
  options.on_failure = [this](const std::string& why) { take_failure(why); };
  to.hear([this](const published& x) { take(x); });
  to.run_node(std::move(options));
  while (!to.started && !to.failed && !dead_ && oracle_.problem.empty())
    take_step();
  if (!to.started || dead_)
    return false;
  oracle_.subscribers.note_start();
  intents_.note_start(*disk_, time_.step);
  policies_.note_start();
  return true;
}

/// A node that others have replaced is right to end.
void world::take_failure(const std::string& why) {
  if (dead_)
    return;
  if (!takeover_)
    return oracle_.complain("the node failed: " + why);
  tell("ended: " + why);
  ++counted_.takeovers;
  dead_ = true;
}

void world::end_process() {
  dead_ = true;
  if (process_)
    process_->end();
  process_.reset();
  takeover_.reset();
  answers_.clear();
  pace_.forget_calls();
  open_tokens_.clear();
}

void world::crash() {
  tell("crash");
  ++counted_.crashes;
  end_process();
  if (plan_.crashes && random_.one_in(3)) {
    ++counted_.power_cuts;
    disk_->cut_power();
  }
  counted_.repeats += oracle_.note_crash();
  boot();
}

void world::stop_in_order() {
  tell("orderly stop");
  auto& from = *process_;
  from.drain();
  while (!from.drained && !from.failed && !dead_ && oracle_.problem.empty())
    take_step();
  if (!oracle_.problem.empty())
    return;
  if (dead_ || from.failed)
    return crash();
  ++counted_.stops;
  if (disk_->tracks_power_cuts)
    disk_->cut_power(); // Everything is on disk by now.
  oracle_.check_stop();
  if (!oracle_.problem.empty())
    return;
  end_process();
  oracle_.note_crash();
  boot();
}

} // namespace herald::simulation
