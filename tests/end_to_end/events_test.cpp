// POST /events in all of its forms, seen from both ends.
#include "tests/end_to_end/support/fixture.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

namespace {

constexpr auto structured = "application/cloudevents+json";
constexpr auto batched = "application/cloudevents-batch+json";
constexpr auto lines = "application/x-ndjson";

/// As no serialiser would write it.
std::string cloud_event(const std::string& id, const std::string& type) {
  return R"({ "specversion":"1.0", "type":")" + type + R"(","source":"/shop",)"
         + R"("id" : ")" + id
         + R"(", "data":{"price":12345678901234567890.10, "n" : 1E2}})";
}

class events : public end_to_end {
public:
  void SetUp() override { start(); }

  /// Publishes and reads the answer, which has to be 202.
  json accept(const std::string& target, const std::string& type,
              const std::string& body, field_list more = {}) {
    auto answer = post(target, type, body, std::move(more));
    EXPECT_EQ(answer.status(), 202) << answer.body;
    return json::parse(answer.body, nullptr, false);
  }

  /// Publishes what has to be refused with 400; the field that is named.
  std::string refuse(const std::string& type, const std::string& body,
                     field_list more = {}) {
    auto answer = post("/events", type, body, std::move(more));
    EXPECT_EQ(answer.status(), 400) << answer.body;
    EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
    return json::parse(answer.body, nullptr, false).value("field", "");
  }
};

const field_list binary_fields{{"ce-specversion", "1.0"},
                               {"ce-id", "b1"},
                               {"ce-source", "/shop"},
                               {"ce-type", "shop.sold"},
                               {"CE-Customer", "J%C3%B6rg"}};

} // namespace

TEST_F(events, a_structured_event_arrives_as_it_was_sent) {
  receiver to;
  subscribe("shop", to.url());
  auto type = std::string{structured} + "; charset=UTF-8";
  auto told = accept("/events", type, cloud_event("1", "Shop.Sold"));
  EXPECT_EQ(told["topic"], "Shop.Sold");
  EXPECT_EQ(told["duplicate"], false);
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries()[0];
  EXPECT_EQ(got.body, cloud_event("1", "Shop.Sold"));
  EXPECT_EQ(got.field("Content-Type"), type);
  EXPECT_EQ(got.field("Herald-Topic"), "Shop.Sold");
  EXPECT_EQ(got.field("webhook-id"), told["id"]);
}

TEST_F(events, a_structured_event_that_is_sent_again_is_a_duplicate) {
  receiver to;
  subscribe("shop", to.url());
  auto first = accept("/events", structured, cloud_event("1", "Shop.Sold"));
  auto again = accept("/events", structured, cloud_event("1", "SHOP.sold"),
                      {{"Idempotency-Key", "another"}});
  EXPECT_EQ(again["duplicate"], true);
  EXPECT_EQ(again["id"], first["id"]);
  EXPECT_EQ(again["sequence"], first["sequence"]);
  EXPECT_EQ(again["topic"], "Shop.Sold");
  accept("/events", structured, cloud_event("2", "shop.sold"));
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_THAT(bodies_of(to.deliveries()),
              UnorderedElementsAre(cloud_event("1", "Shop.Sold"),
                                   cloud_event("2", "shop.sold")));
}

TEST_F(events, the_modes_of_a_cloud_event_share_its_identity) {
  auto first = accept("/events", structured, cloud_event("b1", "shop.sold"));
  auto second = accept("/events", "text/plain", "sold", binary_fields);
  EXPECT_EQ(second["id"], first["id"]);
  EXPECT_EQ(second["duplicate"], true);
  auto third
    = accept("/events", batched, '[' + cloud_event("b1", "shop.sold") + ']');
  EXPECT_EQ(third[0]["id"], first["id"]);
  EXPECT_EQ(third[0]["duplicate"], true);
}

TEST_F(events, a_batch_reaches_the_subscribers_of_each_topic) {
  receiver shop;
  receiver bank;
  subscribe("shop", shop.url());
  subscribe("bank.paid", bank.url());
  auto told = accept("/events", batched,
                     "[" + cloud_event("1", "shop.sold") + " ,\n"
                       + cloud_event("2", "bank.paid") + ","
                       + cloud_event("3", "shop.sent") + "]");
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0]["topic"], "shop.sold");
  EXPECT_EQ(told[1]["topic"], "bank.paid");
  EXPECT_EQ(told[2]["topic"], "shop.sent");
  ASSERT_TRUE(shop.wait_for_deliveries(2));
  ASSERT_TRUE(bank.wait_for_deliveries(1));
  EXPECT_THAT(bodies_of(shop.deliveries()),
              UnorderedElementsAre(cloud_event("1", "shop.sold"),
                                   cloud_event("3", "shop.sent")));
  EXPECT_THAT(bodies_of(bank.deliveries()),
              ElementsAre(cloud_event("2", "bank.paid")));
  EXPECT_EQ(bank.deliveries()[0].field("Content-Type"), structured);
  EXPECT_EQ(bank.deliveries()[0].field("webhook-id"), told[1]["id"]);
}

TEST_F(events, what_a_batch_holds_twice_is_delivered_once) {
  receiver to;
  subscribe("a", to.url());
  auto one = cloud_event("1", "a.b");
  auto told
    = accept("/events", batched,
             '[' + one + ',' + one + ',' + cloud_event("2", "a.b") + ']');
  EXPECT_EQ(told[0]["duplicate"], false);
  EXPECT_EQ(told[1]["duplicate"], true);
  EXPECT_EQ(told[1]["id"], told[0]["id"]);
  EXPECT_EQ(told[1]["sequence"], told[0]["sequence"]);
  EXPECT_EQ(told[2]["duplicate"], false);
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_EQ(to.deliveries().size(), 2U);
}

TEST_F(events, one_bad_member_keeps_the_whole_batch_out) {
  receiver to;
  subscribe("a", to.url());
  auto body = '[' + cloud_event("1", "a.b") + ',' + cloud_event("2", "*") + ']';
  EXPECT_EQ(refuse(batched, body), "[1].type");
  EXPECT_EQ(refuse(batched, "[]"), "body");
  auto told = accept("/events", structured, cloud_event("1", "a.b"));
  EXPECT_EQ(told["duplicate"], false);
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries().size(), 1U);
}

TEST_F(events, a_large_batch_is_accepted_whole) {
  receiver to;
  subscribe("a", to.url());
  std::string body;
  for (int i = 0; i < 10'000; ++i)
    body += (i > 0 ? "," : "[")
            + ("{\"specversion\":\"1.0\",\"id\":\"" + std::to_string(i)
               + "\",\"source\":\"s\",\"type\":\"a\"}");
  auto told = accept("/events", batched, body + ']');
  ASSERT_EQ(told.size(), 10'000U);
  EXPECT_EQ(told[9'999]["sequence"].get<int>() - told[0]["sequence"].get<int>(),
            9'999);
  ASSERT_TRUE(to.wait_for_deliveries(10'000));
  EXPECT_EQ(post("/events", batched, body + ",{}]").status(), 413);
}

TEST_F(events, a_binary_event_keeps_its_fields) {
  receiver to;
  subscribe("shop", to.url());
  accept("/events", "text/x-odd; a=b", "{ sold", binary_fields);
  ASSERT_TRUE(to.wait_for_deliveries(1));
  auto got = to.deliveries()[0];
  EXPECT_EQ(got.body, "{ sold");
  EXPECT_EQ(got.field("Content-Type"), "text/x-odd; a=b");
  for (auto& [name, value] : binary_fields) {
    EXPECT_EQ(got.count(name), 1U) << name;
    EXPECT_EQ(got.field(name), value) << name;
  }
}

// The stored event is read back then, not the one in memory.
TEST_F(events, a_binary_event_keeps_its_fields_over_a_crash) {
  receiver to;
  subscribe("shop", to.url());
  to.on_delivery([](const http_message&) {
    return reply{reply::kind::answer, 503, {}, {}};
  });
  accept("/events", "text/plain", "sold", binary_fields);
  ASSERT_TRUE(to.wait_for_deliveries(1));
  node().kill();
  auto before = to.deliveries().size();
  to.on_delivery([](const http_message&) { return reply{}; });
  node().start();
  ASSERT_TRUE(to.wait_for_deliveries(before + 1));
  auto got = to.deliveries().back();
  EXPECT_EQ(got.field("ce-customer"), "J%C3%B6rg");
  EXPECT_EQ(got.field("ce-id"), "b1");
  EXPECT_EQ(got.body, "sold");
}

TEST_F(events, a_binary_event_that_is_not_whole_is_refused) {
  EXPECT_EQ(refuse("text/plain", "x", {{"ce-id", "1"}}), "ce-specversion");
  auto fields = binary_fields;
  fields[3].second = "%C0%A0";
  EXPECT_EQ(refuse("text/plain", "x", fields), "ce-type");
}

TEST_F(events, each_line_is_an_event_of_its_own) {
  receiver shop;
  receiver page;
  subscribe("shop", shop.url());
  subscribe(feed, page.url());
  auto told = accept("/events", lines,
                     "{\"topic\":\"shop.sold\",\"data\":{ \"n\" : 1.50 }}\n\n"
                     "{\"topic\":\""
                       + feed + "\",\"data\":[1E2]}\r\n");
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1]["topic"], feed);
  ASSERT_TRUE(shop.wait_for_deliveries(1));
  ASSERT_TRUE(page.wait_for_deliveries(1));
  EXPECT_EQ(shop.deliveries()[0].body, "{ \"n\" : 1.50 }");
  EXPECT_EQ(shop.deliveries()[0].field("Content-Type"), "application/json");
  EXPECT_EQ(page.deliveries()[0].body, "[1E2]");
  EXPECT_EQ(refuse(lines, "{\"topic\":\"a\",\"data\":1}\n{\"data\":1}"),
            "[1].topic");
}

TEST_F(events, lines_that_are_sent_again_with_their_key_are_duplicates) {
  auto body = "{\"topic\":\"a\",\"data\":1}\n{\"topic\":\"a\",\"data\":1}\n"
              "{\"topic\":\"a\",\"data\":1,\"idempotency_key\":\"own\"}";
  auto first = accept("/events", lines, body, {{"Idempotency-Key", "k"}});
  auto again = accept("/events", lines, body, {{"Idempotency-Key", "k"}});
  ASSERT_EQ(first.size(), 3U);
  ASSERT_EQ(again.size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(first[i]["duplicate"], false) << i;
    EXPECT_EQ(again[i]["duplicate"], true) << i;
    EXPECT_EQ(again[i]["id"], first[i]["id"]) << i;
  }
  auto raw = accept("/events?topic=a", "text/plain", "x",
                    {{"Idempotency-Key", "own"}});
  EXPECT_EQ(raw["duplicate"], true);
  EXPECT_EQ(raw["id"], first[2]["id"]);
}

TEST_F(events, lines_under_a_topic_are_one_event) {
  receiver to;
  subscribe("a", to.url());
  auto told = accept("/events?topic=a", lines, "any\nthing\n");
  EXPECT_TRUE(told.is_object());
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].body, "any\nthing\n");
  EXPECT_EQ(to.deliveries()[0].field("Content-Type"), lines);
}
