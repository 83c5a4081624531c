#include "http/front_end/operation.hpp"

#include "http/api/answer_json.hpp"
#include "http/json/text.hpp"

#include <nlohmann/json.hpp>

namespace herald {

namespace {

using json = nlohmann::ordered_json;

/// The event that tries one subscription. Its topic matches nobody.
event make_probe(const subscription_id& whom, size_t logs, unix_ms now) {
  json body;
  body["type"] = ping_topic;
  body["subscription"] = whom.to_string();
  body["at"] = rfc3339(now);
  event result;
  result.topic = ping_topic;
  result.content_type = "application/json";
  result.log
    = static_cast<log_id>(topic_log(ping_topic, static_cast<unsigned>(logs)));
  result.body = dump(body);
  result.body_size = static_cast<uint32_t>(result.body.size());
  return result;
}

std::string replay_json(const subscriber_status& status) {
  json logs = json::array();
  for (auto& each : status.lags)
    if (each.until != 0)
      logs.push_back(
        {{"log", each.log}, {"at", each.after}, {"until", each.until}});
  json result;
  result["running"] = !logs.empty();
  result["logs"] = std::move(logs);
  return dump(result);
}

} // namespace

void front_end_state::run(const exchange_ptr& who, operation_command& what) {
  std::make_shared<operation>(*this, who, std::move(what))->begin();
}

void front_end_state::operation::begin() {
  auto go_on = [this](std::optional<subscription>& found) {
    if (!found)
      return refuse(
        fail(errc::not_found, "There is no subscription with this id."));
    known = std::move(*found);
    std::visit([this](auto& what) { run(what); }, command.what);
  };
  ask(at.handles.reader, go_on, atom::fetch_v, command.id);
}

// -- what they share ----------------------------------------------------------

void front_end_state::operation::answer(unsigned status, std::string body) {
  auto response = body.empty() ? http_response{} : json_response(body);
  response.status = status;
  at.answer(who, std::move(response));
}

void front_end_state::operation::refuse(const caf::error& why) {
  at.refuse_with(who, why);
}

void front_end_state::operation::refuse(const refusal& why) {
  at.answer(who, problem_response(why));
}

/// Only an active subscription is delivered to.
void front_end_state::operation::ask_active(step then) {
  auto go_on = [this, then](std::vector<subscription_ptr>& found) {
    active = found.empty() ? nullptr : std::move(found.front());
    if (active == nullptr)
      return refuse(fail(errc::conflict, "The subscription is not active."));
    then();
  };
  ask(registry(), go_on, atom::resolve_v, std::vector{command.id});
}

void front_end_state::operation::ask_status(
  const subscription& whom,
  std::function<void(const subscription&, const subscriber_status&)> then) {
  at.ask_statuses(who, {whom},
                  [me = shared_from_this(), then](
                    const std::vector<subscription>& one, const statuses& how) {
                    then(one.front(), how.front());
                  });
}

/// Has the events delivered, whatever became of them before.
void front_end_state::operation::deliver(std::vector<event_place> events,
                                         step then) {
  ask(
    spreader(), [then](atom::done) { then(); },
    redeliver_order{active, std::move(events)});
}

// -- how it is served ---------------------------------------------------------

void front_end_state::operation::run(const patch_command& what) {
  auto show = [this](const subscription_ptr& now_it_is) {
    ask_status(*now_it_is,
               [this](const subscription& whom, const subscriber_status& how) {
                 answer(200, subscription_json(whom, how, at.now()));
               });
  };
  ask(registry(), show, atom::patch_v, command.id, what.what);
}

// -- a probe ------------------------------------------------------------------

void front_end_state::operation::run(const probe_command&) {
  ask_active([this] {
    auto whole = std::make_shared<open_publish>();
    whole->who = who;
    // `whole` outlives the call: the publisher's outcome holds it.
    whole->then = [me = shared_from_this(), from = whole.get()] {
      me->deliver_probe(from->receipts.front(), from->results.front());
    };
    at.publish(
      whole, {make_probe(command.id, at.handles.publishers.size(), at.now())});
  });
}

void front_end_state::operation::deliver_probe(const receipt& what,
                                               const append_result& how) {
  auto body = dump(json{{"event", what.id}});
  deliver({{what.log, how.seq}}, [this, body] { answer(202, body); });
}

void front_end_state::operation::run(const replay_status_command&) {
  ask_status(known, [this](const subscription&, const subscriber_status& how) {
    answer(200, replay_json(how));
  });
}

} // namespace herald
