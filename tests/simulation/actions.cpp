#include "tests/simulation/process.hpp"

// What happens in a world. Named like a test so that it is built into the test
// program.

namespace herald::simulation {

void world::act() {
  ++actions_;
  next_action_
    = process_->now() + milliseconds{random_.between(0, plan_.pause_ms)};
  auto what = random_.below(100);
  if (plan_.operators && random_.one_in(6))
    return operate();
  if (plan_.jumps && random_.one_in(20))
    return jump();
  if (plan_.slow && random_.one_in(10))
    return change_pace();
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
  } else if (what == 99 && !takeover_) {
    tell("another node takes over");
    takeover_.emplace(disk_);
  }
}

void world::publish() {
  std::vector<event> events;
  std::vector<std::string> ids;
  auto again = !publications_.empty() && random_.one_in(10);
  std::optional<log_id> log;
  for (auto n = again ? 1 : random_.between(1, most_at_once); n > 0; --n) {
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
      next.expected = oracle_.subscribers.expect(topic.key);
    }
    if (log && *log != next.log)
      continue; // One request goes to one log.
    log = next.log;
    ids.push_back(next.what.id);
    events.push_back(next.what);
    ++publications_.emplace(next.what.id, next).first->second.sent;
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
    for (size_t i = 0; i < node.mapped().size(); ++i)
      take(publications_.at(node.mapped()[i]), outcome.result->at(i));
  }
}

void world::take(publication& known, const append_result& result) {
  position at{known.log, result.seq};
  counted_.repeated += result.duplicate ? 1 : 0;
  if (result.duplicate && known.sent == 1)
    oracle_.complain("called a duplicate, but it is new: " + to_text(at));
  if (known.seq != 0) {
    // While the log holds it, its id is known.
    auto is_other = result.seq != known.seq || !result.duplicate;
    if (is_other && known.seq > disk_->logs[known.log].bounds.trimmed)
      oracle_.complain("stored twice: " + to_text(at));
    return;
  }
  known.seq = result.seq;
  ++counted_.events;
  tell("acknowledged " + known.what.id + " as " + to_text(at));
  oracle_.acknowledged(known.expected, at);
}

void world::subscribe(bool wanted) {
  auto topic = *parse_subscribed_topic(random_.pick(plan_.topics));
  intent_request what;
  what.callback = random_.pick(plan_.callbacks).url;
  what.topic = topic.text;
  what.topic_key = topic.key;
  what.id = make_subscription_id(topic.key, topic.is_url, what.callback);
  what.what.subscribe = wanted;
  what.what.lease_seconds = random_.one_in(10)
                              ? random_.between(1, 200)
                              : 10'000'000 + static_cast<int64_t>(++tokens_);
  if (wanted)
    what.what.secret = "s" + std::to_string(++tokens_);
  what.skip_verification = random_.one_in(3);
  tell((wanted ? "subscribe " : "unsubscribe ") + topic.key + " "
       + what.callback + " " + what.id.to_string().substr(0, 12));
  if (wanted)
    intents_.asked(what, *disk_);
  else
    intents_.unsubscribe_asked(what.id);
  process_->subscribe(what, [this, id = what.id, secret = what.what.secret](
                              bool good) { take_answer(id, secret, good); });
}

/// What is acknowledged is on disk. Not so where a 410 in the same moment has
/// ended it.
void world::take_answer(const subscription_id& id, const std::string& secret,
                        bool good) {
  if (dead_)
    return;
  if (intents_.answered(id, secret) && good && !oracle_.has_refused(id))
    oracle_.complain("acknowledged, but not on disk: " + id.to_string());
}

void world::change_faults() {
  fault_percent_ = fault_percent_ > 0 ? 0 : random_.below(60);
  fault_is_full_ = random_.one_in(4);
  tell("store faults " + std::to_string(fault_percent_) + "%"
       + (fault_is_full_ ? " full" : ""));
}

/// Of seconds, minutes, hours or days, either way.
void world::jump() {
  auto most = random_.pick<int64_t>({5000, 300'000, 10'000'000, 300'000'000});
  auto by = random_.between(-most, most);
  tell("the clock jumps by " + std::to_string(by) + " ms");
  ++counted_.jumps;
  time_.jump(by);
}

/// One kind of store call becomes slow, or fast again; or all do.
void world::change_pace() {
  auto kind = random_.pick<std::string>(
    {"", "", "append", "change", "snapshot", "commit", "cursors", "due", "jobs",
     "read", "bodies", "heads", "forget", "flush", "fetch"});
  auto most = random_.pick<int64_t>({0, 20, 300, 5000, 35'000, 70'000});
  tell("the store takes " + std::to_string(most) + " ms for " + kind);
  pace_.set(kind, milliseconds{most});
}

} // namespace herald::simulation
