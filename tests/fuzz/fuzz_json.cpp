// JSON events: predicates, CloudEvents alone and in batches, lines. What an
// operator sends.
#include "config/text.hpp"
#include "http/api/answer_json.hpp"
#include "http/api/cloud_events.hpp"
#include "http/api/policy_json.hpp"
#include "http/api/routes.hpp"
#include "http/json/slices.hpp"
#include "tests/fuzz/expect.hpp"

namespace {

using namespace herald;

void publish(std::string_view body, const char* type) {
  http_request request{
    "POST", "/events", {{"content-type", type}}, std::string{body}};
  auto decided = route(request, {});
  if (auto* answer = std::get_if<http_response>(&decided)) {
    HERALD_EXPECT(answer->status >= 400 && answer->status < 500);
    return;
  }
  auto& what = std::get<publish_command>(decided);
  HERALD_EXPECT(!what.events.empty());
  for (auto& each : what.events) {
    HERALD_EXPECT(!each.topic.empty());
    // Nothing is written anew: bodies are parts of what was sent.
    HERALD_EXPECT(body.find(each.body) != std::string_view::npos);
    HERALD_EXPECT(!json_fault(each.body));
  }
}

// Headers that were accepted cannot end their field.
void expect_sendable(const delivery_policy& policy) {
  for (auto& [name, value] : policy.headers) {
    HERALD_EXPECT(is_token(name) && !is_own_header(name));
    for (auto c : value)
      HERALD_EXPECT(!is_control(c) || c == '\t');
  }
}

void operate(std::string_view body, const char* method, const char* name) {
  http_request request{
    method,
    std::string{"/subscriptions/0123456789abcdef0123456789abcdef"} + name,
    {{"content-type", "application/json"}},
    std::string{body}};
  auto decided = route(request, {});
  if (auto* answer = std::get_if<http_response>(&decided)) {
    HERALD_EXPECT(answer->status == 400);
    return;
  }
  auto& what = std::get<operation_command>(decided).what;
  if (auto* patch = std::get_if<patch_command>(&what))
    expect_sendable(patch->what.policy);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      unsigned long size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  for (auto type :
       {"application/json", "application/cloudevents+json",
        "application/cloudevents-batch+json", "application/x-ndjson"})
    publish(text, type);
  find_predicate(text);
  operate(text, "PATCH", "");
  operate(text, "POST", "/redeliver");
  operate(text, "POST", "/replay");
  return 0;
}
