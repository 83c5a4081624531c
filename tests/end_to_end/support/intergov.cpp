#include "tests/end_to_end/support/intergov.hpp"

#include <nlohmann/json.hpp>

namespace herald::end_to_end {

using nlohmann::json;

http_message intergov_rules::ask_form(const std::string& form,
                                      const std::string& type) {
  return post("/subscriptions", type, form);
}

http_message intergov_rules::ask(const std::string& mode,
                                 const std::string& topic,
                                 const std::string& callback,
                                 const field_list& more) {
  field_list form{
    {"hub.mode", mode}, {"hub.topic", topic}, {"hub.callback", callback}};
  form.insert(form.end(), more.begin(), more.end());
  return post_form(node().port(), "/subscriptions", form);
}

void intergov_rules::join(const std::string& topic, const std::string& callback,
                          const field_list& more) {
  auto answer = ask("subscribe", topic, callback, more);
  ASSERT_EQ(answer.status(), 202) << answer.body;
  ASSERT_TRUE(wait_for_state(topic, callback, "active"))
    << callback << " is " << state_of(topic, callback);
}

http_message intergov_rules::notify(const std::string& body) {
  return post("/events", "application/json", body);
}

void intergov_rules::expect_match(const std::string& subscription,
                                  const std::string& predicate, bool matches) {
  start();
  receiver to;
  join(subscription, to.url());
  auto body = notification(predicate);
  EXPECT_EQ(notify(body).status(), 202);
  // A log is spread in order: what arrives now shows what did not.
  publish(subscription, "end");
  ASSERT_TRUE(to.wait_for_deliveries(matches ? 2 : 1));
  stop();
  std::vector<std::string> expected{"end"};
  if (matches)
    expected.push_back(body);
  EXPECT_THAT(bodies_of(to.deliveries()),
              ::testing::UnorderedElementsAreArray(expected));
}

std::string notification(const std::string& predicate) {
  return R"({"predicate":)" + json(predicate).dump()
         + R"(,"sender_ref":"AU:8b2e1a34"})";
}

std::string error_body(const std::string& status, const std::string& code,
                       const std::string& title, const std::string& detail,
                       const std::string& source) {
  return R"({"errors":[{"status":")" + status + R"(","code":")" + code
         + R"(","title":")" + title + R"(","detail":)" + json(detail).dump()
         + R"(,"source":)" + source + "}]}";
}

void expect_error(const http_message& answer, int status,
                  const std::string& body) {
  EXPECT_EQ(answer.status(), status) << answer.start;
  EXPECT_EQ(answer.field("Content-Type"), "application/json");
  EXPECT_EQ(answer.body, body);
}

std::string callback_error(const std::string& reason) {
  return error_body("Bad Request", "callback-url-validation-error",
                    "Callback URL Validation Error",
                    R"("hub.callback" attribute is invalid)",
                    json::array({reason}).dump());
}

std::string topic_error(const std::string& reason) {
  return error_body(
    "Bad Request", "topic-validation-error", "Topic Validation Error",
    R"("hub.topic" attribute is invalid)", json::array({reason}).dump());
}

std::string lease_error(const std::string& value) {
  return error_body("Bad Request", "lease-seconds-validation-error",
                    "Lease Seconds Validation Error",
                    "\"hub.lease_seconds\" attribute is invalid. Must be "
                    "integer in range 3600-31536000",
                    R"([{"value":)" + json(value).dump()
                      + R"(,"min":3600,"max":31536000}])");
}

std::string mode_error(const std::string& value) {
  return error_body("Bad Request", "unknown-mode-error", "Unknown Mode Error",
                    "Uknown \"hub.mode\" attribute value: \"" + value
                      + "\". Accepted:['subscribe', 'unsubscribe'].",
                    R"([{"key":"hub.mode","value":)" + json(value).dump()
                      + R"(,"expected":["subscribe","unsubscribe"]}])");
}

std::string missing_error(const std::vector<std::string>& names) {
  std::string list;
  for (auto& name : names)
    list += (list.empty() ? "'" : ", '") + name + "'";
  return error_body(
    "Bad Request", "missing-attributes-error", "Missing Attributes Error",
    "Missing required attributes: [" + list + "].", json(names).dump());
}

std::string code_of(const http_message& answer) {
  auto body = json::parse(answer.body, nullptr, false);
  auto at = json::json_pointer{"/errors/0/code"};
  return !body.is_discarded() && body.contains(at) ? body[at].get<std::string>()
                                                   : "";
}

} // namespace herald::end_to_end
