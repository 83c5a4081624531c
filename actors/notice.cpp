#include "actors/notice.hpp"

#include "config/text.hpp"

#include <nlohmann/json.hpp>

namespace herald {

std::string_view topic_of(notice_kind what) {
  switch (what) {
    case notice_kind::failing:
      return "herald.subscription.failing";
    case notice_kind::recovered:
      return "herald.subscription.recovered";
    case notice_kind::expired:
      return "herald.subscription.expired";
    case notice_kind::paused:
      return "herald.subscription.paused";
    case notice_kind::resumed:
      return "herald.subscription.resumed";
    case notice_kind::dead:
      return "herald.dead";
  }
  return "herald";
}

event event_of(const notice& what, std::string id) {
  nlohmann::ordered_json body;
  body["type"] = topic_of(what.what);
  body["at"] = rfc3339(what.at);
  body["subscription"] = what.who->id.to_string();
  body["topic"] = what.who->topic;
  auto& callback = what.who->callback;
  body["callback"] = callback.substr(0, callback.find('?'));
  if (what.why != failure::none)
    body["reason"] = to_string(what.why);
  if (what.status != 0)
    body["status"] = what.status;
  if (what.what == notice_kind::dead) {
    body["attempts"] = what.attempts;
    body["log"] = what.log;
    body["sequence"] = what.seq;
    if (what.up_to > what.seq)
      body["up_to"] = what.up_to;
  }
  event result;
  result.id = std::move(id);
  result.topic = topic_of(what.what);
  result.content_type = "application/json";
  result.accepted_at = what.at;
  result.body = body.dump(-1, ' ', false,
                          nlohmann::ordered_json::error_handler_t::replace);
  result.body_size = static_cast<uint32_t>(result.body.size());
  result.fresh_id = true;
  return result;
}

} // namespace herald
