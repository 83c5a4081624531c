#include "actors/registry/registry.hpp"
#include "config/log.hpp"
#include "storage/topic.hpp"

#include <algorithm>
#include <cassert>

namespace herald {

namespace {

using kind = operation::kind;

bool is_verdict(const operation& what) {
  return what.what == kind::confirm || what.what == kind::give_up;
}

bool lacks_heads(const operation& what) {
  return needs_heads(what) && what.heads.empty();
}

/// True if the change may be on disk all the same.
bool is_doubtful(const caf::error& why) {
  auto code = code_of(why);
  return code != errc::full && code != errc::fenced && code != errc::invalid;
}

/// A row that came and went within the group was never written.
bool is_to_be_written(bool changed, uint64_t before, bool exists) {
  return changed && (before != 0 || exists);
}

} // namespace

// -- into the queue -----------------------------------------------------------

/// What may start a new life needs the heads of this moment: every event that
/// is appended from now on is the subscription's. What comes for the same row
/// meanwhile waits with it, so that it does not overtake.
void registry_state::submit(operation what) {
  if (lacks_heads(what) || headless.contains(what.id)) {
    ++headless[what.id];
    for_heads.push_back(std::move(what));
    ask_heads();
  } else {
    enqueue(std::move(what));
  }
  assert(waits_add_up());
}

void registry_state::enqueue(operation what) {
  queue.push_back(std::move(what));
  if (commit_sent || !writing.empty())
    return;
  commit_sent = true;
  self->send(self, atom::commit_v);
}

void registry_state::ask_heads() {
  if (!with_heads.empty() || for_heads.empty())
    return;
  with_heads = std::exchange(for_heads, {});
  assert(std::all_of(with_heads.begin(), with_heads.end(), [this](auto& what) {
    return !lacks_heads(what) || is_marked(what);
  }));
  asks.request(store, atom::heads_v)
    .then([this](const std::vector<log_bounds>& bounds) { take_heads(bounds); },
          [this](const caf::error& why) { heads_failed(why); });
}

void registry_state::take_heads(const std::vector<log_bounds>& bounds) {
  assert(bounds.size() == logs);
  std::vector<sequence> heads;
  heads.reserve(bounds.size());
  for (auto& each : bounds)
    heads.push_back(each.head);
  for (auto& what : take_with_heads()) {
    if (what.heads.empty())
      what.heads = heads;
    enqueue(std::move(what));
  }
  ask_heads();
  assert(waits_add_up());
}

void registry_state::heads_failed(const caf::error& why) {
  for (auto& what : take_with_heads())
    if (lacks_heads(what))
      fail_operation(what, why);
    else
      enqueue(std::move(what));
  ask_heads();
  assert(waits_add_up());
}

std::vector<operation> registry_state::take_with_heads() {
  for (auto& what : with_heads) {
    auto i = headless.find(what.id);
    assert(i != headless.end() && i->second > 0);
    if (--i->second == 0)
      headless.erase(i);
  }
  return std::exchange(with_heads, {});
}

// -- from the queue to the store ----------------------------------------------

void registry_state::commit() {
  commit_sent = false;
  revive_deferred();
  read_doubted();
  write();
}

void registry_state::revive_deferred() {
  auto at = self->clock().now();
  while (!later.empty() && later.front().due <= at) {
    auto next = std::move(later.front().what);
    later.pop_front();
    submit(std::move(next));
  }
}

void registry_state::write() {
  if (!writing.empty())
    return;
  std::vector<row_change> unchanged;
  for (auto& row : make_group())
    (is_to_be_written(row.effect.changed, row.before, row.after.has_value())
       ? writing
       : unchanged)
      .push_back(std::move(row));
  for (auto& row : unchanged)
    succeed(row, std::nullopt);
  if (!writing.empty())
    send_group();
  else if (!queue.empty() && !std::exchange(commit_sent, true))
    self->send(self, atom::commit_v);
}

std::vector<registry_state::row_change> registry_state::make_group() {
  std::vector<row_change> group;
  std::unordered_map<subscription_id, size_t> places;
  auto at = wall();
  for (; !queue.empty(); queue.pop_front()) {
    auto& next = queue.front();
    if (auto i = rereading.find(next.id); i != rereading.end()) {
      i->second.push_back(std::move(next));
      continue;
    }
    auto [i, is_new] = places.try_emplace(next.id, group.size());
    if (is_new && group.size() == limits.change_batch)
      break;
    if (is_new)
      group.push_back(row_change_of(next.id));
    // What was matched since the heads were asked for has gone to others.
    for (size_t log = 0; log < next.heads.size(); ++log)
      next.heads[log] = std::max(next.heads[log], matched[log]);
    add_to(group[i->second], std::move(next), at);
  }
  return group;
}

registry_state::row_change
registry_state::row_change_of(const subscription_id& id) const {
  row_change result;
  result.id = id;
  result.after = table.get(id);
  result.before = result.after ? result.after->revision : 0;
  return result;
}

void registry_state::add_to(row_change& row, operation what, unix_ms at) {
  assert(row.id == what.id && row.answers.size() == row.operations.size());
  assert(!needs_heads(what) || !what.heads.empty());
  apply(what, row.after, at, row.effect);
  row.answers.push_back(row.effect.problem);
  row.operations.push_back(std::move(what));
}

void registry_state::send_group() {
  // One group at a time, and while it starts new lives nothing is matched.
  assert(!writing.empty() && !activating);
  assert(writing.size() <= limits.change_batch);
  auto changes = std::make_shared<std::vector<subscription_change>>();
  changes->reserve(writing.size());
  for (auto& row : writing) {
    activating = activating || row.effect.activated;
    auto& next = changes->emplace_back();
    next.drop = !row.after;
    next.expected_revision = row.before;
    if (row.after)
      next.what = *row.after;
    else
      next.what.id = row.id;
  }
  asks.request(store, atom::change_v, std::move(changes))
    .then(
      [this](const std::vector<caf::expected<uint64_t>>& answers) {
        take_answers(answers);
      },
      [this](const caf::error& why) { group_failed(why); });
}

void registry_state::take_answers(
  const std::vector<caf::expected<uint64_t>>& answers) {
  assert(answers.size() == writing.size());
  auto rows = std::exchange(writing, {});
  for (size_t i = 0; i < rows.size(); ++i)
    if (answers[i])
      succeed(rows[i], *answers[i]);
    else if (code_of(answers[i].error()) == errc::conflict)
      reread(rows[i], answers[i].error());
    else
      fail_row(rows[i], answers[i].error());
  read_doubted();
  group_over();
}

void registry_state::group_failed(const caf::error& why) {
  counters->store_failures.fetch_add(1, relaxed);
  log_warn("registry", "change_failed",
           {{"partition", partition}, {"why", describe(why)}});
  for (auto& row : std::exchange(writing, {}))
    fail_row(row, why);
  read_doubted();
  group_over();
}

void registry_state::group_over() {
  assert(writing.empty());
  activating = false;
  answer_held();
  write();
  assert(waits_add_up());
}

// -- ends ---------------------------------------------------------------------

/// True if somebody may want to hear of it, other than the one who asked.
bool registry_state::interests_people(const row_change& row) {
  return std::any_of(
    row.operations.begin(), row.operations.end(), [](const operation& what) {
      return what.what == kind::expire || what.what == kind::patch;
    });
}

void registry_state::succeed(row_change& row,
                             std::optional<uint64_t> revision) {
  auto gone = revision && interests_people(row) ? table.get(row.id)
                                                : std::nullopt; // As it was.
  // Table and index hold only what is durable, or what is there already.
  assert(revision
         || !is_to_be_written(row.effect.changed, row.before,
                              row.after.has_value()));
  assert(starts_behind_matches(row));
  if (revision) {
    if (row.after)
      row.after->revision = *revision;
    install(row.id, row.after ? &*row.after : nullptr, row.effect);
  }
  bool verify = false;
  for (size_t i = 0; i < row.operations.size(); ++i) {
    auto& what = row.operations[i];
    answer(what.ticket, std::move(row.answers[i]));
    if (is_verdict(what))
      calls.finish({row.id, false});
    verify = verify || is_verdict(what) || what.what == kind::request;
    if (what.what == kind::expire && revision && !row.after) {
      counters->expired.fetch_add(1, relaxed);
      if (gone)
        tell_people(notice_kind::expired, *gone);
    }
    if (what.what == kind::patch && revision && row.after && what.change->paused
        && gone && gone->paused != row.after->paused)
      tell_people(row.after->paused ? notice_kind::paused
                                    : notice_kind::resumed,
                  *row.after);
  }
  if (verify)
    verify_pending(row.id);
}

void registry_state::fail_row(row_change& row, const caf::error& why) {
  for (auto& what : row.operations)
    fail_operation(what, why);
  if (is_doubtful(why))
    doubt(row.id);
}

/// Whoever asked may ask again; what a callback said is kept and written later.
/// An expired lease is found by the next sweep.
void registry_state::fail_operation(operation& what, const caf::error& why) {
  if (what.ticket != 0)
    return answer(what.ticket, why);
  if (!is_verdict(what))
    return;
  what.conflicts = 0;
  later.push_back({self->clock().now() + limits.store_retry, std::move(what)});
  self->delayed_send(self, limits.store_retry, atom::commit_v);
}

void registry_state::install(const subscription_id& id, const subscription* row,
                             const operation_effect& effect) {
  auto* old = table.find(id);
  bool was_active = old && old->active();
  if (was_active && (effect.ended || !row || !row->active)) {
    index.remove(*old);
    count_listener(*old, -1);
    was_active = false;
    tell_ended(id);
  }
  if (!row) {
    table.erase(id);
  } else {
    mark(row->topic_key);
    auto [at, before] = table.put(*row);
    if (was_active && before) {
      index.replace(*before, at);
    } else if (!was_active && row->active) {
      index.add(at);
      count_listener(at, 1);
    }
    if (effect.activated || effect.altered)
      tell_changed(at);
  }
  assert(index.size() <= table.size());
  count_rows();
}

void registry_state::count_listener(const entry& who, int by) {
  if (wants_own_topics(who.topic_key()))
    counters->listeners.fetch_add(static_cast<uint64_t>(by), relaxed);
}

/// What people may want to hear of.
void registry_state::tell_people(notice_kind what, const subscription& who) {
  notice next;
  next.what = what;
  next.who = std::make_shared<const subscription>(who);
  next.at = wall();
  if (to_people)
    self->send(to_people, std::vector<notice>{std::move(next)});
}

/// The gauges are sums over all registries of the node.
void registry_state::count_rows() {
  auto note = [](counter& gauge, size_t& told, size_t is) {
    gauge.fetch_add(is - told, relaxed);
    told = is;
  };
  note(counters->subscriptions, told_rows, table.size());
  note(counters->pending, told_pending, table.pending_count());
}

} // namespace herald
