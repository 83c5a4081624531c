// The Subscriptions API of intergov: requests, refusals, leases; one test for
// each row of docs/conformance.md.
#include "tests/end_to_end/support/intergov.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

/// A form whose fields stand as they are.
std::string form_of(const std::string& topic, const std::string& callback,
                    const std::string& mode) {
  return "hub.topic=" + topic + "&hub.callback=" + percent_encode(callback)
         + "&hub.mode=" + mode;
}

std::string type_error(const std::string& type) {
  return error_body(
    "Unsupported Media Type", "generic-http-error", "Unsupported Media Type",
    "Unsupported mimetype. Value: \"" + type
      + "\". Value must be one of ['application/x-www-form-urlencoded'].",
    R"({"value":")" + type
      + R"(","include":["application/x-www-form-urlencoded"],"exclude":[]})");
}

const std::string not_found_error
  = error_body("Not Found", "generic-http-error", "Not Found",
               "Subscription with given parameters not found", "[]");

} // namespace

TEST_F(intergov_rules, intergov_01_only_a_form_is_taken) {
  start();
  receiver to;
  auto form = form_of("a.b", to.url(), "subscribe");
  for (auto type : {"application/json", "multipart/form-data", "text/plain",
                    "application/x-www-form-urlencoded2"})
    expect_error(ask_form(form, type), 415, type_error(type));
  EXPECT_EQ(ask_form(form, "").status(), 415);
  EXPECT_EQ(ask_form(R"({"hub.mode":"subscribe"})", "application/json").body,
            type_error("application/json"));
  stop();
  EXPECT_THAT(to.challenges(), IsEmpty());
}

TEST_F(intergov_rules, intergov_01_the_type_may_have_parameters) {
  start();
  receiver to;
  for (auto type : {"application/x-www-form-urlencoded; charset=UTF-8",
                    "application/x-www-form-urlencoded;charset=utf-8;x=y",
                    "Application/X-WWW-Form-URLencoded"})
    expect_accepted(ask_form(form_of("a.b", to.url(), "subscribe"), type));
  EXPECT_TRUE(wait_for_state("a.b", to.url(), "active"));
}

TEST_F(intergov_rules, intergov_02_success_is_202_with_nothing) {
  start();
  receiver to;
  expect_accepted(ask("subscribe", "a.b", to.url()));
  ASSERT_TRUE(wait_for_state("a.b", to.url(), "active"));
  expect_accepted(ask("subscribe", "a.b", to.url()));
  expect_accepted(ask("unsubscribe", "a.b", to.url()));
  ASSERT_TRUE(wait_for_state("a.b", to.url(), ""));
}

TEST_F(intergov_rules, intergov_03_the_query_is_not_read) {
  start();
  receiver to;
  auto form = form_of("a.b", to.url(), "subscribe");
  expect_error(post("/subscriptions?" + form, form_type, ""), 400,
               missing_error({"hub.topic", "hub.callback", "hub.mode"}));
  expect_error(post("/subscriptions?hub.mode=subscribe", form_type,
                    "hub.topic=a.b&hub.callback=" + percent_encode(to.url())),
               400, missing_error({"hub.mode"}));
  expect_accepted(
    post("/subscriptions?hub.mode=x&hub.topic=&hub.callback=&hub.lease_seconds"
         "=x",
         form_type, form));
  EXPECT_TRUE(wait_for_state("a.b", to.url(), "active"));
}

TEST_F(intergov_rules, intergov_04_the_first_of_a_repeated_field_counts) {
  start();
  receiver to;
  expect_accepted(ask("subscribe", "a.b", to.url("/1"),
                      {{"hub.mode", "x"},
                       {"hub.topic", "c..d"},
                       {"hub.callback", to.url("/2")},
                       {"hub.lease_seconds", "3600"},
                       {"hub.lease_seconds", "x"}}));
  ASSERT_TRUE(wait_for_state("a.b", to.url("/1"), "active"));
  EXPECT_EQ(asked(to.challenges()[0], "hub.lease_seconds"), "3600");
  expect_error(
    ask("x", "a.b", to.url(), {{"hub.mode", "subscribe"}, {"hub.topic", "c"}}),
    400, mode_error("x"));
}

TEST_F(intergov_rules, intergov_05_unknown_fields_are_ignored) {
  start();
  receiver to;
  join("a.b", to.url(),
       {{"hub.unknown", "x"},
        {"hub.lease", "x"},
        {"mode", "unsubscribe"},
        {"HUB.TOPIC", ""},
        {"", ""}});
  publish("a.b", "x");
  EXPECT_TRUE(to.wait_for_deliveries(1));
}

TEST_F(intergov_rules, intergov_06_404_and_405_are_json_too) {
  start();
  for (auto method : {"PUT", "DELETE", "PATCH"}) {
    auto answer = request(node().port(), method, "/subscriptions");
    EXPECT_EQ(answer.status(), 405) << method;
    EXPECT_THAT(answer.field("Allow"), HasSubstr("POST"));
    EXPECT_THAT(answer.field("Content-Type"), HasSubstr("json"));
    EXPECT_TRUE(nlohmann::json::accept(answer.body)) << answer.body;
  }
  for (auto path : {"/nothing", "/subscriptions/a/b", "/subscriptionsx"}) {
    auto answer = post(path, form_type, form_of("a.b", nowhere, "subscribe"));
    EXPECT_EQ(answer.status(), 404) << path;
    EXPECT_THAT(answer.field("Content-Type"), HasSubstr("json"));
    EXPECT_TRUE(nlohmann::json::accept(answer.body)) << answer.body;
  }
}

TEST_F(intergov_rules, intergov_07_the_first_failing_step_answers) {
  start();
  field_list lease{{"hub.lease_seconds", "x"}};
  EXPECT_EQ(ask_form("hub.callback=x", "text/plain").status(), 415);
  EXPECT_EQ(code_of(ask_form("hub.callback=x&hub.topic=&hub.lease_seconds=x")),
            "missing-attributes-error");
  EXPECT_EQ(code_of(ask("x", "", "x", lease)), "callback-url-validation-error");
  EXPECT_EQ(code_of(ask("x", "", nowhere, lease)), "topic-validation-error");
  EXPECT_EQ(code_of(ask("x", "a.b", nowhere, lease)),
            "lease-seconds-validation-error");
  EXPECT_EQ(code_of(ask("x", "a.b", nowhere)), "unknown-mode-error");
  EXPECT_EQ(code_of(ask("unsubscribe", "a.b", nowhere)), "generic-http-error");
}

TEST_F(intergov_rules,
       intergov_08_every_refusal_has_the_shape_of_the_original) {
  start({"--events-max-body", "10KiB"});
  expect_error(ask("subscribe", "", nowhere), 400,
               R"({"errors":[{"status":"Bad Request",)"
               R"("code":"topic-validation-error",)"
               R"("title":"Topic Validation Error",)"
               R"("detail":"\"hub.topic\" attribute is invalid",)"
               R"("source":["Predicate must not be empty"]}]})");
  auto large = ask_form(std::string(20'000, 'x'));
  EXPECT_EQ(large.status(), 413);
  auto error = nlohmann::json::parse(large.body)["errors"][0];
  EXPECT_EQ(error["status"], "Payload Too Large");
  EXPECT_EQ(error["code"], "generic-http-error");
  for (auto member : {"title", "detail", "source"})
    EXPECT_TRUE(error.contains(member)) << member;
}

TEST_F(intergov_rules, intergov_09_all_missing_attributes_are_told_together) {
  start();
  std::string topic = "hub.topic=a.b";
  std::string callback = "hub.callback=" + percent_encode(nowhere);
  std::string mode = "hub.mode=subscribe";
  auto form_error
    = [&](const std::string& form, const std::vector<std::string>& names) {
        SCOPED_TRACE(form);
        expect_error(ask_form(form), 400, missing_error(names));
      };
  form_error("", {"hub.topic", "hub.callback", "hub.mode"});
  form_error(topic, {"hub.callback", "hub.mode"});
  form_error(callback, {"hub.topic", "hub.mode"});
  form_error(mode, {"hub.topic", "hub.callback"});
  form_error(callback + "&" + mode, {"hub.topic"});
  form_error(mode + "&" + topic, {"hub.callback"});
  form_error(topic + "&" + callback, {"hub.mode"});
}

TEST_F(intergov_rules,
       intergov_10_a_callback_is_refused_for_one_of_its_reasons) {
  start();
  auto reason = [&](const std::string& callback, const std::string& why) {
    SCOPED_TRACE(callback);
    for (auto mode : {"subscribe", "unsubscribe"})
      expect_error(ask(mode, "a.b", callback), 400, callback_error(why));
  };
  for (auto callback :
       {"", "/invalid/callback", "192.168.0.1", "//example.com/", "nonsense"})
    reason(callback, "URL must contain scheme");
  for (std::string scheme : {"ftp", "file", "ws"})
    reason(scheme + "://192.168.0.1", "Unsupported url scheme: \"" + scheme
                                        + "\". Must be one of: ['http', "
                                          "'https'].");
  for (auto callback : {"http://", "https://", "http:///path", "http:path"})
    reason(callback, "URL must contain domain or ip");
}

TEST_F(intergov_rules, intergov_11_a_topic_is_refused_for_the_first_reason) {
  start();
  auto reason = [&](const std::string& topic, const std::string& why) {
    SCOPED_TRACE(topic);
    for (auto mode : {"subscribe", "unsubscribe"})
      expect_error(ask(mode, topic, nowhere), 400, topic_error(why));
  };
  reason("", "Predicate must not be empty");
  for (auto topic : {"a..b", ".a", "*..*", "UN..A"})
    reason(topic, "Predicate must not contain empty elements");
  for (auto topic : {"CEFACT.*.*", "*.a.*", "*.*.a", "UN.*.*"})
    reason(topic, "Predicate may contain only one wildcard and only as the "
                  "last element");
  for (auto topic : {"CEFACT.TRADE.*.CO.created", "*.a", "UN.*.A"})
    reason(topic, "Only last element of a predicate can be a wildcard");
  for (auto topic : {"UN.CEFACT", "UN.CEFACT.TRADE"})
    reason(topic, "Predicates shorter than 4 elements must include wildcard "
                  "as the last element");
}

TEST_F(intergov_rules, intergov_11_topics_that_are_fine_are_taken) {
  start();
  receiver to;
  for (auto topic :
       {"CEFACT.TRADE.CO.CA.created", "CEFACT.TRADE.*", "CEFACT.*", "CEFACT",
        "UN.*", "UN.CEFACT.*", "UN.CEFACT.TRADE.CO", "UN", "UNO.A"})
    expect_accepted(ask("subscribe", topic, to.url()));
}

TEST_F(intergov_rules, intergov_12_a_lease_is_an_integer_within_bounds) {
  start();
  receiver to;
  for (auto lease : {"3599", "31536001", "0", "-1", "-3600", "abc", "",
                     "3600.5", "4e3", "99999999999999999999999"})
    expect_error(
      ask("subscribe", "a.b", to.url(), {{"hub.lease_seconds", lease}}), 400,
      lease_error(lease));
  join("a.b", to.url("/?1"), {{"hub.lease_seconds", "3600"}});
  join("a.b", to.url("/?2"), {{"hub.lease_seconds", "31536000"}});
  EXPECT_THAT(asked(to.challenges(), "hub.lease_seconds"),
              ElementsAre("3600", "31536000"));
}

TEST_F(intergov_rules, intergov_13_the_default_lease_is_five_days) {
  // Those are of the other entrance.
  start_with(
    {"--lease-min", "1h", "--lease-default", "2h", "--lease-max", "3h"});
  receiver to;
  join("a.b", to.url("/?1"));
  join("a.b", to.url("/?2"), {{"hub.lease_seconds", "864000"}});
  EXPECT_EQ(shown("a.b", to.url("/?1"), "lease_seconds"), "432000");
  EXPECT_THAT(asked(to.challenges(), "hub.lease_seconds"),
              ElementsAre("432000", "864000"));
}

TEST_F(intergov_rules, intergov_14_an_unknown_mode_is_told_in_the_same_words) {
  start();
  expect_error(ask("dancewithme", "a.b", nowhere), 400,
               R"({"errors":[{"status":"Bad Request",)"
               R"("code":"unknown-mode-error","title":"Unknown Mode Error",)"
               R"("detail":"Uknown \"hub.mode\" attribute value: )"
               R"(\"dancewithme\". Accepted:['subscribe', 'unsubscribe'].",)"
               R"("source":[{"key":"hub.mode","value":"dancewithme",)"
               R"("expected":["subscribe","unsubscribe"]}]}]})");
  for (auto mode : {"", "publish", "denied", "\"<ü>\\"})
    expect_error(ask(mode, "a.b", nowhere), 400, mode_error(mode));
}

TEST_F(intergov_rules, intergov_15_unsubscribing_what_is_not_there_is_404) {
  start_with({"--intergov-verify", "false"});
  receiver to;
  expect_error(ask("unsubscribe", "a.b", to.url()), 404, not_found_error);
  expect_accepted(ask("subscribe", "a.b", to.url()));
  expect_error(ask("unsubscribe", "a.b", to.url("/x")), 404, not_found_error);
  expect_error(ask("unsubscribe", "a.c", to.url()), 404, not_found_error);
  expect_accepted(ask("unsubscribe", "a.b", to.url()));
  expect_error(ask("unsubscribe", "a.b", to.url()), 404, not_found_error);
}

TEST_F(intergov_rules, intergov_16_urls_are_no_predicates) {
  start();
  for (auto topic : {"http://publisher.example/", "https://publisher.example",
                     "a/b", "/", "a.b/c"})
    EXPECT_EQ(code_of(ask("subscribe", topic, nowhere)),
              "topic-validation-error")
      << topic;
}

TEST_F(intergov_rules,
       intergov_17_secrets_and_fragments_have_their_own_refusal) {
  start();
  receiver to;
  auto answer
    = ask("subscribe", "a.b", nowhere, {{"hub.secret", std::string(200, 's')}});
  EXPECT_EQ(answer.status(), 400);
  EXPECT_EQ(code_of(answer), "secret-validation-error");
  for (auto part : {"#part", "?a#b", "#"}) {
    answer = ask("subscribe", "a.b", to.url() + part);
    EXPECT_EQ(answer.status(), 400) << part;
    EXPECT_EQ(code_of(answer), "callback-url-validation-error") << part;
  }
  join("a.b", to.url(), {{"hub.secret", std::string(199, 's')}});
}

TEST_F(intergov_rules, intergov_18_the_root_names_the_service) {
  start();
  auto answer
    = request(node().port(), "GET", "/", {{"Accept", "application/json"}});
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.field("Content-Type"), "application/json");
  EXPECT_EQ(answer.body, R"({"service":"subscriptions"})");
}
