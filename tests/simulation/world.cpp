#include "tests/simulation/world.hpp"

#include "tests/simulation/process.hpp"

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

world::world(uint64_t seed, bool loud)
  : loud_(loud), random_(seed), plan_(make_plan(random_)),
    disk_(std::make_shared<memory_disk>(plan_.shape)),
    oracle_(disk_, time_, plan_.settings.retry.max_age.count()),
    policies_(disk_, time_, plan_.settings),
    pace_([this](milliseconds most) { return some_delay(most); }) {
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
            static_cast<double>(time_.now - beginning) / 1000, what.c_str());
}

// -- time ---------------------------------------------------------------------

void world::update_now() {
  auto now = process_->now();
  auto lived = std::chrono::floor<milliseconds>(now - process_->start).count();
  auto cared_for = process_->started && !process_->drained && !dead_;
  if (auto why
      = time_.pass(process_->begun + lived, process_->time->at(now), cared_for);
      !why.empty())
    oracle_.complain(why);
}

/// Most calls are quick, also where some are slow.
milliseconds world::some_delay(milliseconds most) {
  if (most.count() == 0 || !random_.one_in(3))
    return milliseconds{0};
  ++counted_.slow;
  return milliseconds{random_.between(1, most.count())};
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
  if (auto call = pace_.next())
    next = std::min(next, *call);
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
  pace_.pass(process_->now());
}

void world::run_one() {
  auto& jobs = process_->sched.jobs;
  std::swap(jobs.front(), jobs[random_.below(jobs.size())]);
  if (auto next = dynamic_cast<caf::abstract_actor*>(jobs.front()))
    running_ = next->id();
  process_->sched.run_once();
}

/// Nothing is under way: what was told has been noticed.
void world::note_quiet() {
  time_.quiet_step = time_.step;
  time_.quiet_wall = time_.wall;
  intents_.note_quiet(time_.step);
  policies_.note_quiet();
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
  if (pace_.is_idle())
    note_quiet();
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
  pace_.set("", milliseconds{0});
  if (takeover_)
    crash(); // It has nobody to leave its work to.
  resume_all();
  auto limit = time_.now + 2 * plan_.settings.retry.max_age.count()
               + plan_.settings.retention.events.count() + 900'000;
  while (oracle_.problem.empty() && !at_rest()) {
    if (time_.now > limit)
      return oracle_.complain("not at rest in time: "
                              + process_->describe(*disk_));
    if (dead_)
      crash();
    if (steps_ % 256 == 0)
      resume_all();
    take_step();
  }
  resume_all(); // Somebody may have paused in the last moment.
  auto until = time_.now + 20'000;
  while (oracle_.problem.empty() && time_.now < until)
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
  auto is_calm = counted_.faults + counted_.crashes + counted_.stops
                   + counted_.takeovers + counted_.slow
                 == 0;
  if (is_calm)
    oracle_.check_refused();
}

std::string world::run() {
  time_.now = beginning;
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
