#include "http/api/event_intake.hpp"

#include "config/errc.hpp"
#include "config/text.hpp"
#include "config/units.hpp"
#include "http/api/event_identity.hpp"
#include "http/content_coding.hpp"
#include "http/json/slices.hpp"
#include "storage/bytes.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr std::string_view coding_field = "content-encoding";

// Bytes, bytes and count (W3C Trace Context, 3.3.1).
constexpr size_t max_trace_field = 512;
constexpr size_t long_trace_member = 128;
constexpr size_t max_trace_members = 32;

size_t count_fields(const http_request& request, std::string_view name) {
  return static_cast<size_t>(
    std::count_if(request.fields.begin(), request.fields.end(),
                  [&](const field& x) { return x.first == name; }));
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// version-traceid-parentid-flags, as in W3C Trace Context 3.2: a later version
// may add more behind a dash, and zeros are no ids.
bool is_traceparent(std::string_view text) {
  constexpr std::string_view shape = "00-00000000000000000000000000000000-"
                                     "0000000000000000-00";
  if (text.size() < shape.size() || text.size() > max_trace_field)
    return false;
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == '-' ? text[i] != '-' : !is_hex(text[i]))
      return false;
  auto version = text.substr(0, 2);
  auto tail = text.substr(shape.size());
  auto is_null = [&](size_t from, size_t size) {
    return text.substr(from, size) == shape.substr(from, size);
  };
  return version != "ff" && !is_null(3, 32) && !is_null(36, 16)
         && (tail.empty() || (version != "00" && tail[0] == '-'))
         && !holds_control(text);
}

// W3C Trace Context 3.3.1.5: the long members go first, then the last ones.
void shorten(std::vector<std::string>& members) {
  size_t size = 0;
  for (auto& each : members)
    size += each.size() + 1;
  for (auto i = members.size(); i-- > 0 && size > max_trace_field + 1;)
    if (members[i].size() > long_trace_member) {
      size -= members[i].size() + 1;
      members.erase(members.begin() + static_cast<ptrdiff_t>(i));
    }
  for (; size > max_trace_field + 1; members.pop_back())
    size -= members.back().size() + 1;
  members.resize(std::min(members.size(), max_trace_members));
}

// Its lines are one list in their order (3.3.1.1).
std::string trace_state(const http_request& request) {
  std::vector<std::string> members;
  for (auto& [name, value] : request.fields)
    if (name == "tracestate")
      for (auto& each : split_list(value))
        if (!each.empty())
          members.push_back(std::move(each));
  if (std::any_of(members.begin(), members.end(), holds_control))
    return {};
  shorten(members);
  return join_list(members);
}

// A senseless trace context is dropped, as its standard demands, and so is one
// of two parents.
std::vector<field> trace_fields(const http_request& request) {
  auto parent = request.value("traceparent");
  if (count_fields(request, "traceparent") != 1 || !is_traceparent(parent))
    return {};
  std::vector<field> result{{"traceparent", std::string{parent}}};
  if (auto state = trace_state(request); !state.empty())
    result.emplace_back("tracestate", std::move(state));
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

refusal bad_coding(const caf::error& why, size_t max_body) {
  auto result
    = bad_request("Content-Encoding", "The body " + describe(why) + '.');
  if (code_of(why) == errc::refused)
    result.status = 415;
  if (code_of(why) == errc::too_large) {
    result.status = 413;
    result.limit = max_body;
  }
  return result;
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
  if (auto coding = coding_of(request);
      holds_control(coding) || coding.size() > max_content_type)
    return bad_request("Content-Encoding",
                       "Content-Encoding must be short and without control "
                       "characters.");
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

uint32_t hops_of(const http_request& request) {
  auto count = count_fields(request, hops_field);
  if (count == 0)
    return 0;
  return count == 1 ? parse_hops(request.value(hops_field)) : max_hops;
}

std::optional<refusal> check_hops(const http_request& request) {
  if (hops_of(request) <= max_hops)
    return std::nullopt;
  auto why = bad_request("Herald-Hops",
                         "The event came through too many nodes: Herald-Hops "
                         "is over "
                           + std::to_string(max_hops)
                           + ", so it goes round in a circle.");
  why.status = status_loop_detected;
  return with_limit(std::move(why), max_hops);
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

std::optional<refusal> check_json_content(const event_intake& in) {
  if (auto why = check_charset(in.request))
    return why;
  if (auto fault = json_fault(in.content()))
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
  if (auto hops = hops_of(in.request); hops > 0)
    result.fields.emplace_back(hops_field, std::to_string(hops));
  return result;
}

std::string content_type_of(const http_request& request) {
  auto type = request.value("content-type");
  return std::string{type.empty() ? "application/octet-stream" : type};
}

std::string coding_of(const http_request& request) {
  std::string result;
  for (auto& [name, value] : request.fields)
    if (name == coding_field)
      result.append(result.empty() ? "" : ", ").append(trimmed(value));
  return is_plain(result) ? std::string{} : result;
}

void take_coding(const event_intake& in, event& to) {
  if (auto coding = coding_of(in.request); !coding.empty())
    to.fields.emplace_back("Content-Encoding", std::move(coding));
}

std::optional<refusal> make_readable(event_intake& in) {
  auto coding = coding_of(in.request);
  if (coding.empty())
    return std::nullopt;
  auto content
    = decode_content(in.request.body, coding, in.options.events.max_body);
  if (!content)
    return bad_coding(content.error(), in.options.events.max_body);
  in.decoded = std::move(*content);
  return std::nullopt;
}

std::optional<refusal> make_readable(http_request& request, size_t max_body) {
  auto coding = coding_of(request);
  if (coding.empty())
    return std::nullopt;
  auto content = decode_content(request.body, coding, max_body);
  if (!content)
    return bad_coding(content.error(), max_body);
  request.body = std::move(*content);
  std::erase_if(request.fields,
                [](const field& x) { return x.first == coding_field; });
  return std::nullopt;
}

void set_body(event& what, std::string body) {
  if (!what.id.empty())
    what.digest = sha256(body);
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
    result.id = keyed_event_id({}, where.key, key);
  }
  result.content_type = content_type_of(in.request);
  take_coding(in, result);
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
