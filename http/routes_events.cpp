#include "http/form.hpp"
#include "http/json.hpp"
#include "http/routes.hpp"
#include "http/ulid.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr size_t max_trace_field = 512;

refusal bad(std::string name, std::string sentence) {
  refusal result;
  result.field = std::move(name);
  result.sentence = std::move(sentence);
  return result;
}

bool holds_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

size_t count_fields(const http_request& request, std::string_view name) {
  return static_cast<size_t>(
    std::count_if(request.fields.begin(), request.fields.end(),
                  [&](const field& x) { return x.first == name; }));
}

std::optional<refusal> check_content_type(const http_request& request) {
  auto type = request.value("content-type");
  if (count_fields(request, "content-type") > 1)
    return bad("Content-Type", "Content-Type must be given once.");
  if (holds_control(type))
    return bad("Content-Type",
               "Content-Type must not contain control characters.");
  if (type.size() <= max_content_type)
    return std::nullopt;
  auto why = bad("Content-Type", "Content-Type is too long.");
  why.limit = max_content_type;
  return why;
}

std::optional<refusal> check_idempotency_key(const http_request& request) {
  auto key = request.value("idempotency-key");
  if (count_fields(request, "idempotency-key") == 0)
    return std::nullopt;
  if (key.empty())
    return bad("Idempotency-Key", "Idempotency-Key must not be empty.");
  if (key.size() <= max_idempotency_key)
    return std::nullopt;
  auto why = bad("Idempotency-Key", "Idempotency-Key is too long.");
  why.limit = max_idempotency_key;
  return why;
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// version-traceid-parentid-flags, as in W3C Trace Context 3.2.
bool is_traceparent(std::string_view text) {
  constexpr std::string_view shape = "00-00000000000000000000000000000000-"
                                     "0000000000000000-00";
  if (text.size() < shape.size() || text.size() > max_trace_field)
    return false;
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == '-' ? text[i] != '-' : !is_hex(text[i]))
      return false;
  return !holds_control(text);
}

// A senseless trace context is dropped, as its standard demands.
std::vector<field> trace_fields(const http_request& request) {
  auto parent = request.value("traceparent");
  if (!is_traceparent(parent))
    return {};
  std::vector<field> result{{"traceparent", std::string{parent}}};
  auto state = request.value("tracestate");
  if (!state.empty() && state.size() <= max_trace_field
      && !holds_control(state))
    result.emplace_back("tracestate", state);
  return result;
}

std::string content_type_of(const http_request& request) {
  auto type = request.value("content-type");
  return std::string{type.empty() ? "application/octet-stream" : type};
}

bool is_json(std::string_view type) {
  return type == "application/json"
         || (type.ends_with("+json")
             && !type.starts_with("application/cloudevents"));
}

decision publish(http_request& request, const route_options& options,
                 std::string_view topic, bool allow_url, std::string source) {
  auto made = make_event(request, options, topic, allow_url, std::move(source));
  if (auto* why = std::get_if<refusal>(&made))
    return problem_response(*why);
  publish_command result;
  result.events.push_back(std::move(std::get<event>(made)));
  return result;
}

decision publish_json(http_request& request, const route_options& options) {
  if (!is_json(media_type(request.value("content-type")))) {
    auto why = bad("Content-Type",
                   "Name the topic in the query (?topic=), or send JSON with "
                   "a member predicate.");
    why.status = 415;
    return problem_response(why);
  }
  auto predicate = find_predicate(request.body);
  if (!predicate)
    return problem_response(bad("predicate", describe(predicate.error())));
  return publish(request, options, *predicate, false, "predicate");
}

} // namespace

std::variant<event, refusal> make_event(http_request& request,
                                        const route_options& options,
                                        std::string_view topic_text,
                                        bool allow_url, std::string source) {
  auto parsed = parse_published_topic(topic_text, allow_url);
  if (!parsed)
    return bad(source, source + " is not usable: " + describe(parsed.error()));
  if (auto why = check_content_type(request))
    return *why;
  if (auto why = check_idempotency_key(request))
    return *why;
  event result;
  if (auto key = request.value("idempotency-key"); !key.empty())
    result.id = derived_event_id(parsed->key, key);
  result.content_type = content_type_of(request);
  result.fields = trace_fields(request);
  result.log = static_cast<log_id>(topic_log(parsed->key, options.logs));
  result.topic = std::move(parsed->text);
  result.body_size = static_cast<uint32_t>(request.body.size());
  result.body = std::move(request.body);
  return result;
}

decision route_events(http_request& request, const route_options& options) {
  auto query = form::parse(split_target(request.target).query);
  if (!query)
    return problem_response(bad("query", "The query has too many fields."));
  auto* topic = query->find("topic");
  if (topic == nullptr)
    return publish_json(request, options);
  if (!topic->sound)
    return problem_response(
      bad("topic", "topic must be percent-encoded UTF-8."));
  return publish(request, options, topic->value, true, "topic");
}

} // namespace herald
