#include "http/api/cloud_events.hpp"
#include "http/api/event_identity.hpp"
#include "http/api/event_intake.hpp"
#include "http/json/slices.hpp"

#include <vector>

namespace herald {

namespace {

using read_event = std::variant<cloud_event, refusal>;

// Without content; `type_field` is where the type stood.
std::variant<event, refusal> frame(const event_intake& in, read_event read,
                                   const std::string& type_field) {
  if (auto* why = std::get_if<refusal>(&read))
    return std::move(*why);
  auto& what = std::get<cloud_event>(read);
  std::variant<topic, refusal> where;
  if (in.given)
    where = *in.given;
  else
    where = event_topic(what.type, true, type_field);
  if (auto* why = std::get_if<refusal>(&where))
    return std::move(*why);
  auto& named = std::get<topic>(where);
  auto result = new_event(in, named);
  result.id = cloud_event_id({}, named.key, what.source, what.id);
  return result;
}

std::variant<event, refusal> take_member(const event_intake& in,
                                         std::string_view text,
                                         const std::string& place) {
  if (!is_json_object(text))
    return bad_request(place, place + " must be a JSON object.");
  auto result = frame(in, read_cloud_event(text, place), place + ".type");
  if (auto* what = std::get_if<event>(&result)) {
    what->content_type = "application/cloudevents+json";
    set_body(*what, std::string{text});
  }
  return result;
}

// One more than are allowed at most, to tell that there are too many.
std::vector<std::string_view> members_of(std::string_view text) {
  std::vector<std::string_view> result;
  json_walk walk{text};
  while (result.size() <= max_events_per_request && walk.next())
    result.push_back(walk.value());
  return result;
}

decision take_members(const event_intake& in,
                      const std::vector<std::string_view>& members) {
  publish_command result;
  result.array = true;
  result.events.reserve(members.size());
  for (size_t i = 0; i < members.size(); ++i) {
    auto made = take_member(in, members[i], '[' + std::to_string(i) + ']');
    if (auto* why = std::get_if<refusal>(&made))
      return problem_response(*why);
    result.events.push_back(std::move(std::get<event>(made)));
  }
  return result;
}

void take_content(const event_intake& in, event& to) {
  to.content_type = content_type_of(in.request);
  take_coding(in, to);
  set_body(to, std::move(in.request.body));
}

} // namespace

decision publish_cloud_event(event_intake& in) {
  if (auto why = check_json_content(in))
    return problem_response(*why);
  if (!is_json_object(in.content()))
    return problem_response(
      bad_request("body", "The body must be a JSON object."));
  auto made = frame(in, read_cloud_event(in.content(), {}), "type");
  if (auto* what = std::get_if<event>(&made))
    take_content(in, *what);
  return publish_one(std::move(made));
}

decision publish_cloud_event_batch(event_intake& in) {
  if (auto why = check_json_content(in))
    return problem_response(*why);
  if (!is_json_array(in.content()))
    return problem_response(
      bad_request("body", "The body must be a JSON array."));
  auto members = members_of(in.content());
  if (auto why = check_count(members.size()))
    return problem_response(*why);
  return take_members(in, members);
}

decision publish_binary_cloud_event(event_intake& in) {
  auto made = frame(in, read_binary_cloud_event(in.request), "ce-type");
  if (auto* what = std::get_if<event>(&made)) {
    for (auto& one : cloud_event_fields(in.request))
      what->fields.push_back(std::move(one));
    // Without a type the event has no datacontenttype.
    what->content_type = in.request.value("content-type");
    take_coding(in, *what);
    set_body(*what, std::move(in.request.body));
  }
  return publish_one(std::move(made));
}

} // namespace herald
