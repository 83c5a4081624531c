#include "http/api/answer_json.hpp"
#include "http/front_end/operation.hpp"
#include "http/json/text.hpp"
#include "storage/topic.hpp"

#include <nlohmann/json.hpp>

namespace herald {

namespace {

// Each letter is looked up by the spreader.
constexpr size_t letters_at_once = 250;

std::string redelivered_json(uint64_t done, uint64_t left) {
  nlohmann::ordered_json result;
  result["redelivered"] = done;
  if (left > 0)
    result["expired"] = left;
  return dump(result);
}

bool wants(const subscription& who, const std::string& topic) {
  return topic_matches(who.topic_key, published_key(topic));
}

} // namespace

// -- one event ----------------------------------------------------------------

void front_end_state::operation::run(const redeliver_command& what) {
  ask_active([this, &what] {
    if (what.event.empty())
      redeliver_letters({});
    else
      find_event(what.event,
                 [this](event_place where) { redeliver_one(where); });
  });
}

/// What the subscriber never was to get is not for it now; but what is a dead
/// letter of its own is.
void front_end_state::operation::redeliver_one(event_place where) {
  auto send = [this, where] {
    deliver({where}, [this] { answer(202, redelivered_json(1, 0)); });
  };
  auto unless_foreign = [this, send](const std::optional<dead_letter>& own) {
    if (own)
      return send();
    refuse(fail(errc::conflict,
                "The event's topic is not one of the subscription's."));
  };
  name_events({where}, [this, where, send, unless_foreign] {
    auto name = names.find(where);
    if (name != names.end() && wants(*active, name->second.topic))
      return send();
    ask(at.handles.reader, unless_foreign, atom::dead_v,
        job_key{command.id, where.first, where.second});
  });
}

void front_end_state::operation::drop_one(event_place where) {
  auto drop = [this](const std::optional<dead_letter>& found) {
    if (!found || found->up_to > found->key.seq)
      return refuse(fail(errc::not_found,
                         "The subscription has no dead letter of this event."));
    drop_letters({found->key}, [this] { answer(204); });
  };
  ask(at.handles.reader, drop, atom::dead_v,
      job_key{command.id, where.first, where.second});
}

// -- all of them --------------------------------------------------------------

/// The letter's event is there, and belongs to this life of the subscription.
bool front_end_state::operation::is_deliverable(const dead_letter& what) const {
  auto log = what.key.log;
  return can_be_redelivered(what, names) && log < active->starts.size()
         && what.key.seq > active->starts[log];
}

/// From the newest to the oldest, so that what becomes a dead letter again is
/// not met twice.
void front_end_state::operation::redeliver_letters(std::string after) {
  ask_letters({letters_at_once, std::move(after)}, [this] {
    std::vector<event_place> chosen;
    for (auto& each : letters.items)
      if (is_deliverable(each))
        chosen.emplace_back(each.key.log, each.key.seq);
    delivered += chosen.size();
    left += letters.items.size() - chosen.size();
    deliver(std::move(chosen), [this] {
      if (!letters.next.empty())
        return redeliver_letters(letters.next);
      answer(202, redelivered_json(delivered, left));
    });
  });
}

void front_end_state::operation::run(const drop_command& what) {
  if (what.event.empty())
    drop_all({});
  else
    find_event(what.event, [this](event_place where) { drop_one(where); });
}

void front_end_state::operation::drop_all(std::string after) {
  auto go_on = [this](page<dead_letter>& found) {
    std::vector<job_key> keys;
    for (auto& each : found.items)
      keys.push_back(each.key);
    drop_letters(std::move(keys), [this, next = std::move(found.next)] {
      if (next.empty())
        answer(204);
      else
        drop_all(next);
    });
  };
  ask(at.handles.reader, go_on, atom::dead_v, command.id, std::move(after),
      uint64_t{max_page});
}

void front_end_state::operation::drop_letters(std::vector<job_key> which,
                                              step then) {
  ask(
    spreader(), [then](atom::done) { then(); }, atom::drop_v, std::move(which));
}

} // namespace herald
