#include "http/api/routes.hpp"

#include "http/api/answer_json.hpp"
#include "http/api/event_intake.hpp"
#include "http/api/openapi.hpp"
#include "http/form.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <functional>

namespace herald {

namespace {

using handler = std::function<decision(http_request&, const route_options&)>;

struct method_handler {
  std::string_view method;
  handler run;
};

/// A path and what it answers to; `{id}` stands for any one part of a path.
struct route_entry {
  std::string_view path;
  std::vector<method_handler> methods;
};

constexpr std::string_view one_subscription = "/subscriptions/";
constexpr std::string_view any_part = "{id}";

http_response not_found(const http_request& request, std::string sentence) {
  refusal why;
  why.status = 404;
  why.sentence = std::move(sentence);
  return refuse(request, why);
}

bool matches(std::string_view pattern, std::string_view path) {
  auto place = pattern.find(any_part);
  if (place == std::string_view::npos)
    return pattern == path;
  auto before = pattern.substr(0, place);
  auto behind = pattern.substr(place + any_part.size());
  if (path.size() < before.size() + behind.size() || !path.starts_with(before)
      || !path.ends_with(behind))
    return false;
  path.remove_prefix(before.size());
  path.remove_suffix(behind.size());
  return path.find('/') == std::string_view::npos;
}

std::optional<subscription_id> id_of(const http_request& request) {
  auto path = split_target(request.target).path;
  path.remove_prefix(one_subscription.size());
  return subscription_id::parse(path.substr(0, path.find('/')));
}

decision no_such_subscription(const http_request& request) {
  return not_found(request, "There is no subscription with this id.");
}

template <class Command>
decision by_id(http_request& request, const route_options&) {
  if (auto id = id_of(request))
    return Command{*id};
  return no_such_subscription(request);
}

/// What was read of a request for reading.
template <class Command>
decision read_or_refuse(const http_request& request,
                        std::variant<Command, refusal> parsed) {
  if (auto* why = std::get_if<refusal>(&parsed))
    return refuse(request, *why);
  return reading_command{std::move(std::get<Command>(parsed))};
}

decision events(http_request& request, const route_options& options) {
  return read_or_refuse(request, read_events(request, options.logs));
}

decision one_event(http_request& request, const route_options&) {
  return read_or_refuse(request, read_event(request));
}

decision pull(http_request& request, const route_options& options) {
  auto id = id_of(request);
  if (!id)
    return no_such_subscription(request);
  auto parsed = read_pull(request, options.logs);
  if (auto* what = std::get_if<pull_command>(&parsed))
    what->id = *id;
  return read_or_refuse(request, std::move(parsed));
}

decision metrics(http_request&, const route_options&) {
  return reading_command{metrics_command{}};
}

decision openapi(http_request&, const route_options& options) {
  std::string result{openapi_text()};
  // Relative to where the document is served (OpenAPI 3.1, 4.8.5).
  if (!options.base_path.empty())
    result.insert(1, "\"servers\":[{\"url\":"
                       + nlohmann::json(options.base_path).dump() + "}],");
  return json_response(std::move(result));
}

/// A form or a text would come from a web page without a preflight.
std::optional<refusal> check_json_type(const http_request& request) {
  auto type = media_type(request.value("content-type"));
  auto is_patch = request.method == "PATCH";
  if (request.body.empty() || type == "application/json"
      || (is_patch && type == "application/merge-patch+json"))
    return std::nullopt;
  auto why = bad_request(
    "Content-Type", std::string{"Content-Type must be application/json"}
                      + (is_patch ? " or application/merge-patch+json." : "."));
  why.status = 415;
  return why;
}

/// An operator's command, read by `Read`.
template <auto Read>
decision operate(http_request& request, const route_options& options) {
  if (auto why = check_json_type(request))
    return refuse(request, *why);
  if (auto why = make_readable(request, options.events.max_body))
    return refuse(request, *why);
  auto id = id_of(request);
  if (!id)
    return no_such_subscription(request);
  auto parsed = Read(request);
  if (auto* why = std::get_if<refusal>(&parsed))
    return refuse(request, *why);
  return operation_command{*id, std::move(std::get<0>(parsed))};
}

/// One that needs no more than the id.
template <class Command>
command_or_refusal<Command> plain(const http_request&) {
  return Command{};
}

decision healthz(http_request&, const route_options&) {
  return json_response(R"({"status":"alive"})");
}

decision readyz(http_request&, const route_options&) {
  return ready_command{};
}

decision root(http_request& request, const route_options& options) {
  auto accept = lowered(request.value("accept"));
  if (accept.find("application/json") != std::string::npos)
    return json_response(R"({"service":"subscriptions"})");
  auto& base = options.base_path;
  return http_response{200,
                       {{"Content-Type", "text/plain; charset=utf-8"}},
                       "herald: a WebSub hub and webhook sender.\n"
                       "Subscribe at POST "
                         + base + "/hub, publish at POST " + base
                         + "/events, list at GET " + base
                         + "/subscriptions.\n"};
}

decision listing(http_request& request, const route_options&) {
  return route_listing(request);
}

const std::vector<route_entry>& table() {
  static const std::vector<route_entry> result{
    {"/hub", {{"POST", route_hub}}},
    {"/events", {{"GET", events}, {"POST", route_events}}},
    {"/events/{id}", {{"GET", one_event}}},
    {"/subscriptions", {{"GET", listing}, {"POST", route_intergov}}},
    {"/subscriptions/{id}",
     {{"GET", by_id<show_command>},
      {"PATCH", operate<read_patch>},
      {"DELETE", by_id<remove_command>}}},
    {"/subscriptions/{id}/attempts", {{"GET", operate<read_attempts>}}},
    {"/subscriptions/{id}/dead",
     {{"GET", operate<read_dead>}, {"DELETE", operate<read_drop>}}},
    {"/subscriptions/{id}/redeliver", {{"POST", operate<read_redeliver>}}},
    {"/subscriptions/{id}/replay",
     {{"GET", operate<plain<replay_status_command>>},
      {"POST", operate<read_replay>},
      {"DELETE", operate<plain<cancel_replay_command>>}}},
    {"/subscriptions/{id}/ping", {{"POST", operate<plain<probe_command>>}}},
    {"/subscriptions/{id}/events", {{"GET", pull}}},
    {"/metrics", {{"GET", metrics}}},
    {"/openapi.json", {{"GET", openapi}}},
    {"/healthz", {{"GET", healthz}}},
    {"/readyz", {{"GET", readyz}}},
    {"/", {{"GET", root}}},
  };
  return result;
}

const route_entry* find_route(std::string_view path) {
  auto i
    = std::find_if(table().begin(), table().end(),
                   [&](const route_entry& x) { return matches(x.path, path); });
  return i == table().end() ? nullptr : &*i;
}

std::string allowed_methods(const route_entry& entry) {
  std::string result;
  for (auto& [method, run] : entry.methods) {
    result.append(result.empty() ? "" : ", ").append(method);
    if (method == "GET")
      result.append(", HEAD");
  }
  return result;
}

http_response wrong_method(const http_request& request,
                           const route_entry& entry) {
  refusal why;
  why.status = 405;
  why.allow = allowed_methods(entry);
  why.sentence = "This path accepts " + why.allow + " only.";
  return refuse(request, why);
}

/// The handler of a method; null if the path does not take it.
const handler* find_handler(const route_entry& entry, std::string_view method) {
  if (method == "HEAD")
    method = "GET";
  auto i = std::find_if(entry.methods.begin(), entry.methods.end(),
                        [&](auto& x) { return x.method == method; });
  return i == entry.methods.end() ? nullptr : &i->run;
}

} // namespace

bool is_route(std::string_view path) {
  return find_route(path) != nullptr;
}

std::optional<http_response> check_route(const http_request& request) {
  auto* entry = find_route(split_target(request.target).path);
  if (entry == nullptr)
    return not_found(request, "There is nothing at this path.");
  if (find_handler(*entry, request.method) == nullptr)
    return wrong_method(request, *entry);
  return std::nullopt;
}

decision route(http_request& request, const route_options& options) {
  if (auto refused = check_route(request))
    return std::move(*refused);
  auto* entry = find_route(split_target(request.target).path);
  return (*find_handler(*entry, request.method))(request, options);
}

std::vector<std::pair<std::string, std::vector<std::string>>> all_routes() {
  std::vector<std::pair<std::string, std::vector<std::string>>> result;
  for (auto& [path, methods] : table()) {
    auto& entry = result.emplace_back(path, std::vector<std::string>{});
    for (auto& [method, run] : methods)
      entry.second.emplace_back(method);
  }
  return result;
}

bool is_health_path(std::string_view target) {
  auto path = split_target(target).path;
  return path == "/healthz" || path == "/readyz" || path == "/metrics";
}

http_response accepted_response() {
  return {202, {}, {}};
}

http_response json_response(std::string body) {
  return {200, {{"Content-Type", "application/json"}}, std::move(body)};
}

http_response published_response(const std::vector<receipt>& what,
                                 const std::vector<append_result>& how,
                                 bool fat, bool array) {
  assert(what.size() == how.size() && (array || what.size() == 1));
  if (fat)
    return {204, {}, {}};
  http_response result{202, {{"Content-Type", "application/json"}}, {}};
  if (!array) {
    result.fields.emplace_back("Location", "/events/" + what[0].id);
    result.body = acceptance_json(what[0], how[0]);
    return result;
  }
  result.body += '[';
  for (size_t i = 0; i < how.size(); ++i)
    result.body.append(i == 0 ? "" : ",")
      .append(acceptance_json(what[i], how[i]));
  result.body += ']';
  return result;
}

http_response intent_error(const http_request& request, const caf::error& err) {
  auto why = to_refusal(err);
  if (why.status == 404)
    why.sentence = "Subscription with given parameters not found";
  return refuse(request, why);
}

} // namespace herald
