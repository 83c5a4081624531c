#include "actors/registry/registry.hpp"
#include "actors/topics/topic_policy.hpp"
#include "config/log.hpp"

#include <cassert>

namespace herald {

namespace {

std::string denial_of(const subscription& row, const topics_config& policy) {
  return denial({row.topic, row.topic_key, is_url_key(row.topic_key)}, policy);
}

} // namespace

caf::result<atom::done> registry_state::start() {
  if (now == phase::ready)
    return atom::done_v;
  auto result = self->make_response_promise<atom::done>();
  starting.push_back(open_ticket(result));
  if (now == phase::idle) {
    now = phase::loading;
    load_page({});
  }
  return result;
}

void registry_state::load_page(const std::optional<subscription_id>& after) {
  asks.request(store, atom::snapshot_v, partition, after, uint64_t{limits.page})
    .then([this](const std::vector<subscription>& rows) { take_page(rows); },
          [this](const caf::error& why) { load_failed(why); });
}

void registry_state::take_page(const std::vector<subscription>& rows) {
  for (auto& row : rows) {
    install(row.id, &row, {});
    if (!denial_of(row, topics).empty())
      refused.push_back(row.id);
  }
  if (rows.size() < limits.page)
    loaded();
  else
    load_page(rows.back().id);
}

void registry_state::loaded() {
  assert(index_fits_table());
  now = phase::ready;
  if (marks)
    marks->open(place);
  log_debug("registry", "loaded",
            {{"partition", partition},
             {"subscriptions", table.size()},
             {"pending", table.pending_count()}});
  for (auto ticket : std::exchange(starting, {}))
    answer(ticket, {});
  table.visit_pending([this](auto& id) { calls.want({id, false}); });
  answer_held();
  deny_refused();
}

/// Ends what policy does not allow any more, a few at a time.
void registry_state::deny_refused() {
  while (now == phase::ready && !refused.empty()
         && denials.size() < limits.denials / 2) {
    auto id = refused.back();
    refused.pop_back();
    auto row = table.get(id);
    if (!row)
      continue;
    operation next;
    next.what = operation::kind::deny;
    next.id = id;
    counters->denied.fetch_add(1, std::memory_order_relaxed);
    denials[id] = {row->topic, row->callback, denial_of(*row, topics)};
    calls.want({id, true});
    submit(std::move(next));
  }
}

void registry_state::load_failed(const caf::error& why) {
  log_error("registry", "load_failed",
            {{"partition", partition}, {"why", describe(why)}});
  now = phase::idle;
  refused.clear();
  index.clear();
  table.clear();
  count_rows();
  for (auto ticket : std::exchange(starting, {}))
    answer(ticket, why);
}

void registry_state::sweep(bool by_itself) {
  if (now != phase::ready || (sweeping && !by_itself))
    return;
  if (!sweeping)
    table.rest();
  auto latest = wall() - milliseconds{expiry_grace}.count();
  std::vector<subscription_id> ended;
  sweep_at = table.visit(sweep_at, limits.sweep_slots, [&](const entry& who) {
    if (who.active() && who.expires_at() <= latest)
      ended.push_back(who.id());
  });
  for (auto& id : ended)
    expire(id);
  sweeping = sweep_at != 0;
  assert(sweeping || index_fits_table());
  if (sweeping)
    self->delayed_send(self,
                       ended.empty() ? milliseconds{0} : limits.sweep_pause,
                       atom::sweep_v);
}

void registry_state::expire(const subscription_id& id) {
  operation next;
  next.what = operation::kind::expire;
  next.id = id;
  submit(std::move(next));
}

} // namespace herald
