#include "tests/simulation/world.hpp"

#include "tests/simulation/process.hpp"

#include <sstream>

// The life of a world: processes, time and actions. Named like a test so that
// it is built into the test program.

namespace herald::simulation {

namespace {

constexpr unix_ms epoch = 1'700'000'000'000;
constexpr uint64_t step_limit = 3'000'000;

} // namespace

counts& counts::operator+=(const counts& x) {
  auto mine = reinterpret_cast<size_t*>(this);
  auto other = reinterpret_cast<const size_t*>(&x);
  static_assert(sizeof(counts) % sizeof(size_t) == 0);
  for (size_t i = 0; i < sizeof(counts) / sizeof(size_t); ++i)
    mine[i] += other[i];
  return *this;
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
      << stops << " orderly stops, " << faults << " store faults";
  return out.str();
}

world::world(uint64_t seed, bool loud)
  : loud_(loud), random_(seed), plan_(make_plan(random_)),
    disk_(std::make_shared<memory_disk>(plan_.shape)), oracle_(disk_) {
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
            static_cast<double>(oracle_.now - epoch) / 1000, what.c_str());
}

// -- processes ----------------------------------------------------------------

void world::boot() {
  while (oracle_.problem.empty()) {
    tell("boot");
    dead_ = false;
    calls_until_crash_ = 0;
    process_ = std::make_unique<process>();
    epoch_ = std::max(epoch_, oracle_.now);
    if (start_node())
      return;
    tell("start failed");
    fault_percent_ = 0;
    end_process();
  }
}

bool world::start_node() {
  auto& to = *process_;
  to.time = std::make_shared<wall_clock>(to.now(), epoch_);
  to.start = to.now();
  std::shared_ptr<store> db = make_memory_store(disk_);
  auto owned = db->acquire("node", plan_.shape.partitions,
                           std::chrono::minutes{1}, {});
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
  options.on_failure = [this](const std::string& why) {
    if (!dead_)
      oracle_.complain("the node failed: " + why);
  };
  to.hear([this](const published& x) { take(x); });
  to.run_node(std::move(options));
  while (!to.started && !to.failed && !dead_ && oracle_.problem.empty())
    take_step();
  if (!to.started || dead_)
    return false;
  oracle_.note_start();
  return true;
}

void world::end_process() {
  dead_ = true;
  if (process_)
    process_->end();
  process_.reset();
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
      oracle_.look_at_subscriptions(!failed);
    if (call == "commit" || call == "forget")
      look_at_commit();
    counted_.scans += call == "due" ? 1 : 0;
  }
  if (!failed)
    return {};
  tell("fault in " + std::string{call});
  return fail(errc::unavailable, "no answer");
}

void world::look_at_commit() {
  oracle_.check_cursors("a commit");
  std::set<std::pair<subscription_id, log_id>> lagging;
  auto jobs = size_t{0};
  for (auto& state : disk_->partitions) {
    for (auto& [key, after] : state.lagging)
      lagging.insert(key);
    for (auto& [key, row] : state.jobs)
      counted_.escalations += row.attempt == 0 ? 1 : 0;
    jobs += state.jobs.size();
  }
  for (auto& key : lagging)
    counted_.lags += lagging_.contains(key) ? 0 : 1;
  for (auto& key : lagging_)
    counted_.replays += lagging.contains(key) ? 0 : 1;
  counted_.rows += jobs > 0 ? 1 : 0;
  lagging_ = std::move(lagging);
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
  pass_time(next_moment());
}

// -- actions ------------------------------------------------------------------

void world::act() {
  ++actions_;
  next_action_
    = process_->now() + milliseconds{random_.between(0, plan_.pause_ms)};
  auto what = random_.below(100);
  if (what < 65)
    return publish();
  if (what < 85)
    return subscribe(true);
  if (what < 90)
    return subscribe(false);
  if (what < 94 && plan_.faults)
    return change_faults();
  if (what < 97 && plan_.crashes) {
    if (random_.one_in(2))
      return crash();
    calls_until_crash_ = random_.below(20) + 1;
  } else if (what < 99 && plan_.stops) {
    stop_in_order();
  }
}

void world::publish() {
  std::vector<event> events;
  std::vector<std::string> ids;
  auto again = !publications_.empty() && random_.one_in(10);
  std::optional<log_id> log;
  for (auto n = again ? 1 : random_.between(1, 4); n > 0; --n) {
    publication next;
    if (again) {
      auto i = publications_.begin();
      std::advance(i, random_.below(publications_.size()));
      next = i->second;
      next.what.fresh_id = false;
    } else {
      auto topic = *parse_published_topic(random_.pick(plan_.publications));
      next.what.id = "e" + std::to_string(++tokens_);
      next.what.topic = topic.text;
      next.what.body.assign(random_.below(100), 'x');
      next.what.fresh_id = random_.one_in(2);
      next.topic_key = topic.key;
      next.log = static_cast<log_id>(topic_log(topic.key, plan_.shape.logs));
      next.expected = oracle_.expect(topic.key);
    }
    if (log && *log != next.log)
      continue; // One request goes to one log.
    log = next.log;
    ids.push_back(next.what.id);
    events.push_back(next.what);
    publications_.emplace(next.what.id, next);
  }
  tell("publish " + ids.front() + " and " + std::to_string(ids.size() - 1)
       + " more to log " + std::to_string(*log));
  open_tokens_.emplace(++tokens_, std::move(ids));
  process_->publish(*log, tokens_, std::move(events));
}

void world::take(const published& what) {
  for (auto& outcome : what.outcomes) {
    auto node = open_tokens_.extract(outcome.token);
    if (node.empty())
      return oracle_.complain("an answer to nobody");
    if (!outcome.result)
      continue;
    for (size_t i = 0; i < node.mapped().size(); ++i) {
      auto& known = publications_.at(node.mapped()[i]);
      auto& result = outcome.result->at(i);
      counted_.repeated += result.duplicate ? 1 : 0;
      if (std::exchange(known.acknowledged, true))
        continue;
      ++counted_.events;
      tell("acknowledged " + node.mapped()[i] + " as "
           + to_text({known.log, result.seq}));
      oracle_.acknowledged(known.expected, {known.log, result.seq});
    }
  }
}

void world::subscribe(bool wanted) {
  auto topic = *parse_subscribed_topic(random_.pick(plan_.topics));
  intent_request what;
  what.callback = random_.pick(plan_.callbacks).url;
  what.topic = topic.text;
  what.topic_key = topic.key;
  what.id = make_subscription_id(topic.key, topic.is_url, what.callback);
  what.what.subscribe = wanted;
  what.what.lease_seconds
    = random_.one_in(10) ? random_.between(1, 200) : 10'000'000;
  what.skip_verification = random_.one_in(3);
  tell((wanted ? "subscribe " : "unsubscribe ") + topic.key + " "
       + what.callback + " " + what.id.to_string().substr(0, 12));
  process_->subscribe(std::move(what));
}

void world::change_faults() {
  fault_percent_ = fault_percent_ > 0 ? 0 : random_.below(60);
  fault_is_full_ = random_.one_in(4);
  tell("store faults " + std::to_string(fault_percent_) + "%"
       + (fault_is_full_ ? " full" : ""));
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
  auto limit = oracle_.now + 2 * plan_.settings.retry.max_age.count()
               + plan_.settings.retention.events.count() + 600'000;
  while (oracle_.problem.empty() && !at_rest()) {
    if (oracle_.now > limit)
      return oracle_.complain("not at rest in time: "
                              + process_->describe(*disk_));
    if (dead_)
      crash();
    take_step();
  }
  auto until = oracle_.now + 20'000;
  while (oracle_.problem.empty() && oracle_.now < until)
    take_step();
  if (oracle_.problem.empty() && !at_rest())
    oracle_.complain("rest did not last");
  oracle_.check_all_settled();
}

std::string world::run() {
  oracle_.now = epoch_;
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
  for (auto& state : disk_->partitions)
    for (auto& [key, letter] : state.dead)
      ++(letter.up_to > letter.key.seq ? counted_.ranges : counted_.dead);
  return oracle_.problem;
}

} // namespace herald::simulation
