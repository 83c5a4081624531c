#include "actors/janitor.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr std::chrono::seconds store_timeout{60};

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
  }
  if (now - last_retention >= options.retention_period) {
    last_retention = now;
    trim_logs();
    drop_history();
  }
}

void janitor_state::trim_logs() {
  self->request(options.store, store_timeout, atom::heads_v)
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
      trim_log(static_cast<log_id>(i), bounds[i]);
    return;
  }
  self
    ->request(options.store, store_timeout, atom::cursors_v,
              options.owned[asked])
    .then(
      [this, asked, bounds = std::move(bounds)](
        const std::vector<cursor>& cursors) mutable {
        for (auto& [log, at] : cursors)
          bounds[log].head = std::min(bounds[log].head, at);
        bound_by_cursors(std::move(bounds), asked + 1);
      },
      [](const caf::error&) {});
}

/// Events stand in the order of their acceptance: the old ones are in front.
void janitor_state::trim_log(log_id log, log_bounds within) {
  if (within.trimmed >= within.head)
    return;
  self
    ->request(options.store, store_timeout, atom::read_v, log, within.trimmed,
              uint64_t{options.portion})
    .then(
      [this, log, within](const std::vector<event_meta>& metas) {
        auto limit = options.time->at(self->clock().now())
                     - options.retention.events.count();
        sequence up_to = 0;
        size_t count = 0;
        for (auto& meta : metas)
          if (meta.accepted_at < limit && meta.seq <= within.head) {
            up_to = meta.seq;
            ++count;
          }
        if (up_to > 0)
          trim_up_to(log, up_to,
                     count == options.portion ? within : log_bounds{});
      },
      [](const caf::error&) {});
}

/// Goes on behind `up_to` as far as `within` goes.
void janitor_state::trim_up_to(log_id log, sequence up_to, log_bounds within) {
  self
    ->request(options.store, store_timeout, atom::trim_v, log, up_to,
              uint64_t{options.portion})
    .then(
      [this, log, up_to, within](uint64_t) {
        trim_log(log, {up_to, within.head});
      },
      [](const caf::error&) {});
}

void janitor_state::drop_history() {
  auto before = options.time->at(self->clock().now())
                - options.retention.history.count();
  self
    ->request(options.store, store_timeout, atom::history_v, before,
              uint64_t{options.portion})
    .then(
      [this](uint64_t count) {
        if (count == options.portion)
          drop_history();
      },
      [](const caf::error&) {});
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
