#include "actors/registry/registry.hpp"

#include "config/log.hpp"

#include <cassert>

namespace herald {

namespace {

std::shared_ptr<registry_counters>
or_new(std::shared_ptr<registry_counters> given) {
  return given ? std::move(given) : std::make_shared<registry_counters>();
}

} // namespace

registry_state::registry_state(registry_actor::pointer ptr)
  : calls(
    ptr, [this](const call_key& key) { return question(key); },
    [this](const call_key& key, const callback_question& asked) {
      return is_current(key, asked);
    },
    [this](callback_result result) { conclude(std::move(result)); }),
    self(ptr), asks(ptr) {
  // nop
}

registry_state::~registry_state() {
  if (desk)
    desk->close();
}

void registry_state::init(registry_options what) {
  partition = what.partition;
  logs = what.logs;
  matched.resize(logs);
  limits = what.limits;
  asks.set_deadline(limits.store_deadline);
  topics = std::move(what.topics);
  store = std::move(what.store);
  time = std::move(what.time);
  counters = or_new(std::move(what.counters));
  to_people = std::move(what.notices);
  desk = std::move(what.desk);
  marks = std::move(what.marks);
  place = what.place;
  if (desk)
    desk->open([this](const match_request& asked) {
      return may_match() ? std::optional{find(asked)} : std::nullopt;
    });
  calls.init(std::move(what.transports), what.verify, time, limits.callbacks);
}

// -- requests -----------------------------------------------------------------

caf::result<atom::done> registry_state::request(intent_request& what) {
  if (now != phase::ready)
    return fail(errc::unavailable, "The subscriptions are not loaded yet.");
  if (auto err = refuse_if_full(what))
    return err;
  counters->requests.fetch_add(1, relaxed);
  operation next;
  next.id = what.id;
  if (what.denied.empty() || !what.what.subscribe) {
    denials.erase(what.id);
    what.what.requested_at = wall();
    next.asked = std::make_shared<const intent_request>(std::move(what));
    next.sent_at = next.asked->what.requested_at;
    // Before the heads are asked for: what is appended after them is told here.
    mark(next.asked->topic_key);
  } else {
    counters->denied.fetch_add(1, relaxed);
    next.what = operation::kind::deny;
    denials[what.id] = {std::move(what.topic), std::move(what.callback),
                        std::move(what.denied)};
    calls.want({next.id, true});
  }
  auto result = self->make_response_promise<atom::done>();
  next.ticket = open_ticket(result);
  submit(std::move(next));
  return result;
}

caf::result<atom::done> registry_state::remove(const subscription_id& id) {
  if (now != phase::ready)
    return fail(errc::unavailable, "The subscriptions are not loaded yet.");
  operation next;
  next.what = operation::kind::remove;
  next.id = id;
  auto result = self->make_response_promise<atom::done>();
  next.ticket = open_ticket(result);
  submit(std::move(next));
  return result;
}

/// Ends a subscription and says so to the callback (WebSub 5.2).
caf::result<atom::done> registry_state::deny(const subscription_id& id,
                                             std::string reason) {
  auto row = now == phase::ready ? table.get(id) : std::nullopt;
  if (row && denials.size() >= limits.denials)
    return fail(errc::overloaded, "Too many denials wait to be sent.");
  if (row) {
    counters->denied.fetch_add(1, relaxed);
    denials[id]
      = {std::move(row->topic), std::move(row->callback), std::move(reason)};
    calls.want({id, true});
  }
  return remove(id);
}

caf::result<subscription_ptr> registry_state::patch(const subscription_id& id,
                                                    subscription_patch& what) {
  operation next;
  next.what = operation::kind::patch;
  next.id = id;
  next.change = std::make_shared<const subscription_patch>(std::move(what));
  return submit_for_row(std::move(next));
}

caf::result<subscription_ptr>
registry_state::rewind(const subscription_id& id,
                       std::vector<sequence>& starts) {
  operation next;
  next.what = operation::kind::rewind;
  next.id = id;
  next.starts = std::move(starts);
  return submit_for_row(std::move(next));
}

caf::result<subscription_ptr> registry_state::submit_for_row(operation what) {
  if (now != phase::ready)
    return fail(errc::unavailable, "The subscriptions are not loaded yet.");
  auto result = self->make_response_promise<subscription_ptr>();
  what.ticket = ++tickets;
  open_rows.emplace(what.ticket, row_question{what.id, result});
  submit(std::move(what));
  return result;
}

void registry_state::answer_row(uint64_t ticket, caf::error& why) {
  auto node = open_rows.extract(ticket);
  if (node.empty())
    return;
  auto& [id, to] = node.mapped();
  auto* row = table.find(id);
  if (why)
    to.deliver(std::move(why));
  else if (row != nullptr)
    to.deliver(table.share(*row));
  else
    to.deliver(fail(errc::not_found, "The subscription has just ended."));
}

void registry_state::mark(std::string_view topic_key) {
  if (marks)
    marks->mark(place, topic_key);
}

void registry_state::stop() {
  for (auto& [ticket, to] : open_tickets)
    to.deliver(fail(errc::stopping, "The node is shutting down."));
  open_tickets.clear();
  for (auto& [ticket, asked] : open_rows)
    asked.promise.deliver(fail(errc::stopping, "The node is shutting down."));
  open_rows.clear();
}

uint64_t registry_state::open_ticket(promise& to) {
  assert(!open_tickets.contains(tickets + 1));
  open_tickets.emplace(++tickets, to);
  return tickets;
}

void registry_state::answer(uint64_t ticket, caf::error why) {
  auto node = open_tickets.extract(ticket);
  if (node.empty())
    return answer_row(ticket, why);
  if (why)
    node.mapped().deliver(std::move(why));
  else
    node.mapped().deliver(atom::done_v);
}

caf::error registry_state::refuse_if_full(const intent_request& what) const {
  if (open_tickets.size() >= limits.queue)
    return fail(errc::overloaded, "Too many requests wait for the store.");
  if (!what.denied.empty() && denials.size() >= limits.denials)
    return fail(errc::overloaded, "Too many denials wait to be sent.");
  if (table.pending_count() >= limits.open_intents)
    return fail(errc::overloaded, "Too many subscriptions wait for their "
                                  "verification.");
  return {};
}

// -- verification -------------------------------------------------------------

std::optional<callback_question>
registry_state::question(const call_key& key) const {
  if (key.denial) {
    auto i = denials.find(key.id);
    if (i == denials.end())
      return std::nullopt;
    auto& what = i->second;
    return callback_question{what.callback, what.topic, {}, what.reason};
  }
  auto row = table.find(key.id);
  auto what = table.pending(key.id);
  if (!row || !what)
    return std::nullopt;
  return callback_question{
    std::string{row->callback()}, what->topic, *what, {}};
}

bool registry_state::is_current(const call_key& key,
                                const callback_question& asked) const {
  if (key.denial) {
    auto i = denials.find(key.id);
    return i != denials.end() && i->second.topic == asked.topic;
  }
  auto what = table.pending(key.id);
  return what && *what == asked.what;
}

void registry_state::conclude(callback_result result) {
  if (result.key.denial)
    return conclude_denial(result);
  auto& asked = *result.asked.what;
  operation next;
  next.id = result.key.id;
  next.what = operation::kind::give_up;
  switch (result.answer) {
    case callback_answer::confirmed:
      next.what = operation::kind::confirm;
      counters->confirmed.fetch_add(1, relaxed);
      break;
    case callback_answer::refused:
      counters->refused.fetch_add(1, relaxed);
      break;
    case callback_answer::silent:
      counters->silent.fetch_add(1, relaxed);
      break;
  }
  log_debug("registry", "intent_answered",
            {{"subscription", next.id.to_string()},
             {"mode", asked.subscribe ? "subscribe" : "unsubscribe"},
             {"confirmed", result.answer == callback_answer::confirmed}});
  next.about = std::move(asked);
  next.sent_at = result.sent_at;
  submit(std::move(next));
}

/// Nothing depends on whether the callback listened.
void registry_state::conclude_denial(const callback_result& result) {
  denials.erase(result.key.id);
  calls.finish(result.key);
  deny_refused();
}

void registry_state::verify_pending(const subscription_id& id) {
  if (table.pending(id))
    calls.want({id, false});
}

// -- behavior -----------------------------------------------------------------

registry::registry(caf::actor_config& cfg, registry_options options)
  : super(cfg), options_(std::move(options)), desk_(options_.desk) {
  // nop
}

caf::resumable::resume_result registry::resume(caf::execution_unit* context,
                                               size_t max_throughput) {
  if (!desk_)
    return super::resume(context, max_throughput);
  std::lock_guard guard{desk_->lock()};
  return super::resume(context, max_throughput);
}

registry_actor::behavior_type registry::make_behavior() {
  auto self = this;
  state.init(std::move(options_));
  set_exit_handler([self](const caf::exit_msg& msg) {
    self->state.stop();
    self->quit(msg.reason);
  });
  return {
    [self](intent_request& what) { return self->state.request(what); },
    [self](atom::remove, const subscription_id& id) {
      return self->state.remove(id);
    },
    [self](atom::remove, const subscription_id& id, std::string& reason) {
      return self->state.deny(id, std::move(reason));
    },
    [self](atom::patch, const subscription_id& id, subscription_patch& what) {
      return self->state.patch(id, what);
    },
    [self](atom::rewind, const subscription_id& id,
           std::vector<sequence>& starts) {
      return self->state.rewind(id, starts);
    },
    [self](atom::count, const std::string& topic) {
      return self->state.count(topic);
    },
    [self](match_request& what) { self->state.match(what); },
    [self](replay_request& what) { self->state.replay(what); },
    [self](atom::resolve, const std::vector<subscription_id>& ids) {
      return self->state.resolve(ids);
    },
    [self](atom::attach, spreader_actor& to) {
      self->state.attach(std::move(to));
    },
    [self](atom::start) { return self->state.start(); },
    [self](atom::sweep) {
      self->state.sweep(self->current_sender().get() == self->ctrl());
    },
    [self](atom::commit) { self->state.commit(); },
    [self](atom::tick, const subscription_id& id, uint64_t token) {
      self->state.calls.tick(id, token);
    },
  };
}

} // namespace herald
