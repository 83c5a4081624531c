#include "config/text.hpp"
#include "http/api/policy_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace herald;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

subscription_patch policy_in(const std::string& body) {
  auto result = parse_patch(body);
  if (auto* why = std::get_if<refusal>(&result)) {
    ADD_FAILURE() << why->sentence;
    return {};
  }
  return std::get<subscription_patch>(result);
}

/// The field that is to blame; `(accepted)` if there is none.
std::string blamed(const std::string& body) {
  auto result = parse_patch(body);
  auto* why = std::get_if<refusal>(&result);
  if (why == nullptr)
    return "(accepted)";
  EXPECT_EQ(why->status, 400U);
  EXPECT_EQ(why->sentence.find(why->field), 0U) << why->sentence;
  return why->field;
}

std::string policy(const std::string& members) {
  return R"({"policy":{)" + members + "}}";
}

std::string header(const std::string& name, const std::string& value = "x") {
  return policy(R"("headers":)" + json{{name, value}}.dump());
}

} // namespace

TEST(a_patch, may_say_nothing) {
  for (auto* body : {"{}", R"({"policy":{}})"}) {
    auto what = policy_in(body);
    EXPECT_FALSE(what.paused);
    EXPECT_EQ(what.given, 0U);
  }
}

TEST(a_patch, pauses_and_resumes) {
  EXPECT_EQ(policy_in(R"({"paused":true})").paused, true);
  EXPECT_EQ(policy_in(R"({"paused":false})").paused, false);
}

TEST(a_patch, sets_every_member) {
  auto what = policy_in(policy(
    R"("retry_schedule":["5s","1m30s"],"retry_max_age":"0","timeout":"1ms",)"
    R"("in_flight":10000,"rate":0.5,"ordered":true,"signature":"sha512",)"
    R"("headers":{"Authorization":"Bearer x","X-Empty":""})"));
  EXPECT_EQ(what.given, 255U);
  delivery_policy expected;
  expected.retry_schedule = {5s, 90s};
  expected.retry_max_age = 0ms;
  expected.timeout = 1ms;
  expected.in_flight = 10'000;
  expected.rate = 0.5;
  expected.ordered = true;
  expected.signature = signature_method::sha512;
  expected.headers = {{"Authorization", "Bearer x"}, {"X-Empty", ""}};
  EXPECT_EQ(what.policy, expected);
}

TEST(a_patch, unsets_with_null) {
  auto what = policy_in(policy(R"("timeout":null,"headers":null,"rate":7)"));
  EXPECT_EQ(what.given,
            unsigned{policy_timeout | policy_headers | policy_rate});
  delivery_policy expected;
  expected.rate = 7;
  EXPECT_EQ(what.policy, expected);
  EXPECT_EQ(policy_in(R"({"policy":null})").given, 255U);
  EXPECT_EQ(policy_in(R"({"policy":null})").policy, delivery_policy{});
}

TEST(a_patch, is_an_object) {
  for (auto* body : {"", "{", "[]", "7", "null", R"("paused")", "{}x"}) {
    auto result = parse_patch(body);
    auto* why = std::get_if<refusal>(&result);
    ASSERT_NE(why, nullptr) << body;
    EXPECT_EQ(why->status, 400U);
    EXPECT_EQ(why->sentence.find("The body "), 0U) << why->sentence;
  }
}

TEST(a_patch, names_the_member_that_is_unknown) {
  EXPECT_EQ(blamed(R"({"pause":true})"), "pause");
  EXPECT_EQ(blamed(R"({"secret":"s"})"), "secret");
  EXPECT_EQ(blamed(R"({"paused":true,"Policy":{}})"), "Policy");
  EXPECT_EQ(blamed(policy(R"("retries":3)")), "policy.retries");
}

TEST(a_patch, names_the_member_that_is_wrong) {
  struct {
    const char* member;
    std::vector<const char*> values;
  } const cases[] = {
    {"retry_schedule",
     {"[]", R"("5s")", "5", R"(["0"])", R"(["5"])", R"(["5s",5])", "{}"}},
    {"retry_max_age", {"5", R"("-1s")", R"("366d")", "[]"}},
    {"timeout", {R"("0")", R"("61m")", R"("soon")", "10"}},
    {"in_flight", {"0", "10001", "-1", "1.5", R"("8")", "true"}},
    {"rate", {"0", "-1", "1000000.5", R"("5")", "false"}},
    {"ordered", {"1", R"("true")"}},
    {"signature", {R"("md5")", R"("SHA256")", "256", R"("")"}},
    {"headers", {"[]", R"("X: y")", R"({"X":null})", R"({"X":7})"}},
  };
  for (auto& [member, values] : cases)
    for (auto* value : values)
      EXPECT_EQ(blamed(policy('"' + std::string{member} + "\":" + value)),
                "policy." + std::string{member})
        << value;
  EXPECT_EQ(blamed(R"({"paused":null})"), "paused");
  EXPECT_EQ(blamed(R"({"paused":"true"})"), "paused");
  EXPECT_EQ(blamed(R"({"policy":[]})"), "policy");
  EXPECT_EQ(blamed(R"({"policy":"fast"})"), "policy");
}

TEST(a_patch, bounds_lists) {
  json delays = std::vector<std::string>(64, "1s");
  EXPECT_EQ(blamed(policy(R"("retry_schedule":)" + delays.dump())),
            "(accepted)");
  delays.push_back("1s");
  EXPECT_EQ(blamed(policy(R"("retry_schedule":)" + delays.dump())),
            "policy.retry_schedule");
  json headers;
  for (auto i = 0; i < 16; ++i)
    headers["X-" + std::to_string(i)] = "v";
  EXPECT_EQ(blamed(policy(R"("headers":)" + headers.dump())), "(accepted)");
  headers["X-16"] = "v";
  EXPECT_EQ(blamed(policy(R"("headers":)" + headers.dump())), "policy.headers");
}

TEST(a_patch, refuses_headers_that_break_a_request) {
  for (auto* name : {"", "A B", "A:", "A\r\nB", "\xc3\xa4", "(x)"})
    EXPECT_EQ(blamed(header(name)), "policy.headers") << name;
  for (auto& value :
       {std::string{"a\r\nB: c"}, std::string{"a\nb"}, std::string("a\0b", 3),
        std::string{" a"}, std::string{"a "}, std::string{"\ta"},
        std::string{"\x7f"}})
    EXPECT_EQ(blamed(header("X-A", value)), "policy.headers") << value;
  EXPECT_EQ(blamed(header("X-A", std::string(4096, 'x'))), "(accepted)");
  EXPECT_EQ(blamed(header("X-A", std::string(4097, 'x'))), "policy.headers");
  EXPECT_EQ(blamed(header(std::string(257, 'x'))), "policy.headers");
  EXPECT_EQ(blamed(header("X-A", "a\tb \xc3\xa4")), "(accepted)");
  EXPECT_EQ(blamed(policy(R"("headers":{"X-A":"1","x-a":"2"})")),
            "policy.headers");
}

TEST(a_patch, refuses_headers_that_are_herald_s) {
  for (auto* name : {"Host",
                     "Content-Length",
                     "Content-Type",
                     "Transfer-Encoding",
                     "Connection",
                     "Link",
                     "User-Agent",
                     "X-Hub-Signature",
                     "webhook-id",
                     "Webhook-Anything",
                     "Herald-Topic",
                     "herald-x",
                     "traceparent",
                     "tracestate",
                     "ce-id",
                     "Expect",
                     "Upgrade",
                     "TE",
                     "Trailer",
                     "Keep-Alive",
                     "Proxy-Connection",
                     "Content-Encoding"}) {
    EXPECT_EQ(blamed(header(name)), "policy.headers") << name;
    EXPECT_EQ(blamed(header(lowered(name))), "policy.headers") << name;
  }
  EXPECT_EQ(blamed(header("Authorization", "Bearer x")), "(accepted)");
}

// Who sends back what was shown would replace the secret by the mask.
TEST(a_patch, refuses_the_mask_for_a_value) {
  EXPECT_EQ(blamed(header("Authorization", "***")), "policy.headers");
}

TEST(a_policy, shows_what_is_set) {
  EXPECT_EQ(policy_json({}).dump(), "{}");
  auto what = policy_in(policy(
    R"("retry_schedule":["5s","90s"],"retry_max_age":"48h","timeout":"1500ms",)"
    R"("in_flight":3,"rate":2.5,"ordered":true,"signature":"sha1",)"
    R"("headers":{"Authorization":"Bearer x"})"));
  EXPECT_EQ(policy_json(what.policy).dump(),
            R"({"retry_schedule":["5s","1m30s"],"retry_max_age":"2d",)"
            R"("timeout":"1s500ms","in_flight":3,"rate":2.5,"ordered":true,)"
            R"("signature":"sha1","headers":{"Authorization":"***"}})");
}
