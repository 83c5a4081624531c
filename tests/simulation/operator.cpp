#include "tests/simulation/process.hpp"

// What operators do in a world. Named like a test so that it is built into the
// test program.

namespace herald::simulation {

namespace {

/// A few members of a policy, at random.
subscription_patch some_patch(dice& random, bool ordered) {
  subscription_patch result;
  if (ordered) {
    result.given = policy_ordered;
    result.policy.ordered = true;
    if (random.one_in(3))
      result.paused = random.one_in(3);
    return result;
  }
  if (random.one_in(2))
    result.paused = random.one_in(2);
  if (random.one_in(2)) {
    result.given |= policy_ordered;
    result.policy.ordered = random.one_in(2);
  }
  if (random.one_in(3)) {
    result.given |= policy_in_flight;
    if (random.one_in(2))
      result.policy.in_flight = static_cast<uint32_t>(random.between(1, 8));
  }
  if (random.one_in(4)) {
    result.given |= policy_rate;
    if (random.one_in(2))
      result.policy.rate = static_cast<double>(random.between(5, 40));
  }
  return result;
}

} // namespace

/// Any subscription that the disk has; null if there is none.
const subscription* world::some_subscription() {
  std::vector<const subscription*> all;
  for (auto& shard : disk_->shards)
    for (auto& [id, row] : shard.subscriptions)
      all.push_back(&row);
  return all.empty() ? nullptr : random_.pick(all);
}

/// Whose replay, that somebody asked for, runs.
std::optional<subscription_id> world::replaying() const {
  for (auto& state : disk_->partitions)
    for (auto& [key, row] : state.lagging)
      if (row.until != 0)
        return key.first;
  return std::nullopt;
}

void world::operate() {
  if (auto id = replaying(); id && random_.one_in(3))
    return cancel_replay(*id);
  auto* row = some_subscription();
  if (row == nullptr)
    return;
  if (plan_.ordered ? !random_.one_in(10) : random_.one_in(2))
    return patch(row->id, some_patch(random_, plan_.ordered));
  if (!row->active || !oracle_.subscribers.is_alone(row->id))
    return;
  if (random_.one_in(3))
    return redeliver(*row);
  if (random_.one_in(4))
    return cancel_replay(row->id);
  replay(*row);
}

void world::patch(const subscription_id& id, subscription_patch what) {
  ++counted_.patches;
  tell("patch " + id.to_string().substr(0, 12)
       + (what.paused ? (*what.paused ? " pause" : " resume") : "")
       + " members " + std::to_string(what.given)
       + (what.policy.ordered ? " ordered" : "") + " in flight "
       + std::to_string(what.policy.in_flight.value_or(0)));
  auto change = policies_.asked(id);
  process_->at_registry(
    id,
    [this, id, what, change](caf::event_based_actor* self, registry_actor& to) {
      self->request(to, caf::infinite, atom::patch_v, id, what)
        .then(
          [this, change](const subscription_ptr& row) {
            if (!dead_)
              policies_.acknowledged(*row, change);
          },
          [](const caf::error&) {});
    });
}

/// The events of `who` in a part of a log, as far as they are acknowledged.
std::vector<expectation> world::part_of(const subscription& who, log_id log,
                                        sequence after, sequence until) {
  std::vector<expectation> result;
  for (auto& [id, known] : publications_)
    if (known.log == log && known.seq > std::max(after, who.starts.at(log))
        && known.seq <= until && topic_matches(who.topic_key, known.topic_key))
      result.push_back(
        {{log, known.seq}, known.topic_key, who.callback, 0, true});
  return result;
}

void world::replay(const subscription& who) {
  auto log = static_cast<log_id>(random_.below(disk_->logs.size()));
  auto head = static_cast<int64_t>(disk_->logs[log].bounds.head);
  replay_range range;
  range.log = log;
  if (random_.one_in(2))
    range.after = static_cast<sequence>(random_.between(0, head));
  range.until = static_cast<sequence>(
    random_.between(static_cast<int64_t>(range.after), head + 1));
  tell("replay " + who.id.to_string().substr(0, 12) + " "
       + to_text({log, range.after}) + ".." + std::to_string(range.until));
  auto again
    = part_of(who, log, range.after,
              range.until == 0 ? static_cast<sequence>(head) : range.until);
  // What is behind the window comes anyway. Where the window is when a replay
  // without an end begins, nobody can tell.
  auto row = std::make_shared<const subscription>(who);
  auto most
    = range.until == 0 ? std::numeric_limits<sequence>::max() : range.until;
  oracle_.begin_again(who.id, {log, range.after, most}, again);
  auto asked = time_.step;
  process_->at_spreader(
    who.id, [this, row, range, again, asked](caf::event_based_actor* self,
                                             spreader_actor& to) {
      self->request(to, caf::infinite, replay_order{row, {range}})
        .then(
          [this, row, range, again, asked](atom::done) {
            if (dead_)
              return;
            ++counted_.asked_again;
            oracle_.check_replay(row->id, range.log, asked);
            oracle_.again(again);
          },
          [](const caf::error&) {});
    });
}

void world::redeliver(const subscription& who) {
  auto log = static_cast<log_id>(random_.below(disk_->logs.size()));
  auto all = part_of(who, log, 0, disk_->logs[log].bounds.head);
  if (all.empty())
    return;
  std::vector<expectation> one{random_.pick(all)};
  if (one[0].at.second <= disk_->logs[log].bounds.trimmed)
    return;
  tell("redeliver " + who.id.to_string().substr(0, 12) + " "
       + to_text(one[0].at));
  auto row = std::make_shared<const subscription>(who);
  auto at = one[0].at;
  oracle_.begin_again(who.id, {at.first, at.second - 1, at.second}, one);
  process_->at_spreader(
    who.id, [this, row, at, one, asked = time_.wall](
              caf::event_based_actor* self, spreader_actor& to) {
      self->request(to, caf::infinite, redeliver_order{row, {at}})
        .then(
          [this, row, at, one, asked](atom::done) {
            if (dead_)
              return;
            ++counted_.asked_again;
            oracle_.check_revived(row->id, at, asked);
            oracle_.again(one);
          },
          [](const caf::error&) {});
    });
}

void world::cancel_replay(const subscription_id& id) {
  tell("cancel the replay of " + id.to_string().substr(0, 12));
  oracle_.forget_again(id);
  process_->at_spreader(
    id, [this, id, asked = time_.step](caf::event_based_actor* self,
                                       spreader_actor& to) {
      self->request(to, caf::infinite, atom::cancel_v, id)
        .then(
          [this, id, asked](atom::done) {
            if (!dead_)
              oracle_.cancelled(id, asked);
          },
          [](const caf::error&) {});
    });
}

/// Nobody is paused for ever.
void world::resume_all() {
  subscription_patch on;
  on.paused = false;
  for (auto& shard : disk_->shards)
    for (auto& [id, row] : shard.subscriptions)
      if (row.paused)
        patch(id, on);
}

} // namespace herald::simulation
