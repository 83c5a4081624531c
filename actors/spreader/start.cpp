#include "actors/spreader/spreader.hpp"

#include <algorithm>

namespace herald {

namespace {

/// Everything there is, whenever it is due.
constexpr unix_ms end_of_time = std::numeric_limits<unix_ms>::max();

} // namespace

// Recovery is a chain of questions to the store: heads, cursors, lag rows, job
// rows. Any failure ends it; the node decides what to do.

caf::result<atom::done> spreader_state::start() {
  starting = self->make_response_promise<atom::done>();
  recover_heads();
  return starting;
}

void spreader_state::fail_start(caf::error why) {
  starting.deliver(std::move(why));
}

void spreader_state::recover_heads() {
  asks.request(store, atom::heads_v)
    .then(
      [this](const std::vector<log_bounds>& heads) { recover_cursors(heads); },
      [this](caf::error& why) { fail_start(std::move(why)); });
}

void spreader_state::recover_cursors(const std::vector<log_bounds>& heads) {
  for (size_t i = 0; i < logs.size(); ++i)
    logs[i].head = heads[i].head;
  asks.request(store, atom::cursors_v, own)
    .then(
      [this](const std::vector<cursor>& cursors) {
        for (auto& [log, at] : cursors) {
          logs[log].window.start(at);
          logs[log].committed = at;
        }
        recover_lag();
      },
      [this](caf::error& why) { fail_start(std::move(why)); });
}

void spreader_state::recover_lag() {
  asks.request(store, atom::lagging_v, own)
    .then(
      [this](const std::vector<lag>& rows) {
        for (auto& row : rows)
          subscribers.at(row.sub).replays.try_emplace(row.log, row,
                                                      ahead_bytes);
        recover_conditions();
      },
      [this](caf::error& why) { fail_start(std::move(why)); });
}

void spreader_state::recover_conditions() {
  asks.request(store, atom::failing_v, own)
    .then(
      [this](const std::vector<condition>& rows) {
        for (auto row : rows) {
          // Later only if the clock has been set back.
          auto latest = wall() + deliveries->breaker.max_pause.count();
          row.open_until = std::min(row.open_until, latest);
          subscribers.at(row.sub).how = row;
          if (row.open_until != 0)
            probes.emplace(row.open_until, row.sub);
        }
        recover_jobs();
      },
      [this](caf::error& why) { fail_start(std::move(why)); });
}

/// Counts the rows of each subscriber; the queue keeps the first due times.
void spreader_state::recover_jobs() {
  asks
    .request(store, atom::due_v, own, end_of_time, recovered_to,
             uint64_t{limits.due_page})
    .then([this](const std::vector<job>& rows) { recover_job_page(rows); },
          [this](caf::error& why) { fail_start(std::move(why)); });
}

void spreader_state::recover_job_page(const std::vector<job>& rows) {
  auto sooner = std::make_shared<commit_batch>();
  for (auto& row : rows) {
    recover_job(row.key);
    if (waits_too_long(row))
      sooner->put.push_back({row.key, row.attempt, wall()});
  }
  if (sooner->put.empty())
    return recover_next_page(rows);
  asks
    .request(store, atom::commit_v, own,
             std::shared_ptr<const commit_batch>{std::move(sooner)})
    .then([this, rows](atom::done) { recover_next_page(rows); },
          [this](caf::error& why) { fail_start(std::move(why)); });
}

/// No row is due so late, unless the clock has been set back since it was
/// written. It is due now: who knows how long it would wait.
bool spreader_state::waits_too_long(const job& row) const {
  auto longest = row.attempt == 0 ? 0 : deliveries->retry.max_age.count();
  return row.due > wall() + longest;
}

void spreader_state::recover_next_page(const std::vector<job>& rows) {
  if (rows.size() < limits.due_page)
    return run();
  recovered_to = due_position{rows.back().due, rows.back().key};
  recover_jobs();
}

/// A row may stand for an event that is going to be matched or replayed again:
/// it must not be delivered twice, nor counted twice.
void spreader_state::recover_job(const job_key& key) {
  auto& who = subscribers.at(key.sub);
  ++who.jobs;
  auto lag = who.replays.find(key.log);
  auto replayed = lag != who.replays.end() && key.seq > lag->second.row.after;
  if (replayed || key.seq > logs[key.log].committed)
    who.rows_ahead.emplace(key.log, key.seq);
}

void spreader_state::run() {
  running = true;
  starting.deliver(atom::done_v);
  subscribers.each([this](subscriber& who) { load_later(who); });
  arm(now());
}

// A stop first turns everything that is open into rows, so that from then on
// the store knows it all; then it waits for what is in flight.

caf::result<atom::done> spreader_state::drain() {
  stopping = self->make_response_promise<atom::done>();
  expand(true);
  draining = true;
  escalate(true);
  for (auto& log : logs)
    drop_tail(log);
  subscribers.each([this](subscriber& who) { hold(who); });
  finish_drain();
  return stopping;
}

/// What has not left comes back.
void spreader_state::hold(subscriber& who) {
  if (who.actor && !who.hand.empty())
    order(who, {}, true);
}

void spreader_state::finish_drain() {
  commit();
  if (flushed || committing || unsaved())
    return;
  auto busy = false;
  subscribers.each([&](subscriber& who) { busy = busy || !who.hand.empty(); });
  if (busy)
    return;
  flushed = true;
  asks.request(store, atom::flush_v)
    .then([this](atom::done) { stopping.deliver(atom::done_v); },
          [this](caf::error& why) { stopping.deliver(std::move(why)); });
}

void spreader_state::stop() {
  subscribers.each([this](subscriber& who) { retire(who); });
  auto why = fail(errc::stopping, "the node is stopping");
  if (starting.pending() && !running)
    starting.deliver(why);
  if (stopping.pending() && !flushed)
    stopping.deliver(why);
  for (auto& [ticket, to] : open_tickets)
    to.deliver(why);
  open_tickets.clear();
}

} // namespace herald
