// What matches what, and the events that intergov's producers send; one test
// for each row of docs/conformance.md.
#include "tests/end_to_end/support/intergov.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST_F(intergov_rules, intergov_19_letter_case_does_not_count) {
  expect_match("UN.CEFACT.TRADE.CO.CREATED", "un.cefact.Trade.co.created",
               true);
}

TEST_F(intergov_rules, intergov_20_a_wildcard_matches_what_is_below) {
  expect_match("UN.CEFACT.*", "UN.CEFACT.TRADE.CO.CREATED", true);
}

TEST_F(intergov_rules, intergov_21_a_wildcard_matches_its_own_layer) {
  expect_match("UN.CEFACT.*", "UN.CEFACT", true);
}

TEST_F(intergov_rules, intergov_22_a_wildcard_matches_no_longer_part) {
  expect_match("UN.CEFACT.*", "UN.CEFACTS.TRADE.X", false);
}

TEST_F(intergov_rules, intergov_23_without_a_wildcard_it_is_a_prefix_too) {
  expect_match("aaa.bbb", "aaa.bbb.ccc", true);
}

TEST_F(intergov_rules, intergov_24_a_longer_subscription_does_not_match) {
  expect_match("aaa.bbb.ccc", "aaa.bbb", false);
}

TEST_F(intergov_rules, intergov_25_only_whole_parts_match) {
  expect_match("aaa.b", "aaa.bb", false);
}

TEST_F(intergov_rules, intergov_26_a_message_is_followed_by_its_reference) {
  expect_match("message.1e6c", "message.1e6c.status", true);
}

TEST_F(intergov_rules, intergov_27_a_callback_on_layers_gets_one_delivery) {
  start();
  receiver to;
  for (auto topic : {"*", "message.*", "message.1e6c", "Message.1e6c.Status",
                     "message.1e6c.*"})
    join(topic, to.url());
  join("message.*", to.url("/other"));
  auto body = notification("message.1e6c.status");
  EXPECT_EQ(notify(body).status(), 202);
  publish("message.1e6c.status", "end");
  ASSERT_TRUE(to.wait_for_deliveries(4));
  stop();
  EXPECT_THAT(targets_of(to.deliveries()),
              UnorderedElementsAre("/", "/", "/other", "/other"));
  EXPECT_THAT(bodies_of(to.deliveries()),
              UnorderedElementsAre(body, body, "end", "end"));
}

namespace {

/// What the receiver got for `body`, held to be the same bytes.
void expect_verbatim(const receiver& to, const std::string& body,
                     const std::string& hub) {
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries()[0];
  EXPECT_EQ(got.body, body);
  EXPECT_EQ(got.count("Content-Type"), 1u);
  EXPECT_EQ(got.field("Content-Type"), "application/json");
  EXPECT_EQ(got.count("Link"), 1u);
  EXPECT_EQ(got.field("Link"), "<" + hub + ">; rel=\"hub\"");
}

} // namespace

TEST_F(intergov_rules, intergov_28_a_received_message_is_told_as_it_is) {
  start();
  receiver to;
  join("message.8b2e1a34.received", to.url());
  std::string body = R"({"predicate": "message.8b2e1a34.received", )"
                     R"("sender_ref": "AU:8b2e1a34"})";
  auto answer = notify(body);
  EXPECT_EQ(answer.status(), 202) << answer.body;
  EXPECT_EQ(nlohmann::json::parse(answer.body)["topic"],
            "message.8b2e1a34.received");
  expect_verbatim(to, body, node().url("/hub"));
}

TEST_F(intergov_rules, intergov_29_a_changed_status_is_told_as_it_is) {
  start();
  receiver to;
  join("message.8b2e1a34.*", to.url());
  std::string body
    = "{\"sender_ref\":\"AU:8b2e1a34\",\n"
      "\"predicate\":\"\\u006dessage.8b2e1a34.status\",\"x\":1.0}\n";
  EXPECT_EQ(notify(body).status(), 202);
  expect_verbatim(to, body, node().url("/hub"));
}

TEST_F(intergov_rules, intergov_30_a_whole_message_goes_out_as_it_is) {
  start();
  receiver to;
  receiver wrapped;
  join("UN.CEFACT.*", to.url());
  auto body = data_file("message.json");
  EXPECT_EQ(notify(body).status(), 202);
  expect_verbatim(to, body, node().url("/hub"));
  join("UN.CEFACT.*", wrapped.url());
  auto outer = "{\"message\": " + body + "}";
  EXPECT_EQ(notify(outer).status(), 202);
  expect_verbatim(wrapped, outer, node().url("/hub"));
}
