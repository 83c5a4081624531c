#include "config/errc.hpp"
#include "http/api/answer_json.hpp"
#include "http/api/cloud_events.hpp"
#include "http/api/event_intake.hpp"
#include "http/api/routes.hpp"
#include "http/form.hpp"

namespace herald {

namespace {

// Whatever begins so is a CloudEvent in some format (HTTP protocol binding, 3).
constexpr std::string_view cloud_event_types = "application/cloudevents";

bool is_json(std::string_view type) {
  return type == "application/json" || type.ends_with("+json");
}

decision unknown_type() {
  auto why = bad_request(
    "Content-Type",
    "Name the topic in the query (?topic=), or send a Content-Type that holds "
    "it: application/cloudevents+json, application/cloudevents-batch+json, "
    "application/x-ndjson, or application/json (or another +json) with a "
    "member predicate; or a CloudEvent in binary mode, whose fields are ce-id, "
    "ce-source, ce-specversion and ce-type.");
  why.status = 415;
  return problem_response(why);
}

decision publish_json(event_intake& in) {
  if (auto why = check_charset(in.request))
    return problem_response(*why);
  auto predicate = find_predicate(in.content());
  if (!predicate)
    return problem_response(
      bad_request("predicate", describe(predicate.error())));
  return publish_one(
    make_event(in.request, in.options, *predicate, false, "predicate"));
}

std::optional<refusal> read_topic(event_intake& in) {
  auto query = form::parse(split_target(in.request.target).query);
  if (!query)
    return bad_request("query", "The query has too many fields.");
  auto* found = query->find("topic");
  if (found == nullptr)
    return std::nullopt;
  if (!found->sound)
    return bad_request("topic", "topic must be percent-encoded UTF-8.");
  auto parsed = event_topic(found->value, true, "topic");
  if (auto* why = std::get_if<refusal>(&parsed))
    return std::move(*why);
  in.given = std::move(std::get<topic>(parsed));
  return std::nullopt;
}

decision read(event_intake& in, decision (*how)(event_intake&)) {
  if (auto why = make_readable(in))
    return problem_response(*why);
  return how(in);
}

// CloudEvents are themselves also where the topic is given.
decision publish(event_intake& in) {
  auto type = media_type(in.request.value("content-type"));
  if (type == "application/cloudevents+json")
    return read(in, publish_cloud_event);
  if (type == "application/cloudevents-batch+json")
    return read(in, publish_cloud_event_batch);
  auto is_other_format = type.starts_with(cloud_event_types);
  if (!is_other_format && is_binary_cloud_event(in.request))
    return publish_binary_cloud_event(in);
  if (in.given)
    return publish_one(take_event(in, *in.given));
  if (type == "application/x-ndjson")
    return read(in, publish_lines);
  return is_json(type) && !is_other_format ? read(in, publish_json)
                                           : unknown_type();
}

} // namespace

decision route_events(http_request& request, const route_options& options) {
  event_intake in{request, options, {}};
  if (auto why = check_hops(request))
    return problem_response(*why);
  if (auto why = read_topic(in))
    return problem_response(*why);
  if (auto why = check_content_type(request))
    return problem_response(*why);
  return publish(in);
}

} // namespace herald
