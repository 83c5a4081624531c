#include "http/api/history_json.hpp"

#include "http/api/answer_json.hpp"
#include "http/json/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace herald {

namespace {

using json = nlohmann::ordered_json;

json begin_item(const job_key& key, const event_names& names) {
  auto name = names.find({key.log, key.seq});
  auto known = name != names.end();
  json result;
  result["event"] = known ? json(name->second.id) : json(nullptr);
  result["topic"] = known ? json(name->second.topic) : json(nullptr);
  result["log"] = key.log;
  result["sequence"] = key.seq;
  return result;
}

json status_or_null(uint16_t status) {
  return status > 0 ? json(status) : json(nullptr);
}

json reason_or_null(failure why) {
  return why == failure::none ? json(nullptr) : json(to_string(why));
}

bool extends(const read_run& run, const event_place& next) {
  auto last = run.after + run.count;
  return run.log == next.first && next.second <= last + 1 + max_read_gap
         && next.second - run.after <= max_read_run;
}

} // namespace

std::vector<read_run> runs_of(std::vector<event_place> places) {
  std::sort(places.begin(), places.end());
  std::vector<read_run> result;
  for (auto& [log, seq] : places)
    if (result.empty() || !extends(result.back(), {log, seq}))
      result.push_back({log, seq - 1, 1});
    else
      result.back().count = seq - result.back().after;
  return result;
}

std::string attempt_json(const attempt_record& what, const event_names& names) {
  auto result = begin_item(what.key, names);
  result["attempt"] = what.attempt;
  result["at"] = rfc3339(what.at);
  result["duration_ms"] = what.duration_ms;
  result["status"] = status_or_null(what.status);
  result["error"] = reason_or_null(what.why);
  result["response"] = what.excerpt;
  return dump(result);
}

std::string dead_letter_json(const dead_letter& what,
                             const event_names& names) {
  auto result = begin_item(what.key, names);
  result["up_to"] = std::max(what.up_to, what.key.seq);
  result["attempts"] = what.attempts;
  result["at"] = rfc3339(what.at);
  result["reason"] = reason_or_null(what.why);
  result["status"] = status_or_null(what.status);
  return dump(result);
}

bool can_be_redelivered(const dead_letter& what, const event_names& names) {
  return what.up_to <= what.key.seq
         && names.contains({what.key.log, what.key.seq});
}

} // namespace herald
