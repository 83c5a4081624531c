#include "tests/simulation/process.hpp"
#include "tests/simulation/world.hpp"

#include <algorithm>
#include <cstdio>
#include <sstream>

// The life of a world: processes and time. Named like a test so that
// it is built into the test program.

namespace herald::simulation {

namespace {

constexpr uint64_t step_limit = 3'000'000;

// The longest Retry-After of a callback.
constexpr unix_ms longest_asked = 40'000;

} // namespace

void counts::add(const counts& x) {
  for (auto member :
       {&counts::events,      &counts::repeated,    &counts::posts,
        &counts::deliveries,  &counts::retries,     &counts::lags,
        &counts::replays,     &counts::escalations, &counts::scans,
        &counts::dead,        &counts::ranges,      &counts::crashes,
        &counts::power_cuts,  &counts::stops,       &counts::takeovers,
        &counts::faults,      &counts::repeats,     &counts::patches,
        &counts::asked_again, &counts::opened})
    this->*member += x.*member;
}

std::string counts::to_text() const {
  std::ostringstream out;
  out << events << " events acknowledged (" << repeated << " duplicates), "
      << posts << " attempts (" << retries << " retries), " << deliveries
      << " deliveries, " << lags << " lag starts, " << replays
      << " replays finished, " << escalations << " escalations, " << scans
      << " due scans, " << dead << " dead letters, " << ranges
      << " dead ranges, " << crashes << " crashes (" << power_cuts
      << " power cuts, " << repeats << " finished deliveries forgotten), "
      << stops << " orderly stops, " << takeovers << " takeovers, " << faults
      << " store faults, " << patches << " policy changes, " << asked_again
      << " replays and redeliveries asked for, " << opened
      << " breakers opened";
  return out.str();
}

world::world(uint64_t seed, bool loud)
  : loud_(loud), random_(seed), plan_(make_plan(random_)),
    disk_(std::make_shared<memory_disk>(plan_.shape)), oracle_(disk_),
    policies_(disk_, plan_.settings.delivery.in_flight) {
  disk_->tracks_power_cuts = plan_.crashes;
  disk_->fault = [this](std::string_view call, fault_at when) {
    return fault(call, when);
  };
}

world::~world() {
  end_process();
}

void world::tell(const std::string& what) const {
  if (loud_)
    fprintf(stderr, "%10.3f %s\n",
            static_cast<double>(oracle_.now - beginning) / 1000, what.c_str());
}

// -- processes ----------------------------------------------------------------

void world::boot() {
  while (oracle_.problem.empty()) {
    tell("boot");
    dead_ = false;
    calls_until_crash_ = 0;
    process_ = std::make_unique<process>();
    policies_.note_start(oracle_.now);
    intents_.note_start(*disk_, oracle_.step);
    if (start_node())
      return;
    tell("start failed");
    fault_percent_ = 0;
    end_process();
    oracle_.note_crash();
  }
}

bool world::start_node() {
  auto& to = *process_;
  to.time = std::make_shared<wall_clock>(to.now(), oracle_.now);
  to.start = to.now();
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
  options.time = to.time;
  options.state = std::make_shared<health>();
  options.system_time = [this] { return oracle_.now; };
  options.hub_url = "http://hub.example/hub";
  options.seed = random_.below(1000);
  options.publishing = plan_.publishing;
  options.spreading = plan_.spreading;
  options.detached_store = false;
  options.on_failure = [this](const std::string& why) { take_failure(why); };
  to.hear([this](const published& x) { take(x); });
  to.run_node(std::move(options));
  while (!to.started && !to.failed && !dead_ && oracle_.problem.empty())
    take_step();
  if (!to.started || dead_)
    return false;
  oracle_.note_start();
  intents_.note_start(*disk_, oracle_.step);
  policies_.note_start(oracle_.now);
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
  end_process();
  oracle_.note_crash();
  boot();
}

// -- the disk -----------------------------------------------------------------

caf::error world::fault(std::string_view call, fault_at when) {
  if (dead_)
    return fail(errc::unavailable, "the process is dead");
  auto failed = fault_percent_ > 0 && random_.percent(fault_percent_);
  if (when == fault_at::before && fault_is_full_ && failed
      && (call == "append" || call == "commit" || call == "change")) {
    ++counted_.faults;
    return fail(errc::full, "the disk is full");
  }
  if (calls_until_crash_ > 0 && --calls_until_crash_ == 0) {
    tell("crash within " + std::string{call});
    dead_ = true;
  }
  failed = (failed && !fault_is_full_) || dead_;
  counted_.faults += failed ? 1 : 0;
  if (when == fault_at::after) {
    if (call == "change")
      look_at_change(!failed);
    if (call == "commit" || call == "forget")
      look_at_commit(failed || call == "forget");
    if (call == "trim")
      oracle_.check_trim();
    counted_.scans += call == "due" ? 1 : 0;
  }
  if (!failed)
    return {};
  tell("fault in " + std::string{call});
  return fail(errc::unavailable, "no answer");
}

void world::look_at_change(bool told) {
  oracle_.look_at_subscriptions(told);
  if (auto why = intents_.look_at(*disk_, oracle_.step, told); !why.empty())
    oracle_.complain(why);
}

void world::look_at_commit(bool failed) {
  if (takeover_ && !takeover_->is_respected())
    oracle_.complain("a node writes that was replaced");
  if (takeover_ && !failed && !takeover_->refuse())
    oracle_.complain("a node goes on that was replaced");
  oracle_.check_cursors("a commit");
  look_at_lag();
  look_at_jobs();
}

void world::look_at_lag() {
  std::set<std::pair<subscription_id, log_id>> lagging;
  for (auto& state : disk_->partitions)
    for (auto& [key, row] : state.lagging)
      lagging.insert(key);
  for (auto& key : lagging)
    counted_.lags += lagging_.contains(key) ? 0 : 1;
  for (auto& key : lagging_)
    counted_.replays += lagging.contains(key) ? 0 : 1;
  lagging_ = std::move(lagging);
}

/// Beyond its limit a subscriber may get rows for what was open when its lag
/// began or ended: the window and one chunk of each log, and what is in hand.
void world::look_at_jobs() {
  auto& bounds = plan_.spreading;
  auto batch = std::max(bounds.chunk_events,
                        plan_.publishing.group_events + most_at_once);
  auto most
    = bounds.jobs + 2 * plan_.settings.delivery.in_flight
      + plan_.shape.logs * (bounds.window_events + bounds.chunk_events + batch);
  for (auto& state : disk_->partitions) {
    std::map<subscription_id, size_t> rows;
    for (auto& [key, row] : state.jobs) {
      if (row.attempt == 0 && escalated_.insert(key).second)
        ++counted_.escalations;
      if (++rows[key.sub] > most)
        oracle_.complain("too many rows of one subscriber");
    }
  }
}

// -- time ---------------------------------------------------------------------

void world::update_now() {
  ++oracle_.step;
  oracle_.now = std::max(oracle_.now, process_->time->at(process_->now()));
}

std::optional<world::time_point> world::next_timer() const {
  auto& timers = process_->sched.clock().schedule();
  if (timers.empty())
    return std::nullopt;
  return timers.begin()->first;
}

world::time_point world::next_moment() const {
  auto next = process_->now() + std::chrono::hours{1};
  if (auto timer = next_timer())
    next = std::min(next, *timer);
  if (!answers_.empty())
    next = std::min(next, answers_.begin()->first);
  auto acts = process_->started && !healed_ && actions_ < plan_.actions;
  if (acts && next_action_ > process_->now())
    next = std::min(next, next_action_);
  return std::max(next, process_->now());
}

void world::pass_time(time_point until) {
  process_->sched.advance_time(
    std::chrono::duration_cast<caf::timespan>(until - process_->now()));
  update_now();
  release_due();
}

void world::release_due() {
  while (!answers_.empty() && answers_.begin()->first <= process_->now()) {
    auto what = std::move(answers_.extract(answers_.begin()).mapped());
    release(what);
  }
}

void world::run_one() {
  auto& jobs = process_->sched.jobs;
  std::swap(jobs.front(), jobs[random_.below(jobs.size())]);
  process_->sched.run_once();
}

void world::take_step() {
  update_now();
  if (++steps_ > step_limit)
    return oracle_.complain("it never comes to rest");
  if (!process_->sched.jobs.empty()) {
    if (random_.one_in(200))
      pass_time(process_->now() + milliseconds{random_.between(0, 3)});
    else
      run_one();
    return;
  }
  oracle_.note_quiet();
  intents_.note_quiet(oracle_.step);
  policies_.note_quiet(oracle_.now);
  pass_time(next_moment());
}

// -- the whole ----------------------------------------------------------------

bool world::at_rest() const {
  if (!answers_.empty() || !open_tokens_.empty())
    return false;
  for (auto& state : disk_->partitions) {
    if (!state.jobs.empty() || !state.lagging.empty())
      return false;
    for (size_t i = 0; i < disk_->logs.size(); ++i) {
      auto head = disk_->logs[i].bounds.head;
      auto at = state.cursors.find(static_cast<log_id>(i));
      if (head > 0 && (at == state.cursors.end() || at->second < head))
        return false;
    }
  }
  return true;
}

/// Everything becomes healthy and has time enough.
void world::settle() {
  tell("all healed");
  healed_ = true;
  fault_percent_ = 0;
  calls_until_crash_ = 0;
  if (takeover_)
    crash(); // It has nobody to leave its work to.
  resume_all();
  auto limit = oracle_.now + 2 * plan_.settings.retry.max_age.count()
               + plan_.settings.retention.events.count() + 600'000;
  while (oracle_.problem.empty() && !at_rest()) {
    if (oracle_.now > limit)
      return oracle_.complain("not at rest in time: "
                              + process_->describe(*disk_));
    if (dead_)
      crash();
    if (steps_ % 256 == 0)
      resume_all();
    take_step();
  }
  resume_all(); // Somebody may have paused in the last moment.
  auto until = oracle_.now + 20'000;
  while (oracle_.problem.empty() && oracle_.now < until)
    take_step();
  if (oracle_.problem.empty() && !at_rest())
    oracle_.complain("rest did not last");
  oracle_.check_all_settled();
  check_history();
}

/// Nothing was given up that could have been tried again.
void world::check_history() {
  auto& retry = plan_.settings.retry;
  auto longest = std::max_element(retry.schedule.begin(), retry.schedule.end());
  auto wait = static_cast<unix_ms>(static_cast<double>(longest->count())
                                   * (1 + retry.jitter));
  for (auto& state : disk_->partitions)
    for (auto& [key, letter] : state.dead)
      oracle_.check_letter(letter, std::max(wait, longest_asked));
  auto is_calm
    = counted_.faults + counted_.crashes + counted_.stops + counted_.takeovers
      == 0;
  if (is_calm)
    oracle_.check_refused();
}

std::string world::run() {
  oracle_.now = beginning;
  boot();
  next_action_ = process_ ? process_->now() : time_point{};
  for (int i = 0; i < 4 && process_; ++i)
    subscribe(true);
  while (oracle_.problem.empty() && actions_ < plan_.actions) {
    if (dead_)
      crash();
    else if (process_->now() >= next_action_)
      act();
    if (oracle_.problem.empty())
      take_step();
  }
  if (oracle_.problem.empty())
    settle();
  counted_.opened = policies_.opened;
  if (!oracle_.problem.empty() && process_)
    tell(process_->describe(*disk_));
  for (auto& state : disk_->partitions)
    for (auto& [key, letter] : state.dead)
      ++(letter.up_to > letter.key.seq ? counted_.ranges : counted_.dead);
  return oracle_.problem;
}

} // namespace herald::simulation
