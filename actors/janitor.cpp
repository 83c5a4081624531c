#include "actors/janitor.hpp"

#include <algorithm>
#include <cassert>

namespace herald {

namespace {

/// What an event takes on the disk, about: its record, keys and id besides the
/// body.
uint64_t bytes_of(const event_meta& what) {
  return 128 + what.topic.size() + 2 * what.id.size() + what.body_size;
}

} // namespace

void janitor_state::tick() {
  self->delayed_send(self, options.period, atom::tick_v);
  auto now = self->clock().now();
  options.time->discipline(now, options.system_time());
  if (now - last_sweep >= options.sweep_period) {
    last_sweep = now;
    options.state->store_refuses = false;
    for (auto& registry : options.registries)
      self->send(registry, atom::sweep_v);
    if (options.release_memory && options.release_memory())
      for (auto& keeper : options.storekeepers)
        self->send(keeper, atom::rest_v);
  }
  if (now - last_retention >= options.retention_period) {
    last_retention = now;
    trim_logs();
    count_history();
  }
}

void janitor_state::trim_logs() {
  asks.request(options.store, atom::heads_v)
    .then(
      [this](std::vector<log_bounds>& bounds) {
        bound_by_cursors(std::move(bounds), 0);
      },
      [](const caf::error&) {}); // Tried again next time.
}

/// Lowers the heads to the lowest cursor; `asked` partitions have been asked.
void janitor_state::bound_by_cursors(std::vector<log_bounds> bounds,
                                     size_t asked) {
  if (asked == options.owned.size()) {
    for (size_t i = 0; i < bounds.size(); ++i)
      measure(static_cast<log_id>(i), bounds[i]);
    return;
  }
  asks.request(options.store, atom::cursors_v, options.owned[asked])
    .then(
      [this, asked,
       bounds = std::move(bounds)](const std::vector<cursor>& cursors) mutable {
        for (auto& [log, at] : cursors)
          bounds[log].head = std::min(bounds[log].head, at);
        bound_by_cursors(std::move(bounds), asked + 1);
      },
      [](const caf::error&) {});
}

/// Where a size is given, the log is read on from where it was: every event is
/// counted once.
void janitor_state::measure(log_id log, log_bounds within) {
  if (options.retention.bytes == 0)
    return trim_log(log, within);
  sizes.resize(std::max<size_t>(sizes.size(), log + 1u));
  auto& size = sizes[log];
  size.counted = std::max(size.counted, within.trimmed);
  asks
    .request(options.store, atom::read_v, log, size.counted,
             uint64_t{options.portion})
    .then(
      [this, log, within](const std::vector<event_meta>& metas) {
        for (auto& meta : metas) {
          sizes[log].bytes += bytes_of(meta);
          sizes[log].counted = meta.seq;
        }
        if (metas.size() < options.portion)
          trim_log(log, within);
        else
          measure(log, within);
      },
      [](const caf::error&) {});
}

/// Every log may have its share.
bool janitor_state::is_over(log_id log) const {
  return options.retention.bytes != 0
         && sizes[log].bytes > options.retention.bytes / options.logs;
}

/// Events stand in the order of their acceptance: the old ones are in front.
void janitor_state::trim_log(log_id log, log_bounds within) {
  if (within.trimmed >= within.head)
    return;
  asks
    .request(options.store, atom::read_v, log, within.trimmed,
             uint64_t{options.portion})
    .then(
      [this, log, within](const std::vector<event_meta>& metas) {
        auto limit = options.time->at(self->clock().now())
                     - options.retention.events.count();
        sequence up_to = 0;
        size_t count = 0;
        for (auto& meta : metas) {
          auto ends = meta.accepted_at < limit || is_over(log);
          if (!ends || meta.seq > within.head)
            break;
          assert(meta.seq > up_to);
          up_to = meta.seq;
          ++count;
          if (options.retention.bytes != 0)
            sizes[log].bytes -= std::min(sizes[log].bytes, bytes_of(meta));
        }
        // Every partition has spread what goes.
        assert(up_to <= within.head);
        if (up_to > 0)
          trim_up_to(log, up_to,
                     count == options.portion ? within : log_bounds{});
      },
      [](const caf::error&) {});
}

/// Goes on behind `up_to` as far as `within` goes.
void janitor_state::trim_up_to(log_id log, sequence up_to, log_bounds within) {
  asks
    .request(options.store, atom::trim_v, log, up_to, uint64_t{options.portion})
    .then(
      [this, log, up_to, within](uint64_t) {
        trim_log(log, {up_to, within.head});
      },
      // What is there is counted anew.
      [this](const caf::error&) { sizes.assign(sizes.size(), {}); });
}

/// First what has come since the last time is counted, up to a minute ago: an
/// attempt is written down after it was made.
void janitor_state::count_history() {
  auto until = options.time->at(self->clock().now())
               - std::chrono::milliseconds{options.retention_period}.count();
  asks
    .request(options.store, atom::history_v, history.counted, until,
             uint64_t{options.portion})
    .then(
      [this](attempt_count& next) {
        history.attempts += next.count;
        history.counted = std::move(next.last);
        if (next.count == options.portion)
          count_history();
        else
          drop_history();
      },
      [](const caf::error&) {});
}

void janitor_state::drop_history() {
  auto before
    = options.time->at(self->clock().now()) - options.retention.history.count();
  auto most = options.retention.attempts;
  uint64_t excess = history.attempts > most ? history.attempts - most : 0;
  asks
    .request(options.store, atom::history_v, before, excess,
             uint64_t{options.portion})
    .then(
      [this](const dropped_history& gone) {
        history.attempts -= std::min(history.attempts, gone.attempts);
        if (gone.rows() == options.portion)
          drop_history();
      },
      // What is there is counted anew.
      [this](const caf::error&) { history = {}; });
}

janitor_actor::behavior_type
janitor(janitor_actor::stateful_pointer<janitor_state> self,
        janitor_options options) {
  self->state.options = std::move(options);
  self->state.last_sweep = self->clock().now();
  self->state.last_retention = self->clock().now();
  self->delayed_send(self, self->state.options.period, atom::tick_v);
  return {
    [self](atom::tick) { self->state.tick(); },
  };
}

} // namespace herald
