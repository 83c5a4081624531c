#include "http/api/event_intake.hpp"

#include "config/errc.hpp"
#include "config/text.hpp"
#include "http/json/slices.hpp"
#include "http/ulid.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr size_t max_trace_field = 512;

bool holds_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

size_t count_fields(const http_request& request, std::string_view name) {
  return static_cast<size_t>(
    std::count_if(request.fields.begin(), request.fields.end(),
                  [&](const field& x) { return x.first == name; }));
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

// The value of the parameter charset; empty if there is none.
std::string charset_of(std::string_view content_type) {
  constexpr std::string_view name = "charset=";
  auto rest = lowered(content_type);
  for (auto i = rest.find(';'); i != std::string::npos; i = rest.find(';')) {
    rest.erase(0, i + 1);
    auto parameter = trimmed(std::string_view{rest}.substr(0, rest.find(';')));
    if (!parameter.starts_with(name))
      continue;
    parameter.remove_prefix(name.size());
    auto quoted = parameter.size() > 1 && parameter.starts_with('"')
                  && parameter.ends_with('"');
    return std::string{quoted ? parameter.substr(1, parameter.size() - 2)
                              : parameter};
  }
  return {};
}

refusal with_limit(refusal why, size_t limit) {
  why.limit = limit;
  return why;
}

} // namespace

std::optional<refusal> check_count(size_t count) {
  if (count == 0)
    return bad_request("body", "The body must hold at least one event.");
  if (count <= max_events_per_request)
    return std::nullopt;
  auto why = bad_request("body", "The body holds too many events.");
  why.status = 413;
  return with_limit(std::move(why), max_events_per_request);
}

std::optional<refusal> check_content_type(const http_request& request) {
  auto type = request.value("content-type");
  if (count_fields(request, "content-type") > 1)
    return bad_request("Content-Type", "Content-Type must be given once.");
  if (holds_control(type))
    return bad_request("Content-Type",
                       "Content-Type must not contain control characters.");
  if (type.size() <= max_content_type)
    return std::nullopt;
  return with_limit(bad_request("Content-Type", "Content-Type is too long."),
                    max_content_type);
}

std::optional<refusal> check_idempotency_key(std::string_view key,
                                             const std::string& name) {
  if (key.empty())
    return bad_request(name, name + " must not be empty.");
  if (key.size() <= max_idempotency_key)
    return std::nullopt;
  return with_limit(bad_request(name, name + " is too long."),
                    max_idempotency_key);
}

std::optional<refusal> check_charset(const http_request& request) {
  auto charset = charset_of(request.value("content-type"));
  if (charset.empty() || charset == "utf-8" || charset == "utf8"
      || charset == "us-ascii")
    return std::nullopt;
  auto why = bad_request("Content-Type",
                         "Content-Type must not name a charset other than "
                         "utf-8 for JSON.");
  why.status = 415;
  return why;
}

std::optional<refusal> check_json_body(const http_request& request) {
  if (auto why = check_charset(request))
    return why;
  if (auto fault = json_fault(request.body))
    return bad_request("body", "The body is not JSON: " + *fault + '.');
  return std::nullopt;
}

std::variant<topic, refusal> event_topic(std::string_view text, bool allow_url,
                                         const std::string& source) {
  auto parsed = parse_published_topic(text, allow_url);
  if (parsed)
    return std::move(*parsed);
  return bad_request(source,
                     source + " is not usable: " + describe(parsed.error()));
}

event new_event(const event_intake& in, const topic& where) {
  event result;
  result.topic = where.text;
  result.log = static_cast<log_id>(topic_log(where.key, in.options.logs));
  result.fields = trace_fields(in.request);
  return result;
}

std::string content_type_of(const http_request& request) {
  auto type = request.value("content-type");
  return std::string{type.empty() ? "application/octet-stream" : type};
}

void set_body(event& what, std::string body) {
  what.body_size = static_cast<uint32_t>(body.size());
  what.body = std::move(body);
}

std::variant<event, refusal> take_event(const event_intake& in,
                                        const topic& where) {
  auto result = new_event(in, where);
  if (count_fields(in.request, "idempotency-key") > 0) {
    auto key = in.request.value("idempotency-key");
    if (auto why = check_idempotency_key(key, "Idempotency-Key"))
      return std::move(*why);
    result.id = derived_event_id(where.key, key);
  }
  result.content_type = content_type_of(in.request);
  set_body(result, std::move(in.request.body));
  return result;
}

std::variant<event, refusal> make_event(http_request& request,
                                        const route_options& options,
                                        std::string_view topic_text,
                                        bool allow_url, std::string source) {
  auto where = event_topic(topic_text, allow_url, source);
  if (auto* why = std::get_if<refusal>(&where))
    return std::move(*why);
  if (auto why = check_content_type(request))
    return std::move(*why);
  return take_event({request, options, {}}, std::get<topic>(where));
}

decision publish_one(std::variant<event, refusal> made) {
  if (auto* why = std::get_if<refusal>(&made))
    return problem_response(*why);
  publish_command result;
  result.events.push_back(std::move(std::get<event>(made)));
  return result;
}

} // namespace herald
